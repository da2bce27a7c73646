"""When the thread that reads lets some flows come together, since a wake-up costs what ten flows do.

It rests whenever the stream had nothing more to read. That is not the same as a message that came late: on a busy
machine this thread may have been kept from running, and a rest then would hold up a server that has more. So it must
have given up the processor by itself; and a long run of flows without a wait shows that more stood there than a rest
can have let come together.

A rest ends shortly before the thread that publishes takes its next turn. So what came together leaves in that turn, and
no flow waits for both threads in a row.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

__all__ = ["Rest"]

# Above this rate there are no rests.
_CALM_FLOWS_PER_SECOND = 20_000
# From this rate on a message that was waited for is taken after the rest, with those that come meanwhile: what runs for
# one alone finds the processor's caches cold, and takes five times as long.
_STEADY_FLOWS_PER_SECOND = 100
_WAITED_S = 0.000_5
# A rest where no turn is near: the broker is away, or nothing was to be sent.
_REST_S = 0.03
_SHORTEST_S, _LONGEST_S = 0.01, 0.09
# So that what the server may send unasked (hubble.py) does not run out in a rest.
_MOST_IN_A_REST = 600
# How long before the turn a rest ends: twice what taking in the last ones took, since what is late waits for a pause.
_LEAD_SHARE, _LEAST_LEAD_S, _MOST_LEAD_S = 2.0, 0.004, 0.03


class Rest:
    """Rests of one thread. `tick` may be called by another.

    next_turn: gives when the thread that publishes takes its next turn, on the monotonic clock, and the pause between
        two turns, both in seconds.
    steady: whether `received` is to be called for each message before it is taken.
    calm: whether it is to be called after that instead.
    """

    def __init__(self, next_turn: Callable[[], tuple[float, float]]) -> None:
        self.steady = self.calm = False
        self._next_turn = next_turn
        self._begun = False
        self._read_s = self._woke_s = 0.0
        self._lead_s = _LEAST_LEAD_S
        self._longest_s = _LONGEST_S
        self._run = 0
        self._switches = 0

    def tick(self, taken: int) -> None:
        """Once a second: so many messages were taken since the last time."""
        rests = taken < _CALM_FLOWS_PER_SECOND
        if rests and not self.calm and not self.steady:
            self._begun = False
        self._longest_s = min(_MOST_IN_A_REST / max(taken, 1), _LONGEST_S)
        self.steady = rests and taken >= _STEADY_FLOWS_PER_SECOND
        self.calm = rests and not self.steady

    def received(self) -> None:
        """A message is there: rest, if it had to be waited for."""
        now_s = time.monotonic()
        self._run += 1
        if not self._begun:
            self._begun, self._run, self._switches = True, 0, _voluntary_switches()
        elif now_s - self._read_s > _WAITED_S:
            switches = _voluntary_switches()
            if switches != self._switches:
                took_s = self._read_s - self._woke_s
                self._lead_s = min(max(took_s * _LEAD_SHARE, _LEAST_LEAD_S), _MOST_LEAD_S)
                time.sleep(self._length_s(now_s))
                now_s, switches = time.monotonic(), _voluntary_switches()
                self._woke_s = now_s
                self._run = 0
            self._switches = switches
        elif self._run > 2 * _MOST_IN_A_REST:
            self.steady = self.calm = False  # until the next tick
        self._read_s = now_s

    def _length_s(self, now_s: float) -> float:
        turn_s, pause_s = self._next_turn()
        length_s = turn_s - self._lead_s - now_s
        if length_s < _SHORTEST_S:
            length_s += pause_s  # the turn after that
        if length_s < _SHORTEST_S:
            length_s = _REST_S
        return min(length_s, self._longest_s)


def _voluntary_switches() -> int:
    """Return how often this thread gave up the processor by itself: to wait for a message, or for the other thread."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
