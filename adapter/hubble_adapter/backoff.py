"""How long to wait before the next try: exponential with full jitter.

Full jitter (anything from nothing to the bound) spreads the adapters of a fleet over time when the thing that all of
them lost comes back.
"""

from __future__ import annotations

import random

__all__ = ["Backoff"]


class Backoff:
    """Delays in seconds, for one thing that is tried again and again.

    first_s: bound of the first delay; doubled at each failure up to cap_s.
    stable_s: a try that lasted this long was a success and starts the row over; a connection that breaks at once
        is not one, however often it comes about.
    """

    def __init__(
        self, first_s: float = 0.5, cap_s: float = 30.0, stable_s: float = 10.0, chance: random.Random | None = None
    ) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._stable_s = stable_s
        # Not for secrets: jitter only has to differ from process to process.
        self._chance = chance or random.Random()
        self._failures = 0

    def next_s(self, lasted_s: float) -> float:
        """Return how long to wait after a try that lasted `lasted_s` seconds."""
        self._failures = 1 if lasted_s >= self._stable_s else self._failures + 1
        # 2 ** 16 times any first delay is far above any cap; without the bound the float would overflow one day.
        bound_s = min(self._cap_s, self._first_s * 2 ** min(self._failures - 1, 16))
        return self._chance.uniform(0.0, bound_s)
