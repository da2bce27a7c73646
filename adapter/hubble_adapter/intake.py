"""One response of Hubble's stream: a flow to send on, a loss to tell, or news of a node."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from hubble_adapter import routing
from hubble_adapter.dedupe import SeenWindow
from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.ledger import Drop
from hubble_adapter.losses import GAP, Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.slim import Node, Slimmer
from hubble_adapter.wire import flow_pb2, relay_pb2, view_pb2

__all__ = ["Intake"]

# Routing keys that are remembered in their finished form; when there are more, the memory starts over.
_MOST_KEYS = 20_000


class Intake:
    """Takes the responses of one stream after the other. Owned by the thread that reads.

    verdicts: numbers of the verdicts that are wanted; empty for all.
    excluded_namespaces: words of the namespaces that are not wanted on either side.
        Both were asked of the server already; here they are a second lock on the same door, for a server that
        ignores filters would otherwise spread flows that someone decided to keep in.
    max_flow_bytes: the largest JSON of one flow.
    resume_ns: how far an earlier run of the adapter came (nanoseconds since 1970), 0 where that is not known.
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
        resume_ns: int = 0,
    ) -> None:
        self._slimmer = slimmer
        self._outbox = outbox
        self._losses = losses
        self._nodes = nodes
        self.want(verdicts, excluded_namespaces, max_flow_bytes)
        self._seen = SeenWindow()
        self._keys: dict[tuple[str, int, str, str], str] = {}
        self._stream = 0
        self._since_ns = 0
        self._resumed_to_ns = 0
        self.newest_ns = resume_ns
        self.mask_refused = False

    def want(self, verdicts: frozenset[int], excluded_namespaces: frozenset[str], max_flow_bytes: int) -> None:
        """From now on want these flows; see the class."""
        self._verdicts = verdicts
        self._excluded_namespaces = excluded_namespaces
        self._max_flow_bytes = max_flow_bytes

    def start_stream(self, since_ns: int) -> None:
        """A new stream begins, with flows from `since_ns` on (nanoseconds since 1970); 0: with new ones only."""
        self._stream += 1
        self._since_ns = since_ns
        self._resumed_to_ns = self.newest_ns if since_ns else 0
        self._nodes.restart()

    def take(self, response: bytes) -> None:
        """Take one encoded observer.GetFlowsResponse."""
        try:
            view = view_pb2.Response.FromString(response)
        except UNDECODABLE:
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        if view.HasField("flow"):
            self._take_flow(view.flow, response)
        elif view.HasField("lost_events"):
            self._take_lost(view.lost_events, view.node_name)
        elif view.HasField("node_status"):
            self._take_node_status(view.node_status)

    def _take_flow(self, flow: view_pb2.Flow, response: bytes) -> None:
        try:
            slim = self._slimmer.slim(flow)
        except MalformedFlow:
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        node = slim.node
        time_ns = slim.time_ns
        if node.stream != self._stream:
            self._first_of_node(node, time_ns)
        if self._repeated(slim.uuid, time_ns, response):
            self._outbox.duplicate()
            return
        if time_ns > node.newest_ns:
            node.newest_ns = time_ns
            if time_ns > self.newest_ns:
                self.newest_ns = time_ns
        if self._verdicts and slim.verdict not in self._verdicts:
            self._outbox.filtered()
            return
        if slim.source in self._excluded_namespaces or slim.destination in self._excluded_namespaces:
            self._outbox.filtered()
            return
        if len(slim.json) > self._max_flow_bytes:
            self._outbox.rejected(Drop.TOO_LARGE, node.name, time_ns)
            return
        words = (node.cluster, slim.verdict, slim.source, slim.destination)
        key = self._keys.get(words) or self._key(words)
        self._outbox.put(key, node.cluster, slim.json, time_ns)

    def _key(self, words: tuple[str, int, str, str]) -> str:
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        cluster, verdict, source, destination = words
        key = self._keys[words] = f"{cluster}.{routing.verdict_word(verdict)}.{source}.{destination}"
        return key

    def _repeated(self, uuid: bytes, time_ns: int, response: bytes) -> bool:
        """Tell whether this flow came before.

        Older agents send no uuid. Their flows are told apart by their bytes, and only within the overlap of a resumed
        stream: elsewhere two flows that are equal to the nanosecond are taken for two.
        """
        if uuid:
            return self._seen.seen(uuid)
        return self._seen.seen(hash(response)) and time_ns <= self._resumed_to_ns

    def _first_of_node(self, node: Node, time_ns: int) -> None:
        """The first flow of a node in this stream: is there a hole between the last stream and this one?

        The stream was asked from `since` on. Where flows of this node from `since` on had been received, it must begin
        with one of those; where it begins later, the node's ring no longer holds them, nor what came after. Where this
        run of the adapter knows no flow of the node yet, the ring's own boundary tells that it does not reach back.
        """
        node.stream = self._stream
        self._nodes.heard(node.name)
        if not self._since_ns:
            return
        if self._since_ns <= node.newest_ns < time_ns:
            self._losses.add(GAP, node.name, None, node.newest_ns, time_ns)
        elif not node.newest_ns and node.wrapped_stream == self._stream:
            self._losses.add(GAP, node.name, None, self._since_ns, time_ns)

    def _take_lost(self, encoded: bytes, node_name: bytes) -> None:
        try:
            lost = flow_pb2.LostEvent.FromString(encoded)
            node = self._slimmer.node(node_name)
        except (*UNDECODABLE, MalformedFlow):
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        if self._is_ring_boundary(lost, node):
            node.wrapped_stream = self._stream
            return
        value = flow_pb2.LostEventSource.DESCRIPTOR.values_by_number.get(lost.source)
        source = value.name if value else "UNKNOWN_LOST_EVENT_SOURCE"
        # Older agents tell no times; the loss then lies right after the node's newest flow (contract 2.5).
        first_ns = _time_ns(lost.first) or node.newest_ns
        last_ns = _time_ns(lost.last) or node.newest_ns
        self._losses.add(source, node.name, lost.num_events_lost, first_ns, last_ns)

    def _is_ring_boundary(self, lost: flow_pb2.LostEvent, node: Node) -> bool:
        """A resumed stream that starts at the ring's oldest entry opens with one lost event that is no loss."""
        return (
            self._since_ns > 0
            and lost.source == flow_pb2.HUBBLE_RING_BUFFER
            and lost.num_events_lost == 1
            and node.stream != self._stream
        )

    def _take_node_status(self, encoded: bytes) -> None:
        try:
            event = relay_pb2.NodeStatusEvent.FromString(encoded)
        except UNDECODABLE:
            self._outbox.rejected(Drop.MALFORMED, "", 0)
            return
        self._nodes.tell(event)
        if event.state_change == relay_pb2.NODE_ERROR and "fieldmask" in event.message.lower().replace(" ", ""):
            self.mask_refused = True


def _time_ns(time: Timestamp) -> int:
    """Return a timestamp in nanoseconds since 1970, or 0 where it is unset or none that JSON can say."""
    if 0 < time.seconds < 253_402_300_800 and 0 <= time.nanos < 1_000_000_000:
        return int(time.ToNanoseconds())
    return 0
