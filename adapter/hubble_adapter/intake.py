"""One response of Hubble's stream: a flow to send on, a loss to tell, or news of a node."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from hubble_adapter import routing
from hubble_adapter.batch import Key
from hubble_adapter.continuity import Continuity
from hubble_adapter.cutter import Cut, Cutter
from hubble_adapter.dedupe import SeenWindow
from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.ledger import Drop
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.position import Past
from hubble_adapter.share import EVERYTHING, Share
from hubble_adapter.slim import Slimmer
from hubble_adapter.wire import flow_pb2, observer_pb2, relay_pb2, view_pb2

__all__ = ["Intake"]

# Routing keys that are remembered by their words; when there are more, the memory starts over.
_MOST_KEYS = 20_000
# Lost events that are remembered, to know them again in a resumed stream.
_LOST_EVENTS_SEEN = 2_048


class Intake:
    """Takes the responses of one stream after the other. Owned by the thread that reads.

    verdicts: numbers of the verdicts that are wanted; empty for all.
    excluded_namespaces: words of the namespaces that are not wanted on either side.
        Both were asked of the server already; here they are a second lock on the same door, for a server that
        ignores filters would otherwise spread flows that someone decided to keep in.
    max_flow_bytes: the largest JSON of one flow.
    past: how far an earlier run of the adapter came.
    share: the nodes that are read here. The server was asked for no others, but it tells everybody of every node's
        state and losses.
    """

    def __init__(
        self,
        slimmer: Slimmer,
        outbox: Outbox,
        losses: Losses,
        nodes: Nodes,
        verdicts: frozenset[int],
        excluded_namespaces: frozenset[str],
        max_flow_bytes: int,
        past: Past = Past(),
        share: Share = EVERYTHING,
    ) -> None:
        self._slimmer = slimmer
        self._outbox = outbox
        self._losses = losses
        self._nodes = nodes
        self._share = share
        self._cut = Cutter(slimmer).cut
        self._unwanted = Key("", "")
        self.want(verdicts, excluded_namespaces, max_flow_bytes)
        self._seen = SeenWindow()
        self._seen_lost = SeenWindow(_LOST_EVENTS_SEEN)
        self._stream = 0
        self.newest_ns = past.position_ns
        self.continuity = Continuity(losses, slimmer.node, past)
        self.mask_refused = False

    def want(self, verdicts: frozenset[int], excluded_namespaces: frozenset[str], max_flow_bytes: int) -> None:
        """From now on want these flows; see the class."""
        self._verdicts = verdicts
        self._excluded_namespaces = excluded_namespaces
        self._max_flow_bytes = max_flow_bytes
        self._keys: dict[tuple[str, int, str, str], Key] = {}

    def frontier_ns(self) -> int:
        """Return up to when all flows were read, in nanoseconds since 1970; 0 before anything is known. Any thread."""
        return self.continuity.frontier_ns(self.newest_ns)

    def start_stream(self, since_ns: int, now_ns: int = 0) -> None:
        """A new stream begins, with flows from `since_ns` on (nanoseconds since 1970); 0: with new ones only."""
        self.continuity.start_stream(since_ns, now_ns, self.newest_ns)
        self._stream = self.continuity.stream
        self._nodes.restart()

    def take(self, response: bytes) -> None:
        """Take one encoded observer.GetFlowsResponse."""
        try:
            cut = self._cut(response) or self._decoded(response)
        except (*UNDECODABLE, MalformedFlow):
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        if cut is None:
            return
        json, node, verdict, source, destination, time_ns, uuid = cut
        if node.stream != self._stream:
            if not self._share.has(node.name):
                self._outbox.filtered()
                return
            self._nodes.heard(node.name)
            self.continuity.first_flow(node, time_ns)
        # Older agents send no uuid. Their flows are told apart by their bytes.
        if self._seen.seen(hash(uuid or response)) and (uuid or self.continuity.repeats(node, time_ns)):
            self.continuity.repeated(node, time_ns)
            self._outbox.duplicate()
            return
        if time_ns > node.newest_ns:
            node.newest_ns = time_ns
            if time_ns > self.newest_ns:
                self.newest_ns = time_ns
        words = (node.cluster, verdict, source, destination)
        key = self._keys.get(words) or self._key(words)
        if key is self._unwanted:
            self._outbox.filtered()
        elif len(json) > self._max_flow_bytes:
            self._outbox.rejected(Drop.TOO_LARGE, node.name, time_ns)
        else:
            self._outbox.put(key, json, time_ns)

    def _decoded(self, response: bytes) -> Cut | None:
        """Decode a response; None where it is no flow. Raises one of UNDECODABLE, or MalformedFlow."""
        view = view_pb2.Response.FromString(response)
        if view.HasField("flow"):
            slim = self._slimmer.slim(view.flow)
            return slim.json, slim.node, slim.verdict, slim.source, slim.destination, slim.time_ns, slim.uuid
        if view.HasField("lost_events"):
            self._take_lost(view.lost_events, view.node_name, response)
        elif view.HasField("node_status"):
            self._take_node_status(view.node_status, response)
        return None

    def _key(self, words: tuple[str, int, str, str]) -> Key:
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        cluster, verdict, source, destination = words
        if self._verdicts and verdict not in self._verdicts or not self._excluded_namespaces.isdisjoint(words[2:]):
            key = self._unwanted
        else:
            key = self._outbox.key(f"{cluster}.{routing.verdict_word(verdict)}.{source}.{destination}")
        self._keys[words] = key
        return key

    def _take_lost(self, encoded: bytes, node_name: bytes, response: bytes) -> None:
        try:
            lost = flow_pb2.LostEvent.FromString(encoded)
            node = self._slimmer.node(node_name)
        except (*UNDECODABLE, MalformedFlow):
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        if not self._share.has(node.name) or self.continuity.is_boundary(lost, node):
            return
        # Older agents tell no times; the loss then lies right after the node's newest flow (contract 2.5).
        first_ns = _time_ns(lost.first) or node.newest_ns
        last_ns = _time_ns(lost.last) or node.newest_ns
        if lost.source == flow_pb2.HUBBLE_RING_BUFFER:
            noticed_ns = _response_time_ns(response)
            first_ns, last_ns = self.continuity.lost_in_ring(node, first_ns, max(last_ns, noticed_ns))
        elif self._seen_lost.seen(hash(response)) and self.continuity.since_ns:
            return  # these are kept in the ring, and so are read again where streams overlap
        value = flow_pb2.LostEventSource.DESCRIPTOR.values_by_number.get(lost.source)
        source = value.name if value else "UNKNOWN_LOST_EVENT_SOURCE"
        self._losses.add(source, node.name, lost.num_events_lost, first_ns, last_ns)

    def _take_node_status(self, encoded: bytes, response: bytes) -> None:
        try:
            event = relay_pb2.NodeStatusEvent.FromString(encoded)
        except UNDECODABLE:
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        ours = [name for name in event.node_names if self._share.has(name)]
        event.ClearField("node_names")
        event.node_names.extend(ours)
        self._nodes.tell(event)
        if event.state_change == relay_pb2.NODE_ERROR and "fieldmask" in event.message.lower().replace(" ", ""):
            self.mask_refused = True
        else:
            self.continuity.node_status(event, _response_time_ns(response))


def _response_time_ns(response: bytes) -> int:
    """Return when a response was made: for what is no flow, whose time the view leaves out."""
    return _time_ns(observer_pb2.GetFlowsResponse.FromString(response).time)


def _time_ns(time: Timestamp) -> int:
    """Return a timestamp in nanoseconds since 1970, or 0 where it is unset or none that JSON can say."""
    if 0 < time.seconds < 253_402_300_800 and 0 <= time.nanos < 1_000_000_000:
        return int(time.ToNanoseconds())
    return 0
