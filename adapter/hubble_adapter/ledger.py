"""The ledger: what became of every flow that was received.

    received = confirmed + filtered + duplicates + dropped (by reason) + in flight

`in_flight` is counted on its own, not derived, so that the equation can fail and be tested.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Drop", "Ledger"]


class Drop(str, Enum):
    """Why the adapter gave a flow up."""

    BUFFER_FULL = "buffer_full"  # the broker took less than Hubble gave, and the buffer ran out: the oldest went
    MALFORMED = "malformed"  # the bytes are no flow, or a flow that JSON has no form for
    TOO_LARGE = "too_large"  # its JSON is larger than flows.max_flow_bytes
    REFUSED = "refused"  # the broker said no (basic.nack) to its batch time after time
    SHUTDOWN = "shutdown"  # the adapter had to stop before the broker confirmed it


@dataclass(slots=True)
class Ledger:
    """Counts of flows since the adapter started. Not locked: its owner is outbox.py."""

    received: int = 0
    confirmed: int = 0
    filtered: int = 0
    duplicates: int = 0
    dropped: dict[Drop, int] = field(default_factory=lambda: dict.fromkeys(Drop, 0))
    in_flight: int = 0

    def add(self, other: Ledger) -> None:
        """Add another one's counts to these."""
        self.received += other.received
        self.confirmed += other.confirmed
        self.filtered += other.filtered
        self.duplicates += other.duplicates
        self.in_flight += other.in_flight
        for reason, count in other.dropped.items():
            self.dropped[reason] += count

    def unaccounted(self) -> int:
        """Return how many flows the equation is off by: 0, always."""
        accounted = self.confirmed + self.filtered + self.duplicates + sum(self.dropped.values()) + self.in_flight
        return self.received - accounted

    def document(self) -> dict[str, object]:
        """Return the ledger as the status message has it."""
        return {
            "received": self.received,
            "confirmed": self.confirmed,
            "filtered": self.filtered,
            "duplicates": self.duplicates,
            "in_flight": self.in_flight,
            "dropped": {reason.value: count for reason, count in self.dropped.items()},
        }
