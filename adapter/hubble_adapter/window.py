"""What was sent to the broker and is not confirmed yet. Pure; owned by the thread that publishes."""

from __future__ import annotations

from collections import deque

from hubble_adapter.batch import Batch

__all__ = ["Window"]

# What may be unconfirmed at a time: enough to keep the broker busy over a slow link, little enough that pika's own
# buffer, which has no bound, stays small, and that few batches are repeated when a connection is lost.
_MOST_MESSAGES = 512
_MOST_BYTES = 2 * 1024 * 1024


class Window:
    """The unconfirmed messages of one channel after the other, by delivery tag."""

    def __init__(self) -> None:
        self._unconfirmed: deque[tuple[int, float, Batch | None]] = deque()
        self._bytes = 0
        self._tag = 0
        self._taken_up_s = 0.0

    def full(self) -> bool:
        """Tell whether no further batch may be sent for now."""
        return len(self._unconfirmed) >= _MOST_MESSAGES or self._bytes >= _MOST_BYTES

    def sent(self, at_s: float, batch: Batch | None) -> int:
        """Note a message that is sent at `at_s` (monotonic seconds); None: a status. Returns its delivery tag."""
        self._tag += 1
        self._unconfirmed.append((self._tag, at_s, batch))
        if batch is not None:
            self._bytes += batch.held_bytes()
        return self._tag

    def settled(self, tag: int, multiple: bool) -> list[Batch]:
        """Return the batches under this tag, or with `multiple` up to it, and forget them; tags come in any order."""
        settled: list[Batch | None] = []
        unconfirmed = self._unconfirmed
        if multiple or (unconfirmed and unconfirmed[0][0] == tag):
            while unconfirmed and unconfirmed[0][0] <= tag:
                settled.append(unconfirmed.popleft()[2])
        else:
            for entry in unconfirmed:
                if entry[0] == tag:
                    settled.append(entry[2])
                    unconfirmed.remove(entry)
                    break
        batches = [batch for batch in settled if batch is not None]
        self._bytes -= sum([batch.held_bytes() for batch in batches])
        return batches

    def passed(self, tag: int) -> bool:
        """Tell whether everything up to this tag was settled."""
        return not self._unconfirmed or self._unconfirmed[0][0] > tag

    def waited_s(self, now_s: float) -> float:
        """Return for how long the oldest message has been waiting, without the time of an alarm; 0 where none is."""
        return now_s - max(self._unconfirmed[0][1], self._taken_up_s) if self._unconfirmed else 0.0

    def taken_up(self, now_s: float) -> None:
        """The broker takes messages from now on, after an alarm or on a new channel."""
        self._taken_up_s = now_s

    def begin(self) -> list[Batch]:
        """A channel is gone or new: begin to count at 1. Returns the batches that were unconfirmed."""
        unconfirmed, self._unconfirmed = self._unconfirmed, deque()
        self._bytes = self._tag = 0
        return [batch for _, _, batch in unconfirmed if batch is not None]
