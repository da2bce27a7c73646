"""A node's ring buffer of events, and where a request begins to read it.

The facts: an agent keeps one ring of 2^n-1 events (4095 by default, 65535 at most). What is overwritten before a
reader came to it is lost to that reader, and the reader is told so with a `HUBBLE_RING_BUFFER` lost event.
"""

from __future__ import annotations

from typing import Callable

from mock_hubble.event import Event, FlowEvent

DEFAULT_CAPACITY_EVENTS = 4095
MAXIMUM_CAPACITY_EVENTS = 65535

Passes = Callable[[FlowEvent], bool]


class Ring:
    """Events by their ordinal, from 0; the oldest are overwritten. Not thread-safe: its owner holds the lock."""

    def __init__(self, capacity_events: int = DEFAULT_CAPACITY_EVENTS) -> None:
        if not 0 < capacity_events <= MAXIMUM_CAPACITY_EVENTS or capacity_events & (capacity_events + 1):
            raise ValueError(
                f"ring capacity must be 2^n-1 and at most {MAXIMUM_CAPACITY_EVENTS}, not {capacity_events}"
            )
        self.capacity_events = capacity_events
        self.end = 0
        self._slots: list[Event | None] = [None] * capacity_events

    def __len__(self) -> int:
        return min(self.end, self.capacity_events)

    @property
    def start(self) -> int:
        """Ordinal of the oldest event that is still there."""
        return max(0, self.end - self.capacity_events)

    def append(self, event: Event) -> None:
        self._slots[self.end % self.capacity_events] = event
        self.end += 1

    def __getitem__(self, ordinal: int) -> Event:
        event = self._slots[ordinal % self.capacity_events]
        if event is None or not self.start <= ordinal < self.end:
            raise IndexError(ordinal)
        return event

    def first_ordinal(self, *, number: int, follow: bool, first: bool, since_ns: int | None, passes: Passes) -> int:
        """Where a request begins to read.

        `since` wins over all others: back to the first flow that passes the filters and is older. Otherwise `first`
        reads from the oldest event, following without a number from the last event, and all else from the event that
        makes `number` passing ones (0: the oldest event). Lost events never count.
        """
        if since_ns is None:
            if first:
                return self.start
            if follow and number == 0:
                return max(self.start, self.end - 1)
        passing = 0
        for ordinal in range(self.end - 1, self.start - 1, -1):
            event = self[ordinal]
            if not isinstance(event, FlowEvent) or not passes(event):
                continue
            if since_ns is not None:
                if event.time_ns < since_ns:
                    return ordinal + 1
                continue
            passing += 1
            if passing == number:
                return ordinal
        return self.start
