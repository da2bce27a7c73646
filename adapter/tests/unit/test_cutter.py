"""Cutting gives just what decoding gives, for any flow; and it takes nearly all of what real servers send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubble_adapter.cutter import Cut, Cutter
from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.slim import FIELD_MASK, Kept, Slimmer
from hubble_adapter.wire import flow_pb2, observer_pb2, view_pb2
from tests.unit.oracle import kept_json
from tests.unit.test_slim import CAPTURES, HEADERS, LABELS, messages

MASK = FieldMask(paths=FIELD_MASK)


def make() -> tuple[Cutter, Slimmer]:
    slimmer = Slimmer(Kept(LABELS, HEADERS), "default")
    return Cutter(slimmer), slimmer


def masked(flow: flow_pb2.Flow) -> bytes:
    """A response as servers send it to the adapter."""
    kept = flow_pb2.Flow()
    MASK.MergeMessage(flow, kept)
    return observer_pb2.GetFlowsResponse(flow=kept, node_name="default/n", time=flow.time).SerializeToString()


def decoded(slimmer: Slimmer, response: bytes) -> Cut | None:
    """What decoding as a whole gives; None where that finds no flow."""
    view = view_pb2.Response.FromString(response)
    if not view.HasField("flow"):
        return None
    slim = slimmer.slim(view.flow)
    return slim.json, slim.node, slim.verdict, slim.source, slim.destination, slim.time_ns, slim.uuid


def agree(response: bytes, cutter: Cutter, slimmer: Slimmer) -> Cut | None:
    """Cut, and compare with decoding; return what was cut, None where it was left to decoding."""
    try:
        cut = cutter.cut(response)
    except MalformedFlow:
        with pytest.raises((*UNDECODABLE, MalformedFlow)):  # type: ignore[arg-type]
            decoded(slimmer, response)
        return None
    if cut is None:
        return None
    whole = decoded(slimmer, response)
    assert whole is not None
    assert json.loads(cut[0]) == json.loads(whole[0])
    assert cut[1] is whole[1]
    assert cut[2:] == whole[2:]
    return cut


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_captured_flows_are_cut_into_protobufs_own_json(capture: Path) -> None:
    cutter, slimmer = make()
    flows = left = 0
    for line in capture.read_text(encoding="utf-8").splitlines():
        flow = json_format.Parse(line, observer_pb2.GetFlowsResponse()).flow
        if not flow.ByteSize():
            continue
        flow.uuid = flow.uuid or "00000000-0000-4000-8000-000000000001"
        flow.time.nanos += 1
        cut = agree(masked(flow), cutter, slimmer)
        flows += 1
        if cut is None:
            # Layer 7 repeats too little to be worth remembering.
            left += not flow.HasField("l7")
        else:
            assert json.loads(cut[0]) == kept_json(flow, LABELS, HEADERS)
    assert capture.name == "odd.jsonl" or left < flows * 0.1


def usual(flow: flow_pb2.Flow) -> flow_pb2.Flow:
    """The flow with all that has to be there for it to be cut."""
    flow.uuid = "00000000-0000-4000-8000-000000000001"
    flow.time.seconds, flow.time.nanos = 1_769_000_000, 123_456_789
    flow.ClearField("l7")
    flow.source.SetInParent()
    flow.destination.SetInParent()
    if flow.ByteSize() < 200:
        flow.source.pod_name += "p" * 128
    return flow


SLOW = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@given(messages(flow_pb2.Flow.DESCRIPTOR))
@SLOW
def test_any_flow_is_cut_into_what_decoding_gives(flow: flow_pb2.Flow) -> None:
    cutter, slimmer = make()
    for response in (masked(flow), masked(usual(flow)), observer_pb2.GetFlowsResponse(flow=flow).SerializeToString()):
        agree(response, cutter, slimmer)


@given(messages(flow_pb2.Flow.DESCRIPTOR), st.data())
@SLOW
def test_damaged_bytes_are_cut_into_what_decoding_gives(flow: flow_pb2.Flow, data: st.DataObject) -> None:
    cutter, slimmer = make()
    good = masked(usual(flow))
    cutter.cut(good)  # its pieces are known, which a damaged one may share
    encoded = bytearray(good)
    flow_end = len(view_pb2.Response.FromString(good).flow.SerializeToString()) + 3
    for _ in range(data.draw(st.integers(1, 4))):
        encoded[data.draw(st.integers(0, flow_end - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.none() | st.integers(0, len(encoded) - 1))
    agree(bytes(encoded[:cut]), cutter, slimmer)


def flow(**fields: object) -> flow_pb2.Flow:
    return usual(flow_pb2.Flow(verdict=flow_pb2.DROPPED, node_name="default/n", Type=flow_pb2.L3_L4, **fields))


@pytest.mark.parametrize(
    "l4",
    [
        flow_pb2.Layer4(TCP=flow_pb2.TCP(source_port=443, destination_port=60_000)),
        flow_pb2.Layer4(TCP=flow_pb2.TCP(source_port=1, destination_port=127, flags=flow_pb2.TCPFlags(SYN=True))),
        flow_pb2.Layer4(UDP=flow_pb2.UDP(source_port=128, destination_port=16_384)),
        flow_pb2.Layer4(ICMPv4=flow_pb2.ICMPv4(type=8)),
        flow_pb2.Layer4(ICMPv6=flow_pb2.ICMPv6(type=128, code=1)),
        flow_pb2.Layer4(SCTP=flow_pb2.SCTP(source_port=5, destination_port=7)),
        flow_pb2.Layer4(TCP=flow_pb2.TCP(source_port=443, destination_port=65_535, flags=flow_pb2.TCPFlags())),
        None,
    ],
)
def test_the_usual_protocols_are_cut(l4: flow_pb2.Layer4 | None) -> None:
    one = flow(l4=l4) if l4 else flow()
    cut = agree(masked(one), *make())
    assert cut is not None
    assert json.loads(cut[0]) == kept_json(one, LABELS, HEADERS)


def test_policies_behind_the_uuid_are_cut_too() -> None:
    one = flow(ingress_denied_by=[flow_pb2.Policy(name="deny", revision=7)])
    cut = agree(masked(one), *make())
    assert cut is not None
    assert json.loads(cut[0])["ingress_denied_by"] == [{"name": "deny", "revision": "7"}]


def test_a_uuid_in_a_name_is_no_uuid() -> None:
    """A workload's name may hold the very bytes that stand before a uuid."""
    forged = "\x92\x02\x24".encode("latin-1") + b"f" * 36
    for names in ([forged.decode("latin-1")], ["a", "\u0092\x02$" + "f" * 36]):
        cutter, slimmer = make()
        for one in (flow(destination_names=names), flow(destination_names=names, egress_denied_by=[flow_pb2.Policy()])):
            cut = agree(masked(one), cutter, slimmer)
            assert cut is None or cut[6] == one.uuid.encode()


def test_a_field_twice_is_left_to_decoding() -> None:
    cutter, slimmer = make()
    good = masked(flow(l4=flow_pb2.Layer4(TCP=flow_pb2.TCP(source_port=443, destination_port=60_000))))
    assert cutter.cut(good) is not None
    encoded = view_pb2.Response.FromString(good).flow.SerializeToString()
    at = encoded.index(b"\x92\x02\x24")
    for second in (b"\x10\x01", b"\x10\x00", b"\x42\x00", b"\x50\x01", b"\x32\x00", b"\x92\x02\x00"):
        twice = encoded[:at] + second + encoded[at:]
        length = len(twice)
        response = b"\x0a" + bytes((length & 127 | 128, length >> 7)) + twice + b"\xc2\x3e\x01n"
        assert agree(response, cutter, slimmer) is None
