"""One flow in, its kept fields out: JSON for the message, words for the routing key (docs/messages.md).

The hot path of the adapter: every statement in `Slimmer.slim` is paid for by each flow. What it does not do there, it
does once for each different endpoint, address pair, port pair and so on, in fragments.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.wrappers_pb2 import BoolValue

from hubble_adapter import protojson, routing
from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.fragments import Fragments
from hubble_adapter.wire import flow_pb2, view_pb2

__all__ = ["FIELD_MASK", "Kept", "Node", "SlimFlow", "Slimmer"]

# What the server is asked for: just what is kept. Without `time` and `node_name` the response's own time and node
# name would be empty and Relay could not sort (contract 2.7). An older server that does not know one of these refuses
# the whole mask; hubble.py then asks again without it.
FIELD_MASK = (
    "time",
    "uuid",
    "node_name",
    "verdict",
    "drop_reason_desc",
    "traffic_direction",
    "is_reply",
    "Type",
    "event_type",
    "trace_observation_point",
    "policy_match_type",
    "debug_capture_point",
    "sock_xlate_point",
    "IP",
    "l4",
    "l7",
    "source",
    "destination",
    "source_names",
    "destination_names",
    "source_service",
    "destination_service",
    "egress_allowed_by",
    "ingress_allowed_by",
    "egress_denied_by",
    "ingress_denied_by",
)

_MEGABYTE = 1024 * 1024
# More nodes than any cluster has, and longer names: a server that invents some shall not fill the memory.
_MOST_NODES = 20_000
_LONGEST_NODE_NAME = 512


@dataclass(frozen=True, slots=True)
class Kept:
    """Which of the many are kept.

    labels: keys of endpoint labels, with or without their source prefix (`app`, `k8s:app`); `reserved:` labels always
    are. http_headers: names of HTTP headers, in any case.
    """

    labels: frozenset[str] = frozenset()
    http_headers: frozenset[str] = frozenset()


@dataclass(slots=True)
class Node:
    """A node that flows come from, and how far they have come.

    newest_ns: the newest time of its flows, in nanoseconds since 1970; 0 before the first.
    stream: ordinal of the stream that last brought a flow of this node; 0 where its next flow is to be looked at by
        continuity.py.
    """

    name: str
    fragment: bytes
    cluster: str
    newest_ns: int = 0
    stream: int = 0


@dataclass(slots=True)
class SlimFlow:
    """A flow ready to be put into a batch.

    json: the flow's kept fields, as a JSON object in UTF-8.
    source, destination: words of the routing key.
    time_ns: nanoseconds since 1970; 0 where the flow has no time.
    uuid: as it was sent, empty where the flow has none.
    """

    json: bytes
    node: Node
    verdict: int
    source: str
    destination: str
    time_ns: int
    uuid: bytes


class Slimmer:
    """Makes SlimFlows of flows.

    cluster: the cluster word of nodes whose name carries no cluster.
    endpoints: JSON and word of the endpoints met of late, by their encoded form.
    """

    def __init__(self, kept: Kept, cluster: str) -> None:
        self._cluster = cluster
        self.keep(kept)
        self._second = (0, b"")
        self._heads: Fragments[bytes] = Fragments(_head, len, _MEGABYTE)
        self._nodes: dict[bytes, Node] = {}
        self._ip: Fragments[bytes] = Fragments(
            lambda raw: protojson.ip_json(flow_pb2.IP.FromString(raw)), len, 2 * _MEGABYTE
        )
        self._l4: Fragments[bytes] = Fragments(
            lambda raw: protojson.l4_json(flow_pb2.Layer4.FromString(raw)), len, 2 * _MEGABYTE
        )
        self._event_types: Fragments[bytes] = Fragments(
            lambda raw: protojson.event_type_json(flow_pb2.CiliumEventType.FromString(raw)), len, _MEGABYTE
        )
        self._replies: Fragments[bytes] = Fragments(
            lambda raw: b"true" if BoolValue.FromString(raw).value else b"false", len, _MEGABYTE
        )
        self._services: Fragments[bytes] = Fragments(
            lambda raw: protojson.service_json(flow_pb2.Service.FromString(raw)), len, _MEGABYTE
        )
        self._policies: Fragments[bytes] = Fragments(
            lambda raw: protojson.policy_json(flow_pb2.Policy.FromString(raw)), len, _MEGABYTE
        )
        self._names: Fragments[bytes] = Fragments(lambda raw: protojson.quoted(_text(raw)), len, _MEGABYTE)

    def keep(self, kept: Kept) -> None:
        """From now on keep these; endpoints that are remembered with other labels are forgotten."""
        self._kept = Kept(kept.labels, frozenset(name.lower() for name in kept.http_headers))
        self.endpoints: Fragments[tuple[bytes, str]] = Fragments(
            self._endpoint, lambda made: len(made[0]), 6 * _MEGABYTE
        )

    def slim(self, flow: view_pb2.Flow) -> SlimFlow:
        """Return the flow's kept fields.

        Raises MalformedFlow where a kept part does not decode, or where protobuf's JSON has no form for it.
        """
        node = self.node(flow.node_name)
        verdict = flow.verdict
        head_key = b"%d %d %d %d %d %d %d %d" % (
            verdict,
            flow.drop_reason_desc,
            flow.Type,
            flow.traffic_direction,
            flow.trace_observation_point,
            flow.policy_match_type,
            flow.debug_capture_point,
            flow.sock_xlate_point,
        )
        head = self._heads.get(head_key) or self._heads.make(head_key)
        parts = [head, node.fragment]
        add = parts.append

        time_ns = 0
        if flow.HasField("time"):
            time = flow.time
            seconds, nanos = time.seconds, time.nanos
            if not 0 <= nanos < 1_000_000_000:
                raise MalformedFlow(f"time has {nanos} nanoseconds beside its seconds, not 0 to 999999999")
            if self._second[0] != seconds or not self._second[1]:
                self._second = (seconds, b',"time":"' + protojson.second_text(seconds))
            add(self._second[1])
            add(b'.%09dZ"' % nanos if nanos % 1_000 else protojson.fraction_text(nanos) + b'"')
            time_ns = seconds * 1_000_000_000 + nanos

        uuid = flow.uuid
        if uuid:
            # A UUID needs no escaping; whatever else stands here does.
            plain = uuid.replace(b"-", b"").isalnum()
            add(b',"uuid":"%b"' % uuid if plain else b',"uuid":' + protojson.quoted(_text(uuid)))
        source = destination = routing.UNKNOWN
        if flow.HasField("source"):
            raw = flow.source
            fragment, source = self.endpoints.get(raw) or self.endpoints.make(raw)
            add(b',"source":')
            add(fragment)
        if flow.HasField("destination"):
            raw = flow.destination
            fragment, destination = self.endpoints.get(raw) or self.endpoints.make(raw)
            add(b',"destination":')
            add(fragment)
        if flow.HasField("IP"):
            raw = flow.IP
            add(b',"IP":')
            add(self._ip.get(raw) or self._ip.make(raw))
        if flow.HasField("l4"):
            raw = flow.l4
            add(b',"l4":')
            add(self._l4.get(raw) or self._l4.make(raw))
        if flow.HasField("event_type"):
            raw = flow.event_type
            add(b',"event_type":')
            add(self._event_types.get(raw) or self._event_types.make(raw))
        if flow.HasField("is_reply"):
            raw = flow.is_reply
            add(b',"is_reply":')
            add(self._replies.get(raw) or self._replies.make(raw))
        if flow.HasField("l7"):
            # Not remembered: latencies and URLs make nearly every record a new one.
            add(b',"l7":')
            add(self._l7(flow.l7))
        if flow.HasField("destination_service"):
            raw = flow.destination_service
            add(b',"destination_service":')
            add(self._services.get(raw) or self._services.make(raw))
        if flow.HasField("source_service"):
            raw = flow.source_service
            add(b',"source_service":')
            add(self._services.get(raw) or self._services.make(raw))
        if flow.destination_names:
            add(self._list(b"destination_names", flow.destination_names, self._names))
        if flow.source_names:
            add(self._list(b"source_names", flow.source_names, self._names))
        if flow.egress_allowed_by:
            add(self._list(b"egress_allowed_by", flow.egress_allowed_by, self._policies))
        if flow.ingress_allowed_by:
            add(self._list(b"ingress_allowed_by", flow.ingress_allowed_by, self._policies))
        if flow.egress_denied_by:
            add(self._list(b"egress_denied_by", flow.egress_denied_by, self._policies))
        if flow.ingress_denied_by:
            add(self._list(b"ingress_denied_by", flow.ingress_denied_by, self._policies))
        add(b"}")
        json = b"".join(parts)
        if len(head) == 1:
            json = b"{" + json[1:].lstrip(b",")
        return SlimFlow(json, node, verdict, source, destination, time_ns, uuid)

    def node(self, encoded_name: bytes) -> Node:
        """Return the node of that name; raises MalformedFlow where the name is no UTF-8."""
        node = self._nodes.get(encoded_name)
        if node is None:
            name = _text(encoded_name)
            fragment = b',"node_name":' + protojson.quoted(name) if name else b""
            node = Node(name, fragment, routing.cluster_word(name, self._cluster))
            if len(self._nodes) < _MOST_NODES and len(encoded_name) <= _LONGEST_NODE_NAME:
                self._nodes[encoded_name] = node
        return node

    def remembers(self, node: Node) -> bool:
        """Tell whether `node` will return this very object again."""
        return self._nodes.get(node.name.encode()) is node

    def _endpoint(self, raw: bytes) -> tuple[bytes, str]:
        endpoint = flow_pb2.Endpoint.FromString(raw)
        labels = [label for label in endpoint.labels if self._keeps(label)]
        word = routing.endpoint_word(endpoint.namespace, endpoint.identity, endpoint.labels)
        return protojson.endpoint_json(endpoint, labels), word

    def _keeps(self, label: str) -> bool:
        if label.startswith("reserved:"):
            return True
        key = label.partition("=")[0]
        return key in self._kept.labels or key.partition(":")[2] in self._kept.labels

    def _l7(self, raw: bytes) -> bytes:
        try:
            return protojson.l7_json(flow_pb2.Layer7.FromString(raw), self._kept.http_headers)
        except UNDECODABLE as error:
            raise MalformedFlow(f"l7 does not decode: {error}") from error

    @staticmethod
    def _list(name: bytes, encoded: list[bytes], fragments: Fragments[bytes]) -> bytes:
        return b',"%b":[%b]' % (name, b",".join([fragments.get(raw) or fragments.make(raw) for raw in encoded]))


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise MalformedFlow(f"a string is not UTF-8: {error}") from error


def _head(key: bytes) -> bytes:
    """Return the opening of a flow's JSON: its small numbers, most of them enums, given in the order of `slim`."""
    (verdict, drop_reason, kind, direction, trace_point, policy_match, capture_point, xlate_point) = map(
        int, key.split()
    )
    fields = protojson.Fields()
    fields.enum(b"verdict", flow_pb2.Verdict, verdict)
    fields.enum(b"drop_reason_desc", flow_pb2.DropReason, drop_reason)
    fields.enum(b"Type", flow_pb2.FlowType, kind)
    fields.enum(b"traffic_direction", flow_pb2.TrafficDirection, direction)
    fields.enum(b"trace_observation_point", flow_pb2.TraceObservationPoint, trace_point)
    fields.integer(b"policy_match_type", policy_match)
    fields.enum(b"debug_capture_point", flow_pb2.DebugCapturePoint, capture_point)
    fields.enum(b"sock_xlate_point", flow_pb2.SocketTranslationPoint, xlate_point)
    return fields.object()[:-1]
