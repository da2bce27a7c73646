"""What the adapter takes of memory when far more comes in than goes out, again and again."""

from __future__ import annotations

import random
import urllib.request
from pathlib import Path

from google.protobuf import json_format
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker
from stack.ports import free_port

from hubble_adapter.wire import flow_pb2
from tests.broker.kit import Adapter, wait_for
from tests.broker.test_flows import flow
from tests.oracle.proxy import Proxy

_MOST_RSS_MIB = 120
_SLOW_BYTES_PER_SECOND = 1_000_000
# A busy machine fills the buffer slowly.
_PATIENCE_S = 240.0
_CONFIRMED = "hubble_adapter_flows_confirmed_total"
_DROPPED = 'hubble_adapter_flows_dropped_total{reason="buffer_full"}'


def flows(chance: random.Random) -> list[flow_pb2.Flow]:
    """Flows of 300 pairs of namespaces, of 300 bytes to 6 kB."""
    made = []
    for _ in range(3_000):
        source, destination = (f"ns-{chance.randrange(20)}" for _ in range(2))
        path_bytes = int(600 * chance.paretovariate(1.2))
        document = flow(
            source={"namespace": source, "pod_name": "pod-1", "identity": 1001},
            destination={"namespace": destination, "pod_name": f"pod-{chance.randrange(50)}", "identity": 1002},
            l7={"type": "REQUEST", "http": {"method": "GET", "url": "/" + "x" * min(6_000, path_bytes)}},
        )
        made.append(json_format.ParseDict(document, flow_pb2.Flow()))
    return made


def test_the_default_buffer_keeps_the_adapter_below_120_mib_whatever_comes_in(
    tmp_path: Path, hubble: MockHubble, broker: PrivateBroker
) -> None:
    port = free_port()
    proxy = Proxy(f"127.0.0.1:{broker.amqp_port}")
    adapter = Adapter(tmp_path, broker, hubble.address)
    adapter.settings["rabbitmq"]["url"] = f"amqp://adapter@{proxy.address}/hubble"
    adapter.settings["http"] = {"listen": f"127.0.0.1:{port}"}
    adapter.start()

    def metric(name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            (line,) = [line for line in answer.read().decode().splitlines() if line.startswith(f"{name} ")]
            return float(line.split()[1])

    try:
        hubble.wait_for_streams()
        adapter.says("part=broker event=ready")
        hubble.start_replay(flows(random.Random(1)), 30_000)
        # The broker takes a part of what comes: the buffer is full, and goes on being taken from.
        proxy.slow(_SLOW_BYTES_PER_SECOND)
        began = metric(_CONFIRMED)
        wait_for("drops", lambda: metric(_DROPPED) > 2_000, _PATIENCE_S)
        wait_for("a good part of the buffer to pass", lambda: metric(_CONFIRMED) > began + 4_000, _PATIENCE_S)
        proxy.slow(0)
        # It takes everything, then nothing, then everything.
        wait_for("an empty buffer", lambda: metric("hubble_adapter_held_bytes") < 8_000_000, _PATIENCE_S)
        dropped = metric(_DROPPED)
        broker.block_publishers()
        try:
            wait_for("a full buffer", lambda: metric(_DROPPED) > dropped + 2_000, _PATIENCE_S)
        finally:
            broker.unblock_publishers()
        wait_for("another empty buffer", lambda: metric("hubble_adapter_held_bytes") < 8_000_000, _PATIENCE_S)
        assert most_rss_mib(adapter.pid) < _MOST_RSS_MIB
    finally:
        adapter.kill()
        proxy.close()


def most_rss_mib(pid: int) -> float:
    """Return the most memory that a process ever had resident."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
