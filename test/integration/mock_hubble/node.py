"""One cluster node with its Cilium agent: its ring of events, and what it says of itself."""

from __future__ import annotations

from typing import Any

from hubble_adapter.wire import observer_pb2
from mock_hubble.event import NANOSECONDS_PER_SECOND, Event, FlowEvent
from mock_hubble.ring import DEFAULT_CAPACITY_EVENTS, Ring

_NAMESPACE_KEPT_NS = 3600 * NANOSECONDS_PER_SECOND
_RATE_WINDOW_NS = 60 * NANOSECONDS_PER_SECOND


class Node:
    """`skew_ns` is added to the clock of this node: the times of its flows run ahead or behind."""

    def __init__(
        self,
        name: str,
        *,
        address: str,
        version: str,
        started_ns: int,
        capacity_events: int = DEFAULT_CAPACITY_EVENTS,
        skew_ns: int = 0,
    ) -> None:
        self.name = name
        self.address = address
        self.version = version
        self.skew_ns = skew_ns
        self.up = True
        self.ring = Ring(capacity_events)
        self.seen_flows = 0
        self._started_ns = started_ns
        self._namespaces: dict[tuple[str, str], int] = {}

    @property
    def tls_name(self) -> str:
        """The agent's TLS server name."""
        cluster, _, node = self.name.rpartition("/")
        return f"{node.replace('.', '-')}.{cluster or 'default'}.hubble-grpc.cilium.io"

    def append(self, event: Event) -> None:
        self.ring.append(event)
        if isinstance(event, FlowEvent):
            self.seen_flows += 1
            for namespace in event.template.namespaces:
                self._namespaces[namespace] = event.time_ns

    def restart(self, now_ns: int) -> None:
        """The agent begins anew, with an empty ring."""
        self.ring = Ring(self.ring.capacity_events)
        self.seen_flows = 0
        self._started_ns = now_ns
        self._namespaces.clear()

    def namespaces(self, now_ns: int) -> set[tuple[str, str]]:
        """(cluster, namespace) of the flows of the last hour."""
        oldest_ns = now_ns + self.skew_ns - _NAMESPACE_KEPT_NS
        return {namespace for namespace, seen_ns in self._namespaces.items() if seen_ns >= oldest_ns}

    def status(self, now_ns: int) -> Any:
        """The agent's own observer.ServerStatusResponse."""
        return observer_pb2.ServerStatusResponse(
            num_flows=len(self.ring),
            max_flows=self.ring.capacity_events,
            seen_flows=self.seen_flows,
            uptime_ns=max(0, now_ns - self._started_ns),
            version=self.version,
            flows_rate=self._flows_per_second(now_ns + self.skew_ns),
        )

    def _flows_per_second(self, now_ns: int) -> float:
        """Over the last minute, or over what the ring covers when that is less and the ring has wrapped."""
        since_ns = now_ns - _RATE_WINDOW_NS
        count, oldest_ns = 0, now_ns
        for ordinal in range(self.ring.end - 1, self.ring.start - 1, -1):
            event = self.ring[ordinal]
            if not isinstance(event, FlowEvent):
                continue
            if event.time_ns < since_ns:
                break
            count, oldest_ns = count + 1, event.time_ns
        else:
            if count and self.ring.start > 0:
                since_ns = oldest_ns
        span_ns = now_ns - since_ns
        return count * NANOSECONDS_PER_SECOND / span_ns if span_ns > 0 else 0.0
