"""Numbered flows into a mock server's rings, at a steady rate on a thread of its own, and what was sent."""

from __future__ import annotations

import random
import threading
import time

from mock_hubble.hubble import MockHubble

from hubble_adapter.wire import flow_pb2
from tests.oracle.history import NANOSECONDS, Sent
from tests.oracle.schedule import Schedule

__all__ = ["Load"]

_TICK_S = 0.01
# Namespaces of the flows: a few routing keys, busy and less so.
_PAIRS = (("shop", "pay"), ("shop", "pay"), ("shop", "pay"), ("pay", "bank"), ("ops", "shop"))
_VERDICTS = (flow_pb2.FORWARDED, flow_pb2.FORWARDED, flow_pb2.DROPPED)


class Load:
    """Sends while it runs; each flow carries its number as its destination's DNS name.

    skews_s: the nodes' names, and how far each clock runs ahead, in seconds, as the mock server has it.
    """

    def __init__(self, hubble: MockHubble, skews_s: dict[str, float], plan: Schedule) -> None:
        self.sent: list[Sent] = []
        self._hubble = hubble
        self._skews_ns = {node: int(skew_s * NANOSECONDS) for node, skew_s in skews_s.items()}
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._lock = threading.Lock()
        self._down: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def burst(self, count: int) -> None:
        """Send `count` flows at once."""
        with self._lock:
            self._send(count)

    def each_node(self) -> dict[str, int]:
        """Send one flow on each node, and return their numbers."""
        with self._lock:
            return {node: self._send_on(node, 1) for node in self._skews_ns}

    def down(self, node: str) -> None:
        """From now on the node has no flows: it is off."""
        with self._lock:
            self._down.add(node)

    def up(self, node: str) -> None:
        with self._lock:
            self._down.discard(node)

    def _run(self) -> None:
        began_s, count = time.monotonic(), 0
        while not self._stop.wait(_TICK_S):
            due = int((time.monotonic() - began_s) * self._plan.flows_per_second) - count
            if due > 0:
                with self._lock:
                    self._send(due)
                count += due

    def _send(self, count: int) -> None:
        nodes = [node for node in self._skews_ns if node not in self._down]
        self._chance.shuffle(nodes)
        for index, node in enumerate(nodes):
            share = count // len(nodes) + (index < count % len(nodes))
            if share:
                self._send_on(node, share)

    def _send_on(self, node: str, count: int) -> int:
        flows = []
        for _ in range(count):
            at_ns = time.time_ns()
            one = Sent(len(self.sent), node, at_ns + self._skews_ns[node], at_ns)
            self.sent.append(one)
            flows.append(self._flow(one))
        self._hubble.emit_many(flows, node, as_given=True)
        return one.number

    def _flow(self, one: Sent) -> flow_pb2.Flow:
        source, destination = self._chance.choice(_PAIRS)
        flow = flow_pb2.Flow(
            node_name=one.node,
            verdict=self._chance.choice(_VERDICTS),
            source=flow_pb2.Endpoint(namespace=source, pod_name="one", identity=1001),
            destination=flow_pb2.Endpoint(namespace=destination, pod_name="two", identity=1002),
            destination_names=[str(one.number), "." * self._plan.padding_bytes],
        )
        flow.time.seconds, flow.time.nanos = divmod(one.time_ns, NANOSECONDS)
        if self._plan.uuids:
            flow.uuid = f"{self._plan.seed:08x}-0000-4000-8000-{one.number:012x}"
        return flow
