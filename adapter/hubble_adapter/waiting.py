"""The batches that wait for the broker, and which of them leaves next or falls out. Pure; the outbox holds the lock."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator

from hubble_adapter.batch import Batch, BatchState

__all__ = ["Waiting"]

# Dropped batches that still stand in a queue before it is swept.
_MOST_GONE = 1_000


class Waiting:
    """Batches in the order in which they leave, and in that of their age.

    A batch that leaves by one way stays in the other queues, and is passed over there by its state. One that returns
    may stand in one twice.
    """

    def __init__(self) -> None:
        self._returned: deque[Batch] = deque()  # was sent once, to be sent again before all else
        self._full: deque[Batch] = deque()
        self._due: list[tuple[float, int, Batch]] = []  # a heap by time
        self._by_age: deque[Batch] = deque()  # oldest first
        self._opened = 0

    def opened(self, batch: Batch, due_s: float) -> None:
        """A new batch waits, and leaves at `due_s` at the latest."""
        self._opened += 1
        heapq.heappush(self._due, (due_s, self._opened, batch))
        self._by_age.append(batch)

    def filled(self, batch: Batch) -> None:
        """One that waits is full."""
        self._full.append(batch)

    def returned(self, batch: Batch) -> None:
        """One that had left waits again, before all others."""
        self._returned.appendleft(batch)
        self._by_age.appendleft(batch)

    def next(self, now_s: float, *, flush: bool) -> Batch | None:
        """Return the batch that is to leave now, None if there is none: whatever was sent before, else of those that
        are full and those that are due the older, so that a busy key cannot keep a quiet one waiting.

        flush: all are due.
        """
        returned, full, due = self._returned, self._full, self._due
        while returned:
            batch = returned.popleft()
            if batch.state is BatchState.WAITING:
                return batch
        while full and full[0].state is not BatchState.WAITING:
            full.popleft()
        self._pass_over_due()
        if due and (flush or due[0][0] <= now_s):
            if not full or due[0][2].put_s < full[0].put_s:
                return heapq.heappop(due)[2]
        return full.popleft() if full else None

    def due_s(self, now_s: float) -> float | None:
        """Return when the next one leaves; None where none waits."""
        self._pass_over_due()
        if self._returned or self._full:
            return now_s
        return self._due[0][0] if self._due else None

    def left(self) -> None:
        """To be called when a batch has left: the queue by age gives up what has gone at its head."""
        while self._by_age and self._by_age[0].state is not BatchState.WAITING:
            self._by_age.popleft()

    def oldest(self) -> Batch | None:
        """Take the oldest one out, to be dropped."""
        while self._by_age:
            batch = self._by_age.popleft()
            if batch.state is BatchState.WAITING:
                return batch
        return None

    def sweep(self) -> None:
        """Let go of what was dropped: nobody takes it out of the queues as long as the broker is away."""
        if len(self._due) + len(self._full) > 2 * len(self._by_age) + _MOST_GONE:
            self._due = [entry for entry in self._due if entry[2].state is BatchState.WAITING]
            heapq.heapify(self._due)
            self._full = deque(batch for batch in self._full if batch.state is BatchState.WAITING)

    def __iter__(self) -> Iterator[Batch]:
        """Each that waits once, oldest first."""
        return iter(dict.fromkeys(batch for batch in self._by_age if batch.state is BatchState.WAITING))

    def _pass_over_due(self) -> None:
        while self._due and self._due[0][2].state is not BatchState.WAITING:
            heapq.heappop(self._due)
