"""How long confirmations take: the histogram that the metrics show. Pure."""

from __future__ import annotations

import bisect

__all__ = ["CONFIRM_BUCKETS_S", "ConfirmTimes"]

# Upper bounds, in seconds, of the time from a batch's first flow to the broker's confirmation.
CONFIRM_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0)


class ConfirmTimes:
    """How many batches took how long, and all of them together."""

    def __init__(self) -> None:
        self._counts = [0] * (len(CONFIRM_BUCKETS_S) + 1)
        self._sum_s = 0.0

    def add(self, took_s: float) -> None:
        """A batch was confirmed after `took_s` seconds."""
        self._counts[bisect.bisect_left(CONFIRM_BUCKETS_S, took_s)] += 1
        self._sum_s += took_s

    def document(self) -> tuple[list[int], float]:
        """Return a count for each of CONFIRM_BUCKETS_S and one for longer, and the sum in seconds."""
        return list(self._counts), self._sum_s
