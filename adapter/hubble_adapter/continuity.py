"""How far each node's flows have come: from when on a stream must ask, and where flows are missing. Pure.

One `since` goes to all nodes. It must lie before what any of them still owes: a node whose clock is slow, or one that
was being caught up with when the stream broke. A node that was silent owes nothing.

A hole is told as a loss of the source `gap`, from the last time that the node is known to be whole to its first flow
behind the hole. How one comes about:
- a new stream begins later than what was had of the node: its ring no longer held it;
- Relay lost the node for a while and took it in again, with the same request, and so without what it had asked for
  no more (contract 2.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hubble_adapter.losses import GAP, Losses
from hubble_adapter.position import Past
from hubble_adapter.slim import Node
from hubble_adapter.wire import flow_pb2, relay_pb2

__all__ = ["Continuity", "frontier_ns"]

_SECOND_NS = 1_000_000_000
# A node that sent something within this time before the stream broke is waited for in the next one.
_ACTIVE_NS = 10 * _SECOND_NS
# How far back the slowest node may pull everybody's `since`: no sane clock is wrong by more.
_MOST_BACK_NS = 3_600 * _SECOND_NS
# Relay tells of a node that broke off up to 10 s late (contract 2.6), and clocks differ.
_TOLD_LATE_NS = 15 * _SECOND_NS
# Relay sorts, and a node's processors are not in step: repeats this much out of order are no new beginning.
_DISORDER_NS = _SECOND_NS // 10
# Losses of a reader are told once a second; two within this time belong together.
_RING_TOLD_NS = 2 * _SECOND_NS
# More nodes than any cluster has: a server that invents some shall not fill the memory.
_MOST_NODES = 20_000


@dataclass(slots=True)
class _Track:
    """What is known of a node beside its newest flow. Times in nanoseconds since 1970, 0: none.

    stream: the last stream that brought a flow; wrapped_stream: the last that began at the oldest entry of its ring.
    seen_ns: its newest flow at the last tick; active_ns: the last tick that found a newer one than the tick before.
    ahead_ns: how far its clock was ahead of ours then, less the time that its flows took to get here.
    owes: it was active when the stream broke, and has not been heard since.
    hole_ns: Relay had lost it; from here on flows may be missing.
    repeat_ns: the newest flow of a repetition; rewound_ns: the newest flow when it last began to repeat itself.
    replayed_to_ns: what has no uuid and is no newer repeats, if it equals a flow that came before.
    ring_last_ns, ring_newest_ns: when a reader's loss was last told, and the newest flow then.
    """

    node: Node
    stream: int = 0
    wrapped_stream: int = 0
    seen_ns: int = 0
    active_ns: int = 0
    ahead_ns: int = 0
    owes: bool = False
    hole_ns: int = 0
    repeat_ns: int = 0
    rewound_ns: int = 0
    replayed_to_ns: int = 0
    ring_last_ns: int = 0
    ring_newest_ns: int = 0


def frontier_ns(latest_ns: int, owed_ns: Iterable[int]) -> int:
    """Return up to when all is had: `latest_ns`, or the earliest of `owed_ns`, the newest flows of nodes that would be
    missed (0: it has none).
    """
    return max(min([latest_ns, *filter(None, owed_ns)]), latest_ns - _MOST_BACK_NS)


class Continuity:
    """Keeps track of the nodes. Owned by the thread that reads; `tick`, `frontier_ns`, `latest_ns` and
    `newest_by_node` may be called by any.

    node_of: gives the node of an encoded name; raises MalformedFlow.
    past: how far an earlier run came.
    """

    def __init__(self, losses: Losses, node_of: Callable[[bytes], Node], past: Past = Past()) -> None:
        self.stream = 0
        self.since_ns = 0
        self._losses = losses
        self._node_of = node_of
        self._position_ns = past.position_ns
        self._tracks: dict[str, _Track] = {}
        self._heard_ns = self._now_ns = 0
        self._begun_ns = 0
        self._resumed_to_ns = 0
        for name, newest_ns in past.newest_by_node.items():
            track = self._track(node_of(name.encode()))
            track.node.newest_ns, track.owes = newest_ns, True

    # Where to begin

    def start_stream(self, since_ns: int, now_ns: int, newest_ns: int) -> None:
        """A stream begins, with flows from since_ns on; 0: with new ones only. newest_ns: the newest of all so far."""
        for track in list(self._tracks.values()):
            track.owes |= self._active(track)
        self.stream += 1
        self.since_ns = since_ns
        self._begun_ns = now_ns
        self._resumed_to_ns = newest_ns if since_ns else 0
        self._heard_ns = self._heard_ns or now_ns
        self._now_ns = now_ns

    def tick(self, now_ns: int, heard: bool) -> None:
        """Once a second, by this machine's clock: did responses come since the last time?"""
        self._now_ns = now_ns
        if heard:
            self._heard_ns = now_ns
        settled = heard and now_ns - self._begun_ns > _ACTIVE_NS
        for track in list(self._tracks.values()):
            newest_ns = track.node.newest_ns
            if newest_ns != track.seen_ns:
                track.seen_ns, track.active_ns, track.ahead_ns = newest_ns, now_ns, newest_ns - now_ns
            elif settled:
                track.owes = False

    def frontier_ns(self, newest_ns: int) -> int:
        """Return up to when the flows of every node are had, given the newest of all; 0: nothing is known yet."""
        latest_ns = self.latest_ns(newest_ns)
        return frontier_ns(latest_ns, self.newest_by_node().values()) if self.stream else latest_ns

    def latest_ns(self, newest_ns: int) -> int:
        """Return the same for the nodes that owe nothing.

        Never later than when something was last heard: one node's clock that is fast must not hide the others' flows.
        """
        return min(newest_ns or self._heard_ns, self._heard_ns) if self.stream else newest_ns

    def newest_by_node(self) -> dict[str, int]:
        """Return the newest flow of each node that would be missed."""
        tracks = list(self._tracks.items())
        return {name: track.node.newest_ns for name, track in tracks if track.owes or self._active(track)}

    def _active(self, track: _Track) -> bool:
        return track.node.newest_ns != track.seen_ns or track.active_ns > self._heard_ns - _ACTIVE_NS

    # Where flows are missing

    def first_flow(self, node: Node, time_ns: int) -> None:
        """A node's first flow in a stream, or since Relay lost it: is there a hole before it?"""
        track = self._track(node)
        newest_ns, since_ns = node.newest_ns, self.since_ns
        fresh = track.stream != self.stream
        hole_ns, track.hole_ns = track.hole_ns, 0
        node.stream = track.stream = self.stream
        track.owes = False
        if fresh:
            track.repeat_ns = 0
        if time_ns <= newest_ns:
            # It begins with what was had before, so nothing is missing in between; what is, lies before `since`.
            if fresh and 0 < hole_ns < since_ns:
                self._gap(node, hole_ns, since_ns)
        elif hole_ns:
            self._gap(node, min(hole_ns, newest_ns) if 0 < since_ns <= newest_ns else hole_ns, time_ns)
        elif fresh and 0 < since_ns <= newest_ns:
            # What the last run had not had confirmed when it was killed, is missing too.
            killed = self.stream == 1 and self._position_ns
            self._gap(node, min(newest_ns, self._position_ns) if killed else newest_ns, time_ns)
        elif fresh and track.wrapped_stream == self.stream:
            self._gap(node, max(since_ns, newest_ns), time_ns)

    def repeated(self, node: Node, time_ns: int) -> None:
        """A flow came again: a resumed stream's overlap, or a node that Relay took in again."""
        track = self._track(node)
        if time_ns < track.repeat_ns - _DISORDER_NS:
            track.rewound_ns = node.newest_ns
        track.repeat_ns = time_ns

    def repeats(self, node: Node, time_ns: int) -> bool:
        """Tell whether a flow without uuid, which equals one that came before, is that one and not its twin.

        Twins are next to each other: only where a stream overlaps the one before, or a node begins anew with what is
        older than its newest, things come again. A stream of new flows alone overlaps nothing. A flow without time is
        in the overlap until its node is beyond it.
        """
        if not self.since_ns:
            return False
        if not time_ns:
            return node.newest_ns <= self._resumed_to_ns
        track = self._track(node)
        if time_ns < node.newest_ns - _DISORDER_NS:
            track.replayed_to_ns = node.newest_ns
        return time_ns <= max(self._resumed_to_ns, track.replayed_to_ns)

    def is_boundary(self, lost: flow_pb2.LostEvent, node: Node) -> bool:
        """Tell whether this is no loss: a resumed stream that starts at a ring's oldest entry opens with one lost
        event (hubble issue 1737).
        """
        track = self._track(node)
        if (
            self.since_ns > 0
            and lost.source == flow_pb2.HUBBLE_RING_BUFFER
            and lost.num_events_lost == 1
            and track.stream != self.stream
            and track.wrapped_stream != self.stream
        ):
            track.wrapped_stream = self.stream
            return True
        return False

    def lost_in_ring(self, node: Node, first_ns: int, last_ns: int) -> tuple[int, int]:
        """Return the times of the flows that this reader lost, given when it noticed.

        They are older than that: they lie behind the newest flow before the loss, which may have been told a second
        late (contract 2.5).
        """
        track = self._track(node)
        told_late = first_ns - track.ring_last_ns < _RING_TOLD_NS
        behind_ns = track.ring_newest_ns if told_late else node.newest_ns
        track.ring_last_ns, track.ring_newest_ns = last_ns, node.newest_ns
        if not behind_ns:  # nothing was had of it: since the stream began, by its clock
            behind_ns = first_ns - max(0, self._heard_ns - self._begun_ns) - _RING_TOLD_NS
        return min(first_ns, behind_ns), last_ns

    def node_status(self, event: relay_pb2.NodeStatusEvent, told_ns: int) -> None:
        """Relay could not reach nodes, or lost them: until they are back, their flows are missing.

        told_ns: when, by Relay's clock.
        """
        for name in event.node_names:
            track = self._tracks.get(name) or self._tracks.get(name.removeprefix("default/"))
            if track is None:
                track = self._track(self._node_of(name.encode()))
            # By the node's own clock, which its flows go by.
            at_ns = self._now_ns + track.ahead_ns if track.ahead_ns else told_ns
            if event.state_change == relay_pb2.NODE_UNAVAILABLE:
                from_ns = track.node.newest_ns or at_ns
            elif event.state_change != relay_pb2.NODE_ERROR:
                continue
            elif track.rewound_ns > at_ns - _TOLD_LATE_NS:
                # It is back already, and began with what was had before.
                track.rewound_ns = 0
                continue
            else:
                from_ns = at_ns - _TOLD_LATE_NS
            track.hole_ns = min(from_ns, track.hole_ns or from_ns)
            track.node.stream = 0

    def _gap(self, node: Node, first_ns: int, last_ns: int) -> None:
        self._losses.add(GAP, node.name, None, min(first_ns, last_ns), last_ns)

    def _track(self, node: Node) -> _Track:
        track = self._tracks.get(node.name)
        if track is None:
            track = _Track(node)
            if len(self._tracks) < _MOST_NODES:
                self._tracks[node.name] = track
        elif track.node is not node:
            # The slimmer forgot it meanwhile.
            node.newest_ns = max(node.newest_ns, track.node.newest_ns)
            track.node = node
        return track
