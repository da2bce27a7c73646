"""Whatever breaks on either side: the adapter comes back by itself, and every flow arrives once or is told as lost."""

from __future__ import annotations

import time
from pathlib import Path

from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker
from stack.ports import free_port

from tests.broker.kit import Adapter, Reader, get, wait_for
from tests.broker.test_flows import flow
from tests.oracle.proxy import Proxy


def burst(hubble: MockHubble, count: int = 200) -> list[str]:
    return hubble.emit_many([flow() for _ in range(count)])


def test_any_order_of_start(tmp_path: Path, broker: PrivateBroker) -> None:
    broker.stop()
    hubble = MockHubble(f"127.0.0.1:{free_port()}")
    adapter = Adapter(tmp_path, broker, hubble.address)
    adapter.start()
    try:
        adapter.says("part=hubble event=failed", 40)
        adapter.says("part=broker event=failed")
        assert "cannot reach" in adapter.log
        hubble.start()
        broker.start()
        with Reader(broker).reading() as reader:
            hubble.wait_for_streams(timeout_seconds=40)
            reader.has(burst(hubble), timeout_s=40)
        assert adapter.stop() == 0
    finally:
        adapter.kill()
        hubble.stop()


def test_a_cut_stream_is_resumed_without_loss_or_repeat(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.start()
    hubble.wait_for_streams()
    uuids = burst(hubble)
    reader.has(uuids)
    for _ in range(3):
        before = len(hubble.requests)
        hubble.cut()
        uuids += burst(hubble)
        wait_for("another stream", lambda: len(hubble.requests) > before)
        uuids += burst(hubble)
        reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)
    assert hubble.requests[-1].HasField("since")
    wait_for("duplicates", lambda: reader.status["ledger"]["duplicates"] > 0)
    assert reader.status["losses"]["total"]["gap"] == 0


def test_a_run_that_is_killed_before_its_first_flow_left_where_to_go_on(
    adapter: Adapter, hubble: MockHubble, reader: Reader, tmp_path: Path
) -> None:
    adapter.settings["state_directory"] = str(tmp_path)
    adapter.start()
    hubble.wait_for_streams()
    wait_for("a position", (tmp_path / "position.json").exists)
    adapter.kill()
    while_away = burst(hubble)
    adapter.start()
    hubble.wait_for_streams()
    reader.has(while_away)
    assert sorted(reader.uuids()) == sorted(while_away)
    assert reader.status["losses"]["total"]["gap"] == 0


def test_a_hole_that_a_resume_cannot_fill_is_told_as_a_gap(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    hubble.restart(keep_rings=False)
    hubble.wait_for_streams(timeout_seconds=40)
    reader.has(burst(hubble), timeout_s=40)
    wait_for("the gap", lambda: reader.status["losses"]["total"]["gap"] == 1)
    (gap,) = [loss for loss in reader.status["losses"]["recent"] if loss["source"] == "gap"]
    assert gap["count"] is None
    assert gap["first"] < gap["last"]


def test_a_silent_server_is_found_dead(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    hubble.stall()
    adapter.says("no sign of life", timeout_s=20)
    hubble.stall(False)
    uuids = burst(hubble)
    reader.has(uuids, timeout_s=40)


def test_a_killed_broker_costs_nothing(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    hubble.start_replay([_replayed()], 500)
    wait_for("flows", lambda: len(reader.flows) > 500)
    broker.kill()
    time.sleep(1)
    broker.start()
    wait_for("another log-in", lambda: adapter.log.count("part=broker event=ready") == 2, 40)
    count = len(reader.flows)
    wait_for("flows after the restart", lambda: len(reader.flows) > count + 1_000, 40)
    hubble.stop_replay()
    reader.has([hubble.emit(flow())])  # behind all that was replayed
    # The reader's own queue lost what lay in it, transient as it was; the ledger is the witness for what the adapter
    # did.
    wait_for(
        "the last confirmation",
        lambda: reader.status["ledger"]["received"] == hubble.sent.count and reader.status["ledger"]["in_flight"] == 0,
    )
    ledger = reader.status["ledger"]
    assert ledger["confirmed"] == ledger["received"] == hubble.sent.count
    assert sum(ledger["dropped"].values()) == 0


def _replayed() -> object:
    from google.protobuf import json_format

    from hubble_adapter.wire import flow_pb2

    return json_format.ParseDict(flow(), flow_pb2.Flow())


def test_a_full_buffer_drops_the_oldest_and_says_so(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    adapter.settings["buffer"] = {"max_bytes": 1_048_576}
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    broker.stop()
    adapter.says("part=broker event=failed")
    uuids = []
    for _ in range(30):
        uuids += burst(hubble)
        time.sleep(0.05)
    wait_for("all of it to be read", lambda: hubble.sent.count == 6_200)
    broker.start()
    wait_for(
        "the drops to be told",
        lambda: reader.status["ledger"]["received"] == 6_200 and reader.status["ledger"]["in_flight"] == 0,
        40,
    )
    dropped = reader.status["ledger"]["dropped"]["buffer_full"]
    assert 0 < dropped < 6_000
    assert reader.status["losses"]["total"]["buffer_full"] == dropped
    told = [loss for loss in reader.status["losses"]["recent"] if loss["source"] == "buffer_full"]
    assert sum(loss["count"] for loss in told) == dropped
    assert all(loss["first"] <= loss["last"] for loss in told)
    wait_for("the newest", lambda: set(uuids[dropped:]) <= set(reader.uuids()))
    assert not set(uuids[:dropped]) & set(reader.uuids())


def test_an_alarm_of_the_broker_is_told_by_the_next_message_and_waited_for(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    """The broker tells whoever publishes, which the status does each second: so an idle adapter knows within one."""
    port = free_port()
    adapter.settings["http"] = {"listen": f"127.0.0.1:{port}"}
    adapter.settings["rabbitmq"]["confirm_timeout_seconds"] = 2  # an alarm is longer, and no reason to connect anew
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))

    def state_is(state: str) -> bool:
        return (
            f'hubble_adapter_link_state{{link="broker",state="{state}"}} 1.0' in get(port, "/metrics")[1].splitlines()
        )

    broker.block_publishers()
    try:
        adapter.says("event=blocked")
        assert state_is("blocked")
        uuids = burst(hubble)
        time.sleep(2.5)  # in which two statuses were due
        assert not set(uuids) & set(reader.uuids())
        before = len(reader.statuses)
    finally:
        broker.unblock_publishers()
    wait_for("the alarm's end in the log", lambda: adapter.log.count("part=broker event=ready") == 2)
    assert state_is("ready")
    ready_at = logged_at(adapter.log, "part=broker event=ready")
    wait_for("a status after the alarm", lambda: reader.status["time"] > ready_at)
    assert reader.status["broker"]["state"] == "ready"
    # What was sent before the adapter knew, the broker has kept meanwhile: that one message, and nothing behind it.
    kept = [status for status in reader.statuses[before:] if status["time"] < ready_at]
    assert len(kept) <= 1 and all(status["time"] <= logged_at(adapter.log, "event=blocked") for status in kept)
    reader.has(uuids, timeout_s=30)
    assert sorted(set(reader.uuids())) == sorted(reader.uuids())
    assert "no confirmation" not in adapter.log


def logged_at(log: str, text: str) -> str:
    """Return the time of the last line that holds `text`, as the status writes times."""
    line = [line for line in log.splitlines() if text in line][-1]
    return line.partition("time=")[2].partition(" ")[0]


def test_peers_that_vanish_without_a_word_are_found_within_20_s(
    tmp_path: Path, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    """Both connections stand, and nothing goes through any more, not even their end."""
    to_hubble, to_broker = Proxy(hubble.address), Proxy(f"127.0.0.1:{broker.amqp_port}")
    adapter = Adapter(tmp_path, broker, to_hubble.address)
    adapter.settings["rabbitmq"]["url"] = f"amqp://adapter@{to_broker.address}/hubble"
    adapter.start()
    try:
        hubble.wait_for_streams()
        uuids = burst(hubble)
        reader.has(uuids)
        began_s = time.monotonic()
        to_hubble.blackhole(True)
        to_broker.blackhole(True)
        adapter.says("part=hubble event=failed", 20)
        adapter.says("part=broker event=failed", 20 - (time.monotonic() - began_s))
        assert "no sign of life from the server" in adapter.log
        assert "no confirmation in" in adapter.log
        to_hubble.blackhole(False)
        to_broker.blackhole(False)
        uuids += burst(hubble)
        reader.has(uuids, timeout_s=40)
    finally:
        adapter.kill()
        to_hubble.close()
        to_broker.close()


def test_a_deleted_exchange_is_made_again(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    with broker.connect("tester") as connection:
        connection.channel().exchange_delete("hubble_flows")
    burst(hubble)
    adapter.says("NOT_FOUND")
    wait_for("a new connection", lambda: adapter.log.count("event=ready") > 1)
    wait_for("all confirmed", lambda: reader.status["ledger"]["in_flight"] == 0)


def test_a_fanout_exchange_works_too(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, tmp_path: Path
) -> None:
    adapter.settings["rabbitmq"]["exchange_type"] = "fanout"
    adapter.start()
    adapter.says("event=ready")
    hubble.wait_for_streams()
    with Reader(broker).reading() as reader:
        reader.has(burst(hubble))
        assert {key for key, _ in reader.batches} == {"default.FORWARDED.shop.pay"}


def test_an_exchange_of_another_type_is_named_and_waited_for(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker
) -> None:
    with broker.connect("tester") as connection:
        connection.channel().exchange_declare("hubble_flows", "direct", durable=True)
    adapter.start()
    adapter.says("an exchange exists with another type")
    adapter.says("exchange 'hubble_flows' in vhost 'hubble'")
    assert adapter.running
    with broker.connect("tester") as connection:
        connection.channel().exchange_delete("hubble_flows")
    adapter.says("event=ready", 40)


def test_a_refused_log_in_is_named_without_the_password(adapter: Adapter, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong-secret-word")
    wrong.chmod(0o600)
    adapter.settings["rabbitmq"]["password_file"] = str(wrong)
    adapter.start()
    adapter.says("the broker refuses the log-in of user adapter")
    assert "wrong-secret-word" not in adapter.log
    assert adapter.running


def test_something_else_behind_hubbles_address_is_named(tmp_path: Path, broker: PrivateBroker) -> None:
    adapter = Adapter(tmp_path, broker, f"127.0.0.1:{broker.amqp_port}")
    adapter.settings["hubble"]["request_timeout_seconds"] = 2
    adapter.start()
    try:
        adapter.says("does not speak plaintext gRPC; if it wants TLS, set hubble.tls")
    finally:
        adapter.kill()


def test_sigterm_drains_and_exits_with_0(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.settings["batch"] = {"max_delay_ms": 60_000}
    adapter.start()
    hubble.wait_for_streams()
    uuids = burst(hubble, 50)
    wait_for("the burst to be read", lambda: reader.status["ledger"]["received"] == 50)
    assert adapter.stop() == 0
    reader.has(uuids)
    assert "given_up_at_stop=0" in adapter.log


def test_sigterm_with_a_dead_broker_counts_what_it_gives_up(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker
) -> None:
    port = free_port()
    adapter.settings["http"] = {"listen": f"127.0.0.1:{port}"}
    adapter.settings["drain_timeout_seconds"] = 1
    adapter.start()
    adapter.says("event=ready")
    hubble.wait_for_streams()
    broker.kill()
    burst(hubble, 50)
    wait_for(
        "the burst to be read",
        lambda: "hubble_adapter_flows_received_total 50.0" in get(port, "/metrics")[1].splitlines(),
    )
    assert adapter.stop() == 0
    assert "given_up_at_stop=50" in adapter.log
