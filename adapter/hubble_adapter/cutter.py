"""An encoded response in, a slim flow out, by cutting instead of decoding: the hot path of the adapter.

Cilium's servers write a flow's fields in the order of their numbers, and most of what they write was written before:

    time | verdict IP | l4 | source | destination | all the small rest | uuid | policies

So the bytes are cut at the tags of these fields. What repeats (endpoints, address pairs, the rest) is looked up by its
bytes; only time, uuid and ports are read anew. A cut that was never seen before is decoded in full, and accepted only
where the piece is made of whole fields and of none but those that belong there. So what is put together from pieces is
what decoding the whole would have given. Whatever has another order or form, is left to slim.py, which knows them all.

The numbers below are tags on the wire: field number * 8 + 2 for bytes, + 0 for a number (contract section 3).
"""

from __future__ import annotations

import struct

from hubble_adapter import protojson
from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.fragments import Fragments
from hubble_adapter.slim import Node, Slimmer
from hubble_adapter.wire import flow_pb2, view_pb2

__all__ = ["Cut", "Cutter"]

# json, node, verdict, source and destination as words of the routing key, time in ns since 1970, uuid: as in SlimFlow.
Cut = tuple[bytes, Node, int, str, str, int, bytes]

_MEGABYTE = 1024 * 1024
# How a response begins: the flow's tag and length, the time's tag and length, a second, the digits of nanoseconds.
_OPENING = struct.Struct("5B7s5B").unpack_from
_THREE = struct.Struct("3B").unpack_from
_FOUR = struct.Struct("4B").unpack_from
# A protocol's tag and length, the first port's tag, and what two ports and the second one's tag take at most.
_PORTS_OF = struct.Struct("10B").unpack_from
_UUID_TAG = b"\x92\x02\x24"  # and the length of a UUID in text
_TIME_TAG = b"\xca\x3e"
# Type, and of layer 7
_L7 = b"\x50\x02"
_MOST_SECONDS_KNOWN = 256
_WITH_PORTS = {0x0A: b"TCP", 0x12: b"UDP"}
# What may stand before uuid and behind it, beside what is cut out on its own.
_REST = frozenset(
    {
        "Type",
        "node_name",
        "source_names",
        "destination_names",
        "event_type",
        "source_service",
        "destination_service",
        "traffic_direction",
        "policy_match_type",
        "trace_observation_point",
        "drop_reason_desc",
        "is_reply",
        "debug_capture_point",
        "sock_xlate_point",
    }
)
_POLICIES = frozenset({"egress_allowed_by", "ingress_allowed_by", "egress_denied_by", "ingress_denied_by"})

_FLOW = (
    b'{"uuid":"%b","time":"%b.%09dZ"%b,"l4":{"%b":{"source_port":%d,"destination_port":%d%b}},'
    b'"source":%b,"destination":%b%b%b}'
)
_FLOW_WITHOUT_PORTS = b'{"uuid":"%b","time":"%b.%09dZ"%b%b,"source":%b,"destination":%b%b%b}'


class _Uncuttable(MalformedFlow):
    """A piece holds more or less than it should: slim.py is to look at the whole."""


class Cutter:
    """Cuts responses. Owned by the thread that reads.

    slimmer: decodes what was not seen before, and remembers endpoints and nodes.
    """

    def __init__(self, slimmer: Slimmer) -> None:
        self._slimmer = slimmer
        self._seconds: dict[bytes, tuple[bytes, int]] = {}
        self._heads: Fragments[tuple[bytes, int]] = Fragments(_head, lambda made: len(made[0]), 4 * _MEGABYTE)
        self._flags: Fragments[bytes] = Fragments(_flags, len, _MEGABYTE)
        self._l4: Fragments[bytes] = Fragments(_l4, len, _MEGABYTE)
        self._rests: Fragments[tuple[bytes, Node]] = Fragments(self._rest, lambda made: len(made[0]), 4 * _MEGABYTE)
        self._policies: Fragments[bytes] = Fragments(self._behind_uuid, len, _MEGABYTE)

    def cut(self, r: bytes) -> Cut | None:
        """Return the flow of an encoded observer.GetFlowsResponse; None where it has to be decoded as a whole.

        Raises MalformedFlow where a piece does not decode.
        """
        try:
            # The flow and its length (128 to 16383 bytes: two digits of base 128), then the time and its length.
            whole, low, high, time_tag, time_size, second_raw, n0, n1, n2, n3, n4 = _OPENING(r)
            if whole != 0x0A or low < 128 or high > 127 or time_tag != 0x0A:
                return None
            end = 3 + (low & 127 | high << 7)
            second = self._seconds.get(second_raw) or self._second(second_raw)
            if second is None:
                return None
            # Nanoseconds of five or four digits of base 128, which is all but one of five hundred. A digit that is not
            # the last carries 128 beside its worth.
            if time_size == 12:
                if not n0 & n1 & n2 & n3 & 128 or n4 > 3:
                    return None
                nanos = n0 + (n1 << 7) + (n2 << 14) + (n3 << 21) + (n4 << 28) - 0x10204080
            elif time_size == 11:
                if not n0 & n1 & n2 & 128 or n3 > 127:
                    return None
                nanos = n0 + (n1 << 7) + (n2 << 14) + (n3 << 21) - 0x204080
            else:
                return None
            if nanos > 999_999_999 or not nanos % 1_000:
                return None

            begin = at = 5 + time_size
            verdict_tag, verdict_raw, ip_tag, ip_size = _FOUR(r, at)
            if verdict_tag == 0x10:  # verdict
                if verdict_raw > 127:
                    return None
                at += 2
            else:
                ip_tag, ip_size = verdict_tag, verdict_raw
            if ip_tag == 0x2A:  # IP
                if ip_size > 127:
                    return None
                at += 2 + ip_size
            piece = r[begin:at]
            head, verdict = self._heads.get(piece) or self._heads.make(piece)

            l4 = l4_end = at
            tag, low, high = _THREE(r, at)
            if tag == 0x32:
                if not 0 < low < 128:
                    return None
                l4 += 2
                l4_end = at = l4 + low
                tag, low, high = _THREE(r, at)

            if tag != 0x42:  # source
                return None
            if low < 128:
                piece = r[at + 2 : at + 2 + low]
                at += 2 + low
            elif high < 128:
                size = low & 127 | high << 7
                piece = r[at + 3 : at + 3 + size]
                at += 3 + size
            else:
                return None
            endpoints = self._slimmer.endpoints
            source, source_word = endpoints.get(piece) or endpoints.make(piece)
            tag, low, high = _THREE(r, at)
            if tag != 0x4A:  # destination
                return None
            if low < 128:
                piece = r[at + 2 : at + 2 + low]
                at += 2 + low
            elif high < 128:
                size = low & 127 | high << 7
                piece = r[at + 3 : at + 3 + size]
                at += 3 + size
            else:
                return None
            destination, destination_word = endpoints.get(piece) or endpoints.make(piece)

            uuid_at = end - 39
            policies = b""
            if r[uuid_at : uuid_at + 3] != _UUID_TAG:
                uuid_at = r.find(_UUID_TAG, at, uuid_at + 2)
                if uuid_at < 0:
                    return None
                piece = r[uuid_at + 39 : end]
                policies = self._policies.get(piece) or self._policies.make(piece)
            uuid = r[uuid_at + 3 : uuid_at + 39]
            if at > uuid_at or not uuid.replace(b"-", b"").isalnum():
                return None
            # What follows the flow are the response's own node name and the same time again.
            if r[end] != 0xC2 or r[end + 1] != 0x3E or r[end + 3 + r[end + 2] :] != _TIME_TAG + r[4:begin]:
                return None
            piece = r[at:uuid_at]
            found = self._rests.get(piece)
            if found is None:
                if piece.startswith(_L7):
                    return None  # a record of layer 7 never comes twice
                found = self._rests.make(piece)
            rest, node = found

            tag, size, from_tag, p0, p1, p2, p3, p4, p5, p6 = _PORTS_OF(r, l4)
            protocol = _WITH_PORTS.get(tag) if l4 != l4_end else None
            if protocol is None or size != l4_end - l4 - 2 or from_tag != 0x08:
                piece = r[l4:l4_end]
                text = (self._l4.get(piece) or self._l4.make(piece)) if piece else b""
                json = _FLOW_WITHOUT_PORTS % (
                    uuid, second[0], nanos, head, text, source, destination, rest, policies,
                )  # fmt: skip
                return json, node, verdict, source_word, destination_word, second[1] + nanos, uuid
            # Two ports, each a number of one to three digits of base 128.
            if p0 < 128:
                from_port, to_tag, p0, p1, p2, at = p0, p1, p2, p3, p4, l4 + 6
            elif p1 < 128:
                from_port, to_tag, p0, p1, p2, at = p0 + (p1 << 7) - 128, p2, p3, p4, p5, l4 + 7
            else:
                from_port, to_tag, p0, p1, p2, at = p0 + (p1 << 7) + (p2 << 14) - 0x4080, p3, p4, p5, p6, l4 + 8
            if to_tag != 0x10:
                return None
            if p0 < 128:
                to_port = p0
            elif p1 < 128:
                to_port = p0 + (p1 << 7) - 128
                at += 1
            else:
                to_port = p0 + (p1 << 7) + (p2 << 14) - 0x4080
                at += 2
            # A third digit that goes on makes it larger than any port; 0 is what JSON leaves out.
            if not 0 < from_port < 65_536 or not 0 < to_port < 65_536 or at > l4_end:
                return None
            piece = r[at:l4_end]
            flags = b""
            if piece:
                if protocol != b"TCP":
                    return None
                flags = self._flags.get(piece) or self._flags.make(piece)
        except (IndexError, struct.error, _Uncuttable):
            return None
        json = _FLOW % (
            uuid, second[0], nanos, head, protocol, from_port, to_port, flags, source, destination, rest, policies,
        )  # fmt: skip
        return json, node, verdict, source_word, destination_word, second[1] + nanos, uuid

    def _second(self, raw: bytes) -> tuple[bytes, int] | None:
        """Return a second's text and its nanoseconds since 1970; raw: tag, five digits of base 128, next tag."""
        if raw[0] != 0x08 or raw[6] != 0x10 or not raw[1] & raw[2] & raw[3] & raw[4] & 128 or raw[5] > 127:
            return None
        seconds = sum((digit & 127) << 7 * place for place, digit in enumerate(raw[1:6]))
        if len(self._seconds) >= _MOST_SECONDS_KNOWN:
            self._seconds.clear()
        made = self._seconds[raw] = (protojson.second_text(seconds), seconds * 1_000_000_000)
        return made

    def _rest(self, raw: bytes) -> tuple[bytes, Node]:
        text, node = self._whole_fields(raw, _REST)
        if not self._slimmer.remembers(node):
            raise _Uncuttable("one node too many")
        return text, node

    def _behind_uuid(self, raw: bytes) -> bytes:
        return self._whole_fields(raw, _POLICIES)[0]

    def _whole_fields(self, raw: bytes, names: frozenset[str]) -> tuple[bytes, Node]:
        """Return the JSON of a piece, a comma before it; it must hold only these fields, each once, and whole."""
        try:
            flow = view_pb2.Flow.FromString(raw)
        except UNDECODABLE as error:
            raise _Uncuttable(str(error)) from error
        if not names.issuperset(field.name for field, _ in flow.ListFields()) or flow.ByteSize() != len(raw):
            raise _Uncuttable("other fields, or one of them twice")
        slim = self._slimmer.slim(flow)
        return (b"," + slim.json[1:-1] if len(slim.json) > 2 else b"", slim.node)


def _head(raw: bytes) -> tuple[bytes, int]:
    flow = view_pb2.Flow.FromString(raw)
    text = b""
    if flow.verdict:
        text += b',"verdict":' + protojson.enum_json(flow_pb2.Verdict, flow.verdict)
    if flow.HasField("IP"):
        text += b',"IP":' + protojson.ip_json(flow_pb2.IP.FromString(flow.IP))
    return text, flow.verdict


def _l4(raw: bytes) -> bytes:
    return b',"l4":' + protojson.l4_json(flow_pb2.Layer4.FromString(raw))


def _flags(raw: bytes) -> bytes:
    """Return the JSON of what follows a TCP flow's ports, a comma before it."""
    tcp = flow_pb2.TCP.FromString(raw)
    flags = flow_pb2.TCP(flags=tcp.flags)
    if not tcp.HasField("flags") or flags.ByteSize() != len(raw):
        raise _Uncuttable("more than flags behind the ports")
    return b"," + protojson.l4_json(flow_pb2.Layer4(TCP=flags))[len(b'{"TCP":{') : -2]
