"""The commands beside `run`: `check --connect` and `tail`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from google.protobuf import json_format
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker

from hubble_adapter.wire import observer_pb2
from tests.broker.kit import ADAPTER_FOLDER, Adapter, Reader
from tests.broker.test_faults import burst
from tests.broker.test_flows import flow


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "hubble_adapter", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ADAPTER_FOLDER, capture_output=True, text=True, timeout=60)


def written(adapter: Adapter, user: str, broker: PrivateBroker) -> str:
    """Write a configuration for `user` and return its name."""
    adapter.settings["rabbitmq"] = {"url": broker.url(user), "password_file": str(broker.password_file(user))}
    file = adapter.folder / f"{user}.yaml"
    file.write_text(json.dumps(adapter.settings))
    return str(file)


def test_check_connect_says_what_is_at_both_ends(adapter: Adapter, broker: PrivateBroker, hubble: MockHubble) -> None:
    file = written(adapter, "adapter", broker)
    done = run("check", "--config", file, "--connect")
    assert done.returncode == 0
    assert f"hubble {hubble.address}: version 1.19" in done.stdout
    assert "2 nodes connected, 0 not" in done.stdout
    assert "RabbitMQ" in done.stdout
    assert "exchange hubble_flows is not there yet; run will declare it" in done.stdout
    hubble.stop()
    broker.stop()
    done = run("check", "--config", file, "--connect")
    assert done.returncode == 1
    assert "hubble: cannot reach" in done.stderr
    assert "broker: cannot reach" in done.stderr


def test_tail_prints_lines_that_hubble_observe_reads(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader, tmp_path: Path
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble, 5))
    file = written(adapter, "tester", broker)
    tailing = subprocess.Popen(
        command("tail", "--config", file, "--key", "*.DROPPED.#"),
        cwd=ADAPTER_FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )
    compact = subprocess.Popen(
        command("tail", "--config", file, "-o", "compact"), cwd=ADAPTER_FOLDER, stdout=subprocess.PIPE, text=True
    )
    try:
        while len(broker.ctl("list_consumers", "-p", "hubble", "--quiet", "--no-table-headers").splitlines()) < 3:
            pass
        hubble.emit(flow())
        uuid = hubble.emit(
            flow(verdict="DROPPED", drop_reason_desc="POLICY_DENIED", l4={"TCP": {"destination_port": 80}})
        )
        assert tailing.stdout is not None and compact.stdout is not None
        parsed = json_format.Parse(tailing.stdout.readline(), observer_pb2.GetFlowsResponse())
        assert parsed.flow.uuid == uuid
        lines = [compact.stdout.readline() for _ in range(2)]
        assert any("shop/cart-1 -> pay/ledger-1:80 TCP DROPPED (POLICY_DENIED)" in line for line in lines)
    finally:
        for process in (tailing, compact):
            process.kill()
            process.communicate()


def test_tail_reads_the_past_where_the_broker_keeps_it(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, reader: Reader
) -> None:
    file = written(adapter, "tester", broker)
    done = run("tail", "--config", file, "--since", "5m")
    assert done.returncode == 1
    assert "the broker keeps no history under the name hubble_history; --stream names another" in done.stderr
    with broker.connect("tester") as connection:
        channel = connection.channel()
        channel.queue_declare("hubble_history", durable=True, arguments={"x-queue-type": "stream"})
        channel.queue_bind("hubble_history", "hubble_flows", "#")
    try:
        adapter.start()
        hubble.wait_for_streams()
        reader.has([hubble.emit(flow(verdict="DROPPED", time="2026-01-01T00:00:00.5Z"))])
        reader.has(burst(hubble, 5))
        dropped = [hubble.emit(flow(verdict="DROPPED")) for _ in range(3)]
        reader.has(dropped)
        tailing = subprocess.Popen(
            command("tail", "--config", file, "--since", "5m", "--key", "*.DROPPED.#"),
            cwd=ADAPTER_FOLDER,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert tailing.stdout is not None
        try:
            printed = [json.loads(tailing.stdout.readline()) for _ in dropped]
            assert [one["flow"]["uuid"] for one in printed] == dropped, "what was there before, in order"
            now = hubble.emit(flow(verdict="DROPPED"))
            assert json.loads(tailing.stdout.readline())["flow"]["uuid"] == now, "and then what comes"
        finally:
            tailing.kill()
            tailing.communicate()
        done = run("tail", "--config", file, "--since", "soon")
        assert done.returncode == 2
        assert "is no time: 90s, 5m" in done.stderr
    finally:
        with broker.connect("tester") as connection:
            connection.channel().queue_delete("hubble_history")


def test_check_connect_names_an_exchange_of_another_type(adapter: Adapter, broker: PrivateBroker) -> None:
    with broker.connect("tester") as connection:
        connection.channel().exchange_declare("hubble_flows", "fanout", durable=True)
    done = run("check", "--config", written(adapter, "adapter", broker), "--connect")
    assert done.returncode == 1
    assert "an exchange exists with another type" in done.stderr
    adapter.settings["rabbitmq"]["exchange_type"] = "fanout"
    file = adapter.folder / "fanout.yaml"
    file.write_text(json.dumps(adapter.settings))
    done = run("check", "--config", str(file), "--connect")
    assert done.returncode == 0, done.stderr
    assert "exchange hubble_flows is there, of type fanout" in done.stdout
    assert "exchange hubble_status is not there yet; run will declare it" in done.stdout
