"""One GetFlows call's way through one node's ring."""

from __future__ import annotations

from hubble_adapter.wire import flow_pb2
from mock_hubble.event import Event, FlowEvent, LostEvents, timestamp_bytes
from mock_hubble.node import Node
from mock_hubble.query import Query

DEFAULT_LOST_INTERVAL_NS = 1_000_000_000


class NodeReader:
    """Reads in the ring's order. Lost events bypass filters and time range; what this reader itself lost, because the
    ring wrapped past it, is added up and told at most once an interval.
    """

    def __init__(self, node: Node, query: Query, lost_interval_ns: int = DEFAULT_LOST_INTERVAL_NS) -> None:
        self.node = node
        self.done = False
        self._ring = node.ring
        self._query = query
        self._lost_interval_ns = lost_interval_ns
        self._sent_flows = 0
        self._lost_count = 0
        self._lost_first_ns = 0
        self._lost_last_ns = 0
        self._lost_told_ns: int | None = None
        self._position = node.ring.first_ordinal(
            number=query.number,
            follow=query.follow,
            first=query.first,
            since_ns=query.since_ns,
            passes=query.filters.passes,
        )
        # What came before the ring's oldest event is gone, and may have been asked for: the real one says so by one
        # event that is no loss (hubble issue 1737).
        self._at_boundary = query.since_ns is not None and 0 < node.ring.start == self._position

    @property
    def broken(self) -> bool:
        """Whether the node went down or began anew since this reader was made."""
        return not self.node.up or self.node.ring is not self._ring

    def read(self, now_ns: int, limit_events: int) -> list[Event]:
        """The next events to send; looks at no more than `limit_events` of the ring. Sets `done` at the request's
        end.
        """
        now_ns += self.node.skew_ns
        out: list[Event] = []
        query, ring = self._query, self._ring
        if self._at_boundary:
            self._at_boundary = False
            out.append(self._lost(1, now_ns, now_ns, now_ns))
        self._note_overtaken(now_ns)
        for _ in range(limit_events):
            if not query.follow and 0 < query.number <= self._sent_flows:
                self.done = True
            if self.done or self._position >= ring.end:
                break
            event = ring[self._position]
            self._position += 1
            if not isinstance(event, FlowEvent):
                out.append(event)
                continue
            if query.until_ns is not None and event.time_ns > query.until_ns:
                self.done = True
                break
            if query.since_ns is not None and event.time_ns < query.since_ns:
                continue
            if query.filters.passes(event):
                self._sent_flows += 1
                out.append(event)
        if not query.follow and self._position >= ring.end:
            self.done = True
        lost = self._own_loss(now_ns)
        return [lost, *out] if lost else out

    def _note_overtaken(self, now_ns: int) -> None:
        missed = self._ring.start - self._position
        if missed <= 0:
            return
        self._position = self._ring.start
        self._lost_first_ns = self._lost_first_ns if self._lost_count else now_ns
        self._lost_last_ns = now_ns
        self._lost_count += missed

    def _own_loss(self, now_ns: int) -> LostEvents | None:
        if not self._lost_count:
            return None
        told_ns = self._lost_told_ns
        if not self.done and told_ns is not None and now_ns - told_ns < self._lost_interval_ns:
            return None
        count, self._lost_count, self._lost_told_ns = self._lost_count, 0, now_ns
        return self._lost(count, self._lost_first_ns, self._lost_last_ns, now_ns)

    def _lost(self, count: int, first_ns: int, last_ns: int, now_ns: int) -> LostEvents:
        lost = flow_pb2.LostEvent(source=flow_pb2.HUBBLE_RING_BUFFER, num_events_lost=count)
        lost.first.ParseFromString(timestamp_bytes(first_ns))
        lost.last.ParseFromString(timestamp_bytes(last_ns))
        return LostEvents(lost, self.node.name, now_ns)
