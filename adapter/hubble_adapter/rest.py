"""When the thread that reads lets some flows come together, since a wake-up costs what ten flows do.

It rests whenever the stream had nothing more to read. That is not the same as a message that came late: on a busy
machine this thread may have been kept from running, and a rest then would hold up a server that has more. So it must
have given up the processor by itself; and a long run of flows without a wait shows that more stood there than a rest
can have let come together.
"""

from __future__ import annotations

import resource
import time

__all__ = ["Rest"]

# Above this rate there are no rests.
_CALM_FLOWS_PER_SECOND = 20_000
_WAITED_S = 0.000_5
_REST_S = 0.03
_MOST_IN_A_REST = int(_CALM_FLOWS_PER_SECOND * _REST_S)


class Rest:
    """Rests of one thread. `tick` may be called by another.

    calm: whether `taken` is to be called after each message.
    """

    def __init__(self) -> None:
        self.calm = False
        self._begun = False
        self._read_s = 0.0
        self._run = 0
        self._switches = 0

    def tick(self, taken: int) -> None:
        """Once a second: so many messages were taken since the last time."""
        calm = taken < _CALM_FLOWS_PER_SECOND
        if calm and not self.calm:
            self._begun = False
        self.calm = calm

    def taken(self) -> None:
        """A message was taken: rest, if it had to be waited for. A lone one is not kept waiting by that."""
        now_s = time.monotonic()
        self._run += 1
        if not self._begun:
            self._begun, self._run, self._switches = True, 0, _voluntary_switches()
        elif now_s - self._read_s > _WAITED_S:
            switches = _voluntary_switches()
            if switches != self._switches:
                time.sleep(_REST_S)
                now_s, switches = time.monotonic(), _voluntary_switches()
                self._run = 0
            self._switches = switches
        elif self._run > _MOST_IN_A_REST:
            self.calm = False  # until the next tick
        self._read_s = now_s


def _voluntary_switches() -> int:
    """Return how often this thread gave up the processor by itself: to wait for a message, or for the other thread."""
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
