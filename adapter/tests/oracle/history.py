"""What happened in a trial: what was sent, what arrived, what the adapter told, and what was done to it."""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Arrival", "Disturbance", "History", "LostEvents", "Sent", "Told", "told_losses", "unix_ns"]

NANOSECONDS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Sent:
    """A flow that a node had in its ring.

    time_ns: its time by the node's clock; at_ns: the real one. Both in nanoseconds since 1970.
    """

    number: int
    node: str
    time_ns: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A batch as the broker got it: the numbers of its flows, from ordinal `first` on under (epoch, key)."""

    epoch: str
    key: str
    first: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LostEvents:
    """Events that a node said it had lost before they ever were flows."""

    source: str
    node: str
    count: int


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Something that was done, from began_ns to ended_ns (nanoseconds since 1970, real time).

    repeats: it may make the adapter send unconfirmed batches again.
    restarts: the adapter was killed, and may send again what it sent shortly before.
    holes: a node's flows may be lost without anyone knowing how many.
    node: the only node that it hits; empty for all.
    """

    name: str
    began_ns: int
    ended_ns: int
    repeats: bool = False
    restarts: bool = False
    holes: bool = False
    node: str = ""


@dataclass(slots=True)
class History:
    """Everything of one trial. arrivals, statuses: in the order in which the broker got them.

    lost_events: those whose telling nothing got in the way of.
    resume_skew_s: how far back a restarted adapter may ask, in seconds.
    """

    sent: list[Sent] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    disturbances: list[Disturbance] = field(default_factory=list)
    lost_events: list[LostEvents] = field(default_factory=list)
    resume_skew_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """A loss as a status message tells it. count None: not known; first_ns 0, last_ns 0: not known."""

    adapter: str
    n: int
    source: str
    node: str
    count: int | None
    first_ns: int
    last_ns: int

    def covers(self, flow: Sent) -> bool:
        return self.node in ("", flow.node) and self.first_ns <= flow.time_ns <= self.last_ns

    def __str__(self) -> str:
        count = "unknown" if self.count is None else self.count
        times = f"{clock(self.first_ns)} to {clock(self.last_ns)}"
        return f"{self.source} of {self.node or 'any node'}, count {count}, {times}"


def told_losses(statuses: list[dict[str, Any]]) -> Iterator[Told]:
    """Return each loss that the statuses tell, once."""
    seen = set()
    for status in statuses:
        for loss in status["losses"]["recent"]:
            identity = (status["id"], loss["n"])
            if identity not in seen:
                seen.add(identity)
                first_ns, last_ns = [unix_ns(loss[name]) if name in loss else 0 for name in ("first", "last")]
                yield Told(*identity, loss["source"], loss.get("node", ""), loss["count"], first_ns, last_ns)


def unix_ns(text: str) -> int:
    """Return the nanoseconds since 1970 of an RFC 3339 time in UTC. Raises ValueError where it is none."""
    match = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", text)
    if not match:
        raise ValueError(f"no time in UTC: {text!r}")
    seconds = calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S"))
    return seconds * NANOSECONDS + int((match[2] or "").ljust(9, "0"))


def clock(time_ns: int) -> str:
    """Return the time of day in UTC, for a message."""
    seconds, nanos = divmod(time_ns, NANOSECONDS)
    return time.strftime("%H:%M:%S", time.gmtime(seconds)) + f".{nanos // 1_000_000:03d}"
