"""Hubble's protobuf messages as the JSON that `hubble observe -o jsonpb` prints, in UTF-8 bytes.

Only the kept fields of docs/messages.md. The mapping is protobuf's own (contract 1.3): the proto's field names, enum
values by name (an unknown number as the number), 64-bit integers as strings, defaults left out. Written by hand
because protobuf's MessageToDict costs more than everything else the adapter does to a flow.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from json.encoder import encode_basestring  # type: ignore[attr-defined]

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from hubble_adapter.errors import MalformedFlow
from hubble_adapter.wire import flow_pb2

__all__ = ["Fields", "enum_json", "quoted", "rfc3339"]

# protobuf's Timestamp covers the years 1 to 9999; JSON has no form for anything else.
_FIRST_SECOND = -62_135_596_800
_LAST_SECOND = 253_402_300_799


def quoted(text: str) -> bytes:
    """Return `text` as a JSON string in UTF-8, quotes included."""
    return encode_basestring(text).encode()  # type: ignore[no-any-return]


def enum_json(enum: EnumTypeWrapper, number: int) -> bytes:
    """Return an enum value as its quoted name, or as the bare number where it has none (contract 1.4)."""
    value = enum.DESCRIPTOR.values_by_number.get(number)
    return b'"%b"' % value.name.encode() if value else b"%d" % number


def second_text(seconds: int) -> bytes:
    """Return a Unix time in seconds as `2021-11-10T10:40:56`; raise MalformedFlow outside the years 1 to 9999."""
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise MalformedFlow(f"time is {seconds} s from 1970, outside the years 1 to 9999")
    t = time.gmtime(seconds)
    return b"%04d-%02d-%02dT%02d:%02d:%02d" % t[:6]


def fraction_text(nanos: int) -> bytes:
    """Return the fraction of a second as protobuf's JSON has it: none, 3, 6 or 9 digits, and the Z of UTC."""
    if nanos % 1_000:
        return b".%09dZ" % nanos
    if nanos % 1_000_000:
        return b".%06dZ" % (nanos // 1_000)
    return b".%03dZ" % (nanos // 1_000_000) if nanos else b"Z"


def rfc3339(time_ns: int) -> str:
    """Return a Unix time in nanoseconds as protobuf's JSON writes a Timestamp."""
    seconds, nanos = divmod(time_ns, 1_000_000_000)
    return (second_text(seconds) + fraction_text(nanos)).decode()


class Fields:
    """A JSON object under construction; each method leaves a default value out."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def raw(self, name: bytes, value: bytes) -> None:
        """Add `name` with a value that is JSON already."""
        self._parts.append(b'"%b":%b' % (name, value))

    def string(self, name: bytes, value: str) -> None:
        if value:
            self.raw(name, quoted(value))

    def integer(self, name: bytes, value: int) -> None:
        if value:
            self.raw(name, b"%d" % value)

    def integer64(self, name: bytes, value: int) -> None:
        if value:
            self.raw(name, b'"%d"' % value)

    def true(self, name: bytes, value: bool) -> None:
        if value:
            self.raw(name, b"true")

    def enum(self, name: bytes, enum: EnumTypeWrapper, value: int) -> None:
        if value:
            self.raw(name, enum_json(enum, value))

    def strings(self, name: bytes, values: Iterable[str]) -> None:
        joined = b",".join([quoted(value) for value in values])
        if joined:
            self.raw(name, b"[%b]" % joined)

    def object(self) -> bytes:
        """Return the object as JSON."""
        return b"{%b}" % b",".join(self._parts)


def ip_json(ip: flow_pb2.IP) -> bytes:
    fields = Fields()
    fields.string(b"source", ip.source)
    fields.string(b"destination", ip.destination)
    fields.enum(b"ipVersion", flow_pb2.IPVersion, ip.ipVersion)
    fields.true(b"encrypted", ip.encrypted)
    fields.string(b"source_xlated", ip.source_xlated)
    return fields.object()


def endpoint_json(endpoint: flow_pb2.Endpoint, labels: Iterable[str]) -> bytes:
    """Return an endpoint with the `labels` that are kept and the first of its workloads."""
    fields = Fields()
    fields.integer(b"identity", endpoint.identity)
    fields.string(b"namespace", endpoint.namespace)
    fields.strings(b"labels", labels)
    fields.string(b"pod_name", endpoint.pod_name)
    fields.string(b"cluster_name", endpoint.cluster_name)
    if endpoint.workloads:
        workload = Fields()
        workload.string(b"name", endpoint.workloads[0].name)
        workload.string(b"kind", endpoint.workloads[0].kind)
        fields.raw(b"workloads", b"[%b]" % workload.object())
    return fields.object()


def service_json(service: flow_pb2.Service) -> bytes:
    fields = Fields()
    fields.string(b"name", service.name)
    fields.string(b"namespace", service.namespace)
    return fields.object()


def event_type_json(event_type: flow_pb2.CiliumEventType) -> bytes:
    fields = Fields()
    fields.integer(b"type", event_type.type)
    fields.integer(b"sub_type", event_type.sub_type)
    return fields.object()


def policy_json(policy: flow_pb2.Policy) -> bytes:
    fields = Fields()
    fields.string(b"name", policy.name)
    fields.string(b"namespace", policy.namespace)
    fields.integer64(b"revision", policy.revision)
    fields.string(b"kind", policy.kind)
    return fields.object()


_TCP_FLAGS = tuple((field.name, field.name.encode()) for field in flow_pb2.TCPFlags.DESCRIPTOR.fields)


def _ports_json(ports: flow_pb2.TCP | flow_pb2.UDP | flow_pb2.SCTP) -> Fields:
    fields = Fields()
    fields.integer(b"source_port", ports.source_port)
    fields.integer(b"destination_port", ports.destination_port)
    return fields


def l4_json(l4: flow_pb2.Layer4) -> bytes:
    kind = l4.WhichOneof("protocol")
    if kind is None:
        return b"{}"
    if kind == "TCP":
        fields = _ports_json(l4.TCP)
        if l4.TCP.HasField("flags"):
            flags = Fields()
            for attribute, name in _TCP_FLAGS:
                flags.true(name, getattr(l4.TCP.flags, attribute))
            fields.raw(b"flags", flags.object())
    elif kind in ("UDP", "SCTP"):
        fields = _ports_json(getattr(l4, kind))
    elif kind in ("ICMPv4", "ICMPv6"):
        icmp = getattr(l4, kind)
        fields = Fields()
        fields.integer(b"type", icmp.type)
        fields.integer(b"code", icmp.code)
    elif kind == "VRRP":
        fields = Fields()
        fields.integer(b"type", l4.VRRP.type)
        fields.integer(b"vrid", l4.VRRP.vrid)
        fields.integer(b"priority", l4.VRRP.priority)
    else:
        fields = Fields()
        fields.integer(b"type", l4.IGMP.type)
        fields.string(b"group_address", l4.IGMP.group_address)
    return b'{"%b":%b}' % (kind.encode(), fields.object())


def _dns_json(dns: flow_pb2.DNS) -> bytes:
    fields = Fields()
    fields.string(b"query", dns.query)
    fields.strings(b"ips", dns.ips)
    fields.integer(b"ttl", dns.ttl)
    fields.strings(b"cnames", dns.cnames)
    fields.string(b"observation_source", dns.observation_source)
    fields.integer(b"rcode", dns.rcode)
    fields.strings(b"qtypes", dns.qtypes)
    fields.strings(b"rrtypes", dns.rrtypes)
    return fields.object()


def _http_json(http: flow_pb2.HTTP, header_names: frozenset[str]) -> bytes:
    fields = Fields()
    fields.integer(b"code", http.code)
    fields.string(b"method", http.method)
    fields.string(b"url", http.url)
    fields.string(b"protocol", http.protocol)
    headers = []
    for header in http.headers if header_names else ():
        if header.key.lower() in header_names:
            one = Fields()
            one.string(b"key", header.key)
            one.string(b"value", header.value)
            headers.append(one.object())
    if headers:
        fields.raw(b"headers", b"[%b]" % b",".join(headers))
    return fields.object()


def _kafka_json(kafka: flow_pb2.Kafka) -> bytes:
    fields = Fields()
    fields.integer(b"error_code", kafka.error_code)
    fields.integer(b"api_version", kafka.api_version)
    fields.string(b"api_key", kafka.api_key)
    fields.integer(b"correlation_id", kafka.correlation_id)
    fields.string(b"topic", kafka.topic)
    return fields.object()


def l7_json(l7: flow_pb2.Layer7, header_names: frozenset[str]) -> bytes:
    """Return the layer 7 record with only those HTTP headers whose lower-case name is in `header_names`."""
    fields = Fields()
    fields.enum(b"type", flow_pb2.L7FlowType, l7.type)
    fields.integer64(b"latency_ns", l7.latency_ns)
    kind = l7.WhichOneof("record")
    if kind == "dns":
        fields.raw(b"dns", _dns_json(l7.dns))
    elif kind == "http":
        fields.raw(b"http", _http_json(l7.http, header_names))
    elif kind == "kafka":
        fields.raw(b"kafka", _kafka_json(l7.kafka))
    return fields.object()
