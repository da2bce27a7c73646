"""What was lost, added up and told once a second with the times that it covers.

A storm of LostEvents (one message a lost event on older agents, tens of thousands a second, contract 2.5) folds into
one line a second for each source and node.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from hubble_adapter.protojson import rfc3339

__all__ = ["GAP", "HUBBLE_SOURCES", "Losses"]

# flow.LostEventSource, contract 3.3.
HUBBLE_SOURCES = ("PERF_EVENT_RING_BUFFER", "OBSERVER_EVENTS_QUEUE", "HUBBLE_RING_BUFFER", "UNKNOWN_LOST_EVENT_SOURCE")

# Times between two streams that no flow was had of, though the node had sent flows just before: how many is not known.
GAP = "gap"

# One status message repeats the last losses told, so that a reader that missed a message or came late still sees them.
_RECENT = 32
# While that many wait for the broker to have them, further ones are only added up: a broker that is away for long, or
# someone who reads the metrics meanwhile, shall not push losses out that nobody was told.
_MOST_UNTOLD = 256
# Nodes with losses in one second that are told one by one; those beyond are added up without a name.
_NODES_A_SECOND = 16


@dataclass(slots=True)
class _Loss:
    count: int | None
    first_ns: int
    last_ns: int
    events: int

    def fold(self, other: _Loss) -> None:
        self.events += other.events
        if self.count is not None and other.count is not None:
            self.count += other.count
        self.first_ns = min(filter(None, (self.first_ns, other.first_ns)), default=0)
        self.last_ns = max(self.last_ns, other.last_ns)


class Losses:
    """Adds losses up by source and node. Any thread may add; the status tells.

    sources: names that are counted from the start, at 0.
    """

    def __init__(self, sources: tuple[str, ...]) -> None:
        self._lock = threading.Lock()
        self._total = dict.fromkeys((*HUBBLE_SOURCES, GAP, *sources), 0)
        self._pending: dict[tuple[str, str], _Loss] = {}
        self._recent: deque[tuple[int, _Loss, dict[str, object]]] = deque()
        self._next = self._confirmed = 0

    def add(
        self, source: str, node: str, count: int | None, first_ns: int, last_ns: int, events: int | None = None
    ) -> None:
        """Add `count` lost events (None: not known how many) of flow times first_ns to last_ns (0: not known).

        events: what that adds to the total, where it is not `count` or, if that is not known, 1.
        """
        if events is None:
            events = 1 if count is None else count
        loss = _Loss(count, first_ns, last_ns, events)
        with self._lock:
            self._total[source] = self._total.get(source, 0) + events
            key = (source, node)
            if key not in self._pending and len(self._pending) >= _NODES_A_SECOND:
                key = (source, "")
            if key in self._pending:
                self._pending[key].fold(loss)
            else:
                self._pending[key] = loss

    def hand_over(self) -> list[tuple[str, str, int | None, int, int, int]]:
        """Return what was added since the last call, as another one's `add` takes it: that one tells it then."""
        with self._lock:
            pending, self._pending = self._pending, {}
        return [
            (source, node, loss.count, loss.first_ns, loss.last_ns, loss.events)
            for (source, node), loss in pending.items()
        ]

    def tell(self) -> dict[str, object]:
        """Return the totals and the last losses, those since the last call included, as the status message has them."""
        with self._lock:
            if self._next - self._confirmed < _MOST_UNTOLD:
                for (source, node), loss in self._pending.items():
                    self._recent.append((self._next, loss, _document(self._next, source, node, loss)))
                    self._next += 1
                self._pending.clear()
            while len(self._recent) > _RECENT and self._recent[0][0] < self._confirmed:
                self._recent.popleft()
            return {"total": dict(self._total), "recent": [document for _, _, document in self._recent]}

    def confirmed(self, n: int) -> None:
        """The broker has a status message that tells the losses up to number `n`."""
        with self._lock:
            self._confirmed = max(self._confirmed, n + 1)

    def untold_ns(self) -> int:
        """Return the earliest time of the losses that the broker has not been told; 0: there is none."""
        with self._lock:
            untold = [loss for n, loss, _ in self._recent if n >= self._confirmed]
            times = [loss.first_ns for loss in (*untold, *self._pending.values()) if loss.first_ns]
            return min(times, default=0)


def _document(n: int, source: str, node: str, loss: _Loss) -> dict[str, object]:
    told: dict[str, object] = {"n": n, "source": source, "count": loss.count}
    if node:
        told["node"] = node
    if loss.first_ns:
        told["first"] = rfc3339(loss.first_ns)
    if loss.last_ns:
        told["last"] = rfc3339(loss.last_ns)
    return told
