"""Filters on what was seen: event type, verdict, direction, protocol, flags, interface, traces.

Each builder takes a FlowFilter field's values and gives a test of one flow.Flow; any of the values may match.
BadRequest on a bad value.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable

from hubble_adapter.wire import flow_pb2
from mock_hubble.refusal import BadRequest

Test = Callable[[Any], bool]

_FLAGS = tuple(field.name for field in flow_pb2.TCPFlags.DESCRIPTOR.fields)
_L4_PROTOCOLS = {
    "icmp": ("ICMPv4", "ICMPv6"),
    "icmpv4": ("ICMPv4",),
    "icmpv6": ("ICMPv6",),
    "tcp": ("TCP",),
    "udp": ("UDP",),
    "sctp": ("SCTP",),
    "vrrp": ("VRRP",),
    "igmp": ("IGMP",),
}
_L7_PROTOCOLS = ("dns", "http", "kafka")


def uuid(values: Iterable[str]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.uuid in wanted


def event_type(values: Iterable[Any]) -> Test:
    wanted = [(value.type, value.sub_type if value.match_sub_type else None) for value in values]

    def test(flow: Any) -> bool:
        if not flow.HasField("event_type"):
            return False
        has = flow.event_type
        return any(type_ in (0, has.type) and sub in (None, has.sub_type) for type_, sub in wanted)

    return test


def verdict(values: Iterable[int]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.verdict in wanted


def drop_reason_desc(values: Iterable[int]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.verdict == flow_pb2.DROPPED and flow.drop_reason_desc in wanted


def traffic_direction(values: Iterable[int]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.traffic_direction in wanted


def reply(values: Iterable[bool]) -> Test:
    """A flow that does not say whether it is a reply matches nothing, but a dropped one counts as no reply."""
    wanted = frozenset(values)

    def test(flow: Any) -> bool:
        if flow.HasField("is_reply"):
            return flow.is_reply.value in wanted
        return flow.verdict == flow_pb2.DROPPED and False in wanted

    return test


def encrypted(values: Iterable[bool]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.IP.encrypted in wanted


def protocol(values: Iterable[str]) -> Test:
    layer4: set[str] = set()
    layer7: set[str] = set()
    for value in values:
        name = value.lower()
        if name in _L4_PROTOCOLS:
            layer4.update(_L4_PROTOCOLS[name])
        elif name in _L7_PROTOCOLS:
            layer7.add(name)
        else:
            raise BadRequest(f"invalid protocol filter: unknown protocol: {value!r}")
    return lambda flow: flow.l4.WhichOneof("protocol") in layer4 or flow.l7.WhichOneof("record") in layer7


def ip_version(values: Iterable[int]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.IP.ipVersion in wanted


def tcp_flags(values: Iterable[Any]) -> Test:
    """Every flag of the filter must be set; more may be."""
    wanted = [tuple(flag for flag in _FLAGS if getattr(value, flag)) for value in values]

    def test(flow: Any) -> bool:
        if flow.l4.WhichOneof("protocol") != "TCP" or not flow.l4.TCP.HasField("flags"):
            return False
        has = flow.l4.TCP.flags
        return any(all(getattr(has, flag) for flag in flags) for flags in wanted)

    return test


def interface(values: Iterable[Any]) -> Test:
    wanted = [(value.index, value.name) for value in values]

    def test(flow: Any) -> bool:
        if not flow.HasField("interface"):
            return False
        has = flow.interface
        return any(index in (0, has.index) and name in ("", has.name) for index, name in wanted)

    return test


def trace_id(values: Iterable[str]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.trace_context.parent.trace_id in wanted


def ip_trace_id(values: Iterable[int]) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.ip_trace_id.trace_id in wanted
