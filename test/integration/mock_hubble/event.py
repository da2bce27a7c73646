"""What a node's ring holds: flows and lost events, and their bytes on the wire.

A flow is kept as a `Template` (all that repeats between two replays of the same recorded flow) and what is fresh
about it: uuid and time. Protobuf allows the fields of a message in any order, so a fresh `GetFlowsResponse` is the
template's bytes with those two appended; that is what lets Python serve thousands of flows a second.
"""

from __future__ import annotations

import itertools
import os
from typing import Any, Union

from hubble_adapter.wire import flow_pb2, observer_pb2

NANOSECONDS_PER_SECOND = 1_000_000_000

_FLOW_TIME = b"\x0a"  # flow.Flow.time = 1
_FLOW_UUID = b"\x92\x02"  # flow.Flow.uuid = 34
_RESPONSE_FLOW = b"\x0a"  # observer.GetFlowsResponse.flow = 1
_RESPONSE_NODE_NAME = b"\xc2\x3e"  # observer.GetFlowsResponse.node_name = 1000
_RESPONSE_TIME = b"\xca\x3e"  # observer.GetFlowsResponse.time = 1001


def varint(number: int) -> bytes:
    """Protobuf's base-128 form of a number from 0 to 2^64-1."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append((number & 0x7F) | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def delimited(tag: bytes, payload: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return tag + varint(len(payload)) + payload


def timestamp_bytes(time_ns: int) -> bytes:
    """Bytes of the google.protobuf.Timestamp of a UNIX time in nanoseconds."""
    seconds, nanos = divmod(time_ns, NANOSECONDS_PER_SECOND)
    out = b"\x08" + varint(seconds & 0xFFFFFFFFFFFFFFFF) if seconds else b""
    return out + b"\x10" + varint(nanos) if nanos else out


def timestamp_ns(timestamp: Any) -> int:
    """UNIX time in nanoseconds of a google.protobuf.Timestamp. ValueError when it is outside of the years 1 to 9999."""
    if not (-62135596800 <= timestamp.seconds <= 253402300799 and 0 <= timestamp.nanos < NANOSECONDS_PER_SECOND):
        raise ValueError(f"invalid timestamp: {timestamp.seconds} s, {timestamp.nanos} ns")
    return int(timestamp.seconds) * NANOSECONDS_PER_SECOND + int(timestamp.nanos)


_uuid_prefix = os.urandom(8).hex()
_uuid_counter = itertools.count(1)


def fresh_uuid() -> str:
    """A uuid in RFC 4122 text form that no other event of this process has, and no other process is likely to have.

    It counts rather than draws, since drawing would cost as much as all the rest of a replayed flow.
    """
    head = _uuid_prefix
    return f"{head[:8]}-{head[8:12]}-4{head[12:15]}-8{head[13:]}-{next(_uuid_counter):012x}"


class Template:
    """A flow without uuid and time.

    `shared` tells that many events use it, so that what a stream works out about it (does it pass the filters, its
    masked bytes) is worth keeping.
    """

    __slots__ = ("flow", "body", "shared", "namespaces")

    def __init__(self, flow: Any, shared: bool = False) -> None:
        self.flow = flow_pb2.Flow()
        self.flow.CopyFrom(flow)
        self.flow.ClearField("uuid")
        self.flow.ClearField("time")
        self.body: bytes = self.flow.SerializeToString()
        self.shared = shared
        ends = (self.flow.source, self.flow.destination)
        self.namespaces = tuple({(end.cluster_name or "default", end.namespace) for end in ends if end.namespace})


class FlowEvent:
    """One flow in a ring. `time_ns` is the event's own time; `told_time_ns` is what the flow says, None for a flow
    without time.
    """

    __slots__ = ("template", "uuid", "time_ns", "told_time_ns")

    def __init__(self, template: Template, uuid: str, time_ns: int, told_time_ns: int | None) -> None:
        self.template = template
        self.uuid = uuid
        self.time_ns = time_ns
        self.told_time_ns = told_time_ns

    def flow(self) -> Any:
        """The whole flow.Flow message (slow: made anew)."""
        flow = flow_pb2.Flow()
        flow.CopyFrom(self.template.flow)
        flow.uuid = self.uuid
        if self.told_time_ns is not None:
            flow.time.ParseFromString(timestamp_bytes(self.told_time_ns))
        return flow

    def encode(self) -> bytes:
        """The whole GetFlowsResponse."""
        return response_bytes(self.template.body, self.template.flow.node_name, self.uuid, self.told_time_ns)


class LostEvents:
    """Events that a node lost (`flow.LostEvent`), detected at `time_ns`."""

    __slots__ = ("lost", "node_name", "time_ns")

    def __init__(self, lost: Any, node_name: str, time_ns: int) -> None:
        self.lost = lost
        self.node_name = node_name
        self.time_ns = time_ns

    def encode(self) -> bytes:
        """The whole GetFlowsResponse."""
        return _wrapped(observer_pb2.GetFlowsResponse(lost_events=self.lost), self.node_name, self.time_ns)


class NodeStatus:
    """What Relay says of nodes (`relay.NodeStatusEvent`); `relay_name` is the Relay's own node."""

    __slots__ = ("status", "relay_name", "time_ns")

    def __init__(self, status: Any, relay_name: str, time_ns: int) -> None:
        self.status = status
        self.relay_name = relay_name
        self.time_ns = time_ns

    def encode(self) -> bytes:
        """The whole GetFlowsResponse."""
        return _wrapped(observer_pb2.GetFlowsResponse(node_status=self.status), self.relay_name, self.time_ns)


class RawResponse:
    """Bytes in the place of a GetFlowsResponse, for what no protobuf library would write. Bypasses filters as lost
    events do.
    """

    __slots__ = ("data", "time_ns")

    def __init__(self, data: bytes, time_ns: int) -> None:
        self.data = data
        self.time_ns = time_ns

    def encode(self) -> bytes:
        return self.data


Event = Union[FlowEvent, LostEvents, RawResponse]
Message = Union[FlowEvent, LostEvents, RawResponse, NodeStatus]


def _wrapped(response: Any, node_name: str, time_ns: int) -> bytes:
    response.node_name = node_name
    response.time.ParseFromString(timestamp_bytes(time_ns))
    return bytes(response.SerializeToString())


def response_bytes(body: bytes, node_name: str, uuid: str, told_time_ns: int | None) -> bytes:
    """A GetFlowsResponse around a flow's bytes; uuid, time and node name are put in unless empty or None.

    `node_name` is the wrapper's: the flow's own is in `body`.
    """
    wrapper = delimited(_RESPONSE_NODE_NAME, node_name.encode()) if node_name else b""
    if told_time_ns is not None:
        stamp = timestamp_bytes(told_time_ns)
        body += delimited(_FLOW_TIME, stamp)
        wrapper += delimited(_RESPONSE_TIME, stamp)
    if uuid:
        body += delimited(_FLOW_UUID, uuid.encode())
    return delimited(_RESPONSE_FLOW, body) + wrapper
