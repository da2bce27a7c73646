"""When the thread that publishes takes its turns. Pure.

Batches grow from one turn to the next, those of many keys share one write to the socket, and the reading thread need
not wake this one.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Pace"]

# A turn finds due what the last one held back (`batch.max_delay_ms`): so much is between them and a little, but no more
# than an eye does not see.
_PAUSE_BESIDE_DELAY_S = 0.01
_MOST_PAUSE_S = 0.06
# Each turn wakes this thread twice and the reading one twice (rest.py), which costs more than so many batches. There is
# more time between such turns; the reading thread sees to it that this makes what it read wait no longer.
_FEW_BATCHES = 24
_FEW_PAUSE_S = 0.02
# The same where the window was full, lest the window be the limit of what can be sent.
_FULL_PAUSE_S = 0.01


class Pace:
    """`turned_s`: when the last turn was taken. `next_turn`: when the next one is due, and the pause between two such
    turns; a moment that has passed says that none is planned. All on the monotonic clock, in seconds; any thread may
    read them.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.turned_s = 0.0
        self.next_turn = (0.0, 0.0)
        self._clock = clock
        self._pause_s = 0.0
        # Of late: the reading thread reckons with the pause, so that no single turn may change it.
        self._batches_a_turn = 0.0

    def plan(self, in_s: float) -> float:
        """Have the next turn in `in_s` seconds, but no sooner after the last than their pause. Returns in how many."""
        now_s = self._clock()
        turn_s = max(now_s + in_s, self.turned_s + self._pause_s)
        self.next_turn = (turn_s, self._pause_s)
        return max(turn_s - now_s, 0.0)

    def turn(self) -> float:
        """A turn begins; returns when."""
        self.turned_s = self._clock()
        return self.turned_s

    def took(self, batches: int, *, full: bool, max_delay_s: float) -> None:
        """A turn has sent so many batches. full: the window let no more pass."""
        self._pause_s = _FULL_PAUSE_S if full else min(max_delay_s + _PAUSE_BESIDE_DELAY_S, _MOST_PAUSE_S)
        self._batches_a_turn += (batches - self._batches_a_turn) / 8
        if not full and self._batches_a_turn < _FEW_BATCHES:
            self._pause_s += _FEW_PAUSE_S
