"""What a lane says of itself, and what several of them come to together. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hubble_adapter.continuity import frontier_ns
from hubble_adapter.ledger import Ledger
from hubble_adapter.link import State
from hubble_adapter.nodes import joined_nodes
from hubble_adapter.position import Past
from hubble_adapter.times import ConfirmTimes

__all__ = ["Reached", "Report", "joined", "past", "worst"]

Document = dict[str, Any]  # a part of the status document of docs/messages.md

# The state of several links is the first of these that one of them is in.
_WORST_FIRST = (State.WAITING, State.CONNECTING, State.BLOCKED, State.STOPPED, State.STREAMING, State.READY)
# A stream that is up and says nothing is at most so far behind: a dead peer is found within that time.
_UNNOTICED_NS = 20_000_000_000


@dataclass(frozen=True, slots=True)
class Report:
    """How a lane does at one moment.

    epoch: names the run that these counts are of.
    hubble, broker, nodes: as the status message has them.
    held_bytes, newest_ns: see Outbox.snapshot; confirm_times: see Outbox.confirm_times.
    turning: whether its threads go on with their work, waiting for a peer included.
    """

    epoch: str
    hubble: Document
    broker: Document
    nodes: Document
    ledger: Ledger = field(default_factory=Ledger)
    held_bytes: int = 0
    newest_ns: int = 0
    confirm_times: tuple[list[int], float] = field(default_factory=lambda: ConfirmTimes().document())
    turning: bool = True


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a lane has come. Flow times in nanoseconds since 1970; 0: none.

    newest_ns: the newest flow that was received; held_ns: the oldest of those that the broker has not confirmed.
    read_ns: up to when the nodes were read that are not in newest_by_node, which holds those that would be missed.
    streaming: whether its stream is up.
    """

    newest_ns: int
    held_ns: int
    read_ns: int
    newest_by_node: dict[str, int]
    streaming: bool


def past(lanes: Sequence[Reached], untold_ns: int, now_ns: int) -> Past:
    """Return from where on a restarted adapter has to go on: before the first flow, from where the streams began.

    position_ns is 0 where nothing is known yet. untold_ns: the earliest loss that nobody was told; 0: none.
    """
    newest_ns = max([lane.newest_ns for lane in lanes], default=0)
    if not newest_ns and not (lanes and all(lane.read_ns for lane in lanes)):
        return Past()
    read = [max(lane.read_ns, now_ns - _UNNOTICED_NS) if lane.streaming else lane.read_ns for lane in lanes]
    owed = [newest for lane in lanes for newest in lane.newest_by_node.values()]
    held = [lane.held_ns for lane in lanes]
    whole_ns = frontier_ns(max(read), [*read, *owed])
    position_ns = min(filter(None, (newest_ns, *held, whole_ns, untold_ns)))
    return Past(position_ns, {name: at_ns for lane in lanes for name, at_ns in lane.newest_by_node.items()})


def joined(reports: Sequence[Report]) -> Report:
    """Return the report of several lanes as if they were one."""
    ledger = Ledger()
    for report in reports:
        ledger.add(report.ledger)
    counts = [report.confirm_times[0] for report in reports]
    return Report(
        epoch=reports[0].epoch,
        hubble=worst([report.hubble for report in reports]),
        broker=worst([report.broker for report in reports]),
        nodes=joined_nodes([report.nodes for report in reports]),
        ledger=ledger,
        held_bytes=sum(report.held_bytes for report in reports),
        newest_ns=max(report.newest_ns for report in reports),
        confirm_times=([sum(column) for column in zip(*counts)], sum(report.confirm_times[1] for report in reports)),
        turning=all(report.turning for report in reports),
    )


def worst(links: Sequence[Document]) -> Document:
    """Return the link that is worst off, with the error of one that has any."""
    worst = min(links, key=lambda link: _WORST_FIRST.index(State(link["state"])))
    errors = [link["error"] for link in links if link["error"]]
    return {**worst, "error": worst["error"] or "".join(errors[:1])}
