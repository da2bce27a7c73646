"""What an operator and systemd see of the adapter, and what they can do to it while it runs."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

from mock_hubble.hubble import MockHubble
from mock_hubble.tls import ServerTls
from stack.broker import PrivateBroker
from stack.ports import free_port

from tests.broker.certificates import Authority
from tests.broker.kit import Adapter, Reader, get, wait_for
from tests.broker.test_faults import burst
from tests.broker.test_flows import flow


def test_metrics_and_health_tell_the_ledger_and_both_links(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    port = free_port()
    adapter.settings["http"] = {"listen": f"127.0.0.1:{port}"}
    adapter.start()
    adapter.says("event=serving")
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    wait_for("readiness", lambda: get(port, "/readyz")[0] == 200)
    confirmed = "hubble_adapter_flows_confirmed_total 200.0"
    wait_for("the last confirmation", lambda: confirmed in get(port, "/metrics")[1])
    assert get(port, "/livez") == (200, "the loops turn\n")
    assert get(port, "/other")[0] == 404
    _, metrics = get(port, "/metrics")
    for line in (
        "hubble_adapter_flows_received_total 200.0",
        confirmed,
        'hubble_adapter_flows_dropped_total{reason="buffer_full"} 0.0',
        'hubble_adapter_events_lost_total{source="HUBBLE_RING_BUFFER"} 0.0',
        'hubble_adapter_link_state{link="broker",state="ready"} 1.0',
    ):
        assert line in metrics
    assert 'hubble_adapter_confirm_seconds_bucket{le="+Inf"}' in metrics
    assert "process_resident_memory_bytes" in metrics
    broker.stop()
    wait_for("unreadiness", lambda: get(port, "/readyz")[0] == 503)
    assert get(port, "/livez")[0] == 200, "a dead broker is no reason to restart the adapter"


def test_a_taken_port_for_metrics_is_one_clear_line(adapter: Adapter) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        adapter.settings["http"] = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        adapter.start()
        adapter.says("(http.listen): Address already in use")
        wait_for("the end", lambda: not adapter.running)


def test_systemd_is_told_of_start_state_watchdog_and_stop(adapter: Adapter, hubble: MockHubble, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        adapter.environment |= {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2000000"}
        adapter.start()
        told = [systemd.recv(4096).decode()]
        assert told == ["READY=1"], "ready means that the loops run, whether or not the peers are there"
        hubble.wait_for_streams()
        give_up_s = time.monotonic() + 30
        while not any("streaming" in line for line in told) or told.count("WATCHDOG=1") < 2:
            assert time.monotonic() < give_up_s
            told.append(systemd.recv(4096).decode())
        adapter.signal_reload()
        while "READY=1" not in told[1:]:
            told.append(systemd.recv(4096).decode())
        assert any(line.startswith("RELOADING=1\nMONOTONIC_USEC=") for line in told)
        assert adapter.stop() == 0
        while told[-1] != "STOPPING=1":
            told.append(systemd.recv(4096).decode())


def test_a_reload_applies_filters_without_losing_a_flow(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.start()
    hubble.wait_for_streams()
    uuids = burst(hubble)
    for number in range(4):
        adapter.settings["filters"] = {"verdicts": ["FORWARDED"] if number % 2 else []}
        before = len(hubble.requests)
        adapter.reload()
        uuids += burst(hubble)
        if number:
            wait_for("the new filters at the server", lambda: len(hubble.requests) > before)
        else:
            adapter.says("event=reloaded hubble_anew=False")
        uuids += burst(hubble)
    reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)
    assert len(hubble.requests) == 4, "the first of the reloads changed nothing, so it must have disturbed nothing"
    assert list(hubble.requests[-1].whitelist[0].verdict) == [1]


def test_a_bad_reload_changes_nothing_and_says_so(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.start()
    hubble.wait_for_streams()
    good = adapter.settings["filters"] = {"verdicts": ["FORWARDED"]}
    adapter.settings["filters"] = {"verdicts": ["NONSENSE"]}
    adapter.reload()
    adapter.says("event=reload_refused")
    adapter.says("is no verdict of Hubble")
    reader.has(burst(hubble))
    wait_for("the refusal in the status", lambda: not reader.status["config"]["last_reload_successful"])
    adapter.settings["filters"] = good
    adapter.reload()
    wait_for("the mended file in the status", lambda: reader.status["config"]["last_reload_successful"])
    assert reader.status["filters"]["whitelist"] == [{"verdict": ["FORWARDED"]}]


def test_a_reload_moves_to_another_broker_user_without_losing_a_flow(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    adapter.says("part=broker event=ready")
    uuids = burst(hubble)
    adapter.settings["rabbitmq"] = {"url": broker.url("tester"), "password_file": str(broker.password_file("tester"))}
    adapter.reload()
    uuids += burst(hubble)
    wait_for("the second connection", lambda: adapter.log.count("part=broker event=ready") == 2)
    uuids += burst(hubble)
    reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)


def test_a_reload_moves_to_another_relay_without_a_restart(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    with MockHubble(nodes=("default/node-1", "default/node-2")) as other:
        adapter.start()
        hubble.wait_for_streams()
        uuids = burst(hubble)
        reader.has(uuids)
        epoch = reader.status["epoch"]
        adapter.settings["hubble"]["address"] = other.address
        adapter.reload()
        other.wait_for_streams()
        uuids += burst(other)
        reader.has(uuids)
        assert sorted(reader.uuids()) == sorted(uuids)
        assert other.requests[0].HasField("since"), "it goes on from where it was"
        assert len(hubble.requests) == len(other.requests) == 1
        at_work = {"address": other.address, "state": "streaming"}
        wait_for("the new address at work in the status", lambda: at_work.items() <= reader.status["hubble"].items())
        assert reader.status["epoch"] == epoch, "the same run: nobody had to restart it"
        # And away to one that is not there: the old one is not taken up again.
        adapter.settings["hubble"]["address"] = f"127.0.0.1:{free_port()}"
        adapter.reload()
        adapter.says("cannot reach", 40)
        adapter.settings["hubble"]["address"] = hubble.address
        adapter.reload()
        wait_for("a stream from the first again", lambda: len(hubble.requests) == 2, 40)
        hubble.wait_for_streams()
        again = burst(hubble)
        reader.has(again)
        assert sorted(reader.uuids()) == sorted(uuids + again)
        assert len(other.requests) == 1


def test_the_next_broker_is_tried_when_one_is_away(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    url = broker.url("adapter")
    away = url.replace(str(broker.amqp_port), str(free_port()))
    adapter.settings["rabbitmq"] = {"urls": [away, url], "password_file": str(broker.password_file("adapter"))}
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble), timeout_s=10)
    assert reader.status["broker"]["address"] == f"127.0.0.1:{broker.amqp_port}"


def test_a_restarted_adapter_goes_on_where_it_stopped(
    adapter: Adapter, hubble: MockHubble, reader: Reader, tmp_path: Path
) -> None:
    adapter.settings["state_directory"] = str(tmp_path)
    adapter.settings["hubble"]["resume_skew_seconds"] = 0.2
    adapter.start()
    hubble.wait_for_streams()
    uuids = burst(hubble)
    reader.has(uuids)
    wait_for("the position", lambda: (tmp_path / "position.json").exists())
    adapter.kill()
    while_away = burst(hubble)
    adapter.start()
    reader.has(uuids + while_away)
    assert hubble.requests[-1].HasField("since")
    assert reader.lost_flows == 0
    adapter.kill()
    (tmp_path / "position.json").write_text('{"position_ns": "soon"}')
    adapter.start()
    adapter.says("part=position event=broken")
    wait_for("the third stream", lambda: len(hubble.requests) == 3)
    assert not hubble.requests[-1].HasField("since")


def test_the_position_never_passes_what_is_not_confirmed(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, tmp_path: Path
) -> None:
    adapter.settings["state_directory"] = str(tmp_path)
    adapter.start()
    hubble.wait_for_streams()
    adapter.says("part=broker event=ready")
    broker.kill()
    file = tmp_path / "position.json"

    def saved() -> dict[str, Any]:
        return json.loads(file.read_text())

    first_ns = time.time_ns()
    burst(hubble)
    wait_for("a position", lambda: file.exists() and saved()["position_ns"] >= first_ns)
    position_ns = saved()["position_ns"]
    assert position_ns - first_ns < 1_000_000_000
    second_ns = time.time_ns()
    burst(hubble)
    wait_for("the second burst in the file", lambda: max(saved()["nodes"].values()) >= second_ns)
    assert saved()["position_ns"] == position_ns


def test_tls_and_mutual_tls_to_hubble_with_renewal_under_load(
    tmp_path: Path, broker: PrivateBroker, reader: Reader
) -> None:
    authority = Authority(tmp_path / "ca")
    certificate, key = authority.issue("server", "relay.hubble-relay.cilium.io")
    client_certificate, client_key = authority.issue("client", "adapter.example.org")
    tls = ServerTls(certificate, key, authority.ca_file)
    with MockHubble(tls=tls) as hubble:
        adapter = Adapter(tmp_path, broker, hubble.address)
        adapter.settings["hubble"]["request_timeout_seconds"] = 3
        adapter.start()
        try:
            adapter.says("does not speak plaintext gRPC; if it wants TLS, set hubble.tls")
            adapter.settings["hubble"]["tls"] = {
                "ca_file": str(authority.ca_file),
                "cert_file": str(client_certificate),
                "key_file": str(client_key),
                "server_name": "ui.hubble-relay.cilium.io",
            }
            adapter.reload()
            adapter.says("does not speak gRPC over TLS with these certificates")
            adapter.settings["hubble"]["tls"]["server_name"] = "relay.hubble-relay.cilium.io"
            adapter.reload()
            hubble.wait_for_streams(timeout_seconds=20)
            uuids = burst(hubble)
            streams = len(hubble.requests)
            authority.issue("client", "adapter.example.org")
            adapter.reload()
            uuids += burst(hubble)
            wait_for("a stream with the new certificate", lambda: len(hubble.requests) > streams)
            uuids += burst(hubble)
            reader.has(uuids)
            assert sorted(reader.uuids()) == sorted(uuids)
        finally:
            adapter.kill()


def test_a_server_that_does_not_know_the_mask_is_asked_without_it(
    tmp_path: Path, broker: PrivateBroker, reader: Reader
) -> None:
    with MockHubble(unknown_mask_paths=("egress_denied_by",)) as hubble:
        adapter = Adapter(tmp_path, broker, hubble.address)
        adapter.start()
        try:
            adapter.says("event=field_mask_refused")
            wait_for("a request without a mask", lambda: len(hubble.requests) > 1)
            hubble.wait_for_streams()
            reader.has([hubble.emit(flow(Summary="x"))])
            assert "Summary" not in reader.flows[0]
        finally:
            adapter.kill()
