"""A slimmed flow equals protobuf's own JSON of the kept fields, whatever the flow; or it is rejected, never mended."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubble_adapter.errors import UNDECODABLE, MalformedFlow
from hubble_adapter.slim import FIELD_MASK, Kept, Slimmer
from hubble_adapter.wire import flow_pb2, observer_pb2, view_pb2
from tests.unit.oracle import kept_json, view_of

ROOT = Path(__file__).parents[3]
CAPTURES = sorted([*(ROOT / "demo/captures").glob("*.jsonl"), *(ROOT.parent / "shared/captures").glob("*.jsonl")])
LABELS = frozenset({"app", "k8s:version"})
HEADERS = frozenset({"x-request-id"})


@pytest.fixture(scope="module")
def slimmer() -> Slimmer:
    return Slimmer(Kept(LABELS, frozenset({"X-Request-ID"})), "default")


def same(slimmer: Slimmer, flow: flow_pb2.Flow) -> None:
    expected = kept_json(flow, LABELS, HEADERS)
    assert json.loads(slimmer.slim(view_of(flow)).json) == expected


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_every_captured_flow_is_protobufs_own_json(slimmer: Slimmer, capture: Path) -> None:
    for line in capture.read_text(encoding="utf-8").splitlines():
        response = json_format.Parse(line, observer_pb2.GetFlowsResponse())
        if response.HasField("flow"):
            same(slimmer, response.flow)


_SCALARS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(0, 210) | st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_STRING: st.text(max_size=12)
    | st.sampled_from(["app", "k8s:app=x", "reserved:world", "a/b"]),
}


def messages(descriptor: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Flows as protobuf allows them, not as Cilium makes them."""
    if descriptor.full_name == "google.protobuf.Timestamp":
        return st.builds(
            descriptor._concrete_class,
            seconds=st.integers(-62135596800, 253402300799),
            nanos=st.sampled_from([0, 1, 999_999_999, 120_000_000, 5_000]) | st.integers(0, 999_999_999),
        )
    values = {}
    for field in descriptor.fields:
        if field.message_type is not None:
            if depth > 3 or field.message_type.full_name == "google.protobuf.Any":
                continue
            value: st.SearchStrategy[object] = messages(field.message_type, depth + 1)
        else:
            value = _SCALARS[field.cpp_type]
        repeated = field.label == FieldDescriptor.LABEL_REPEATED
        values[field.name] = st.lists(value, max_size=3) if repeated else value
    return st.fixed_dictionaries({}, optional=values).map(lambda chosen: descriptor._concrete_class(**chosen))


@given(messages(flow_pb2.Flow.DESCRIPTOR))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_flow_is_protobufs_own_json(flow: flow_pb2.Flow) -> None:
    # A fresh one: an example must not pass by what another one left in the memory.
    same(Slimmer(Kept(LABELS, HEADERS), "default"), flow)


@given(messages(flow_pb2.Flow.DESCRIPTOR), st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_damaged_bytes_are_rejected_or_slimmed_to_json(flow: flow_pb2.Flow, data: st.DataObject) -> None:
    encoded = bytearray(flow.SerializeToString())
    if encoded:
        for _ in range(data.draw(st.integers(1, 4))):
            encoded[data.draw(st.integers(0, len(encoded) - 1))] = data.draw(st.integers(0, 255))
    try:
        slim = Slimmer(Kept(LABELS, HEADERS), "default").slim(view_pb2.Flow.FromString(bytes(encoded)))
    except (*UNDECODABLE, MalformedFlow):
        return
    assert isinstance(json.loads(slim.json), dict)


@pytest.mark.parametrize(
    "flow",
    [
        flow_pb2.Flow(),
        flow_pb2.Flow(verdict=flow_pb2.DROPPED),
        flow_pb2.Flow(uuid="a"),
        flow_pb2.Flow(uuid='"},{"'),
        flow_pb2.Flow(source=flow_pb2.Endpoint()),
        flow_pb2.Flow(l4=flow_pb2.Layer4(TCP=flow_pb2.TCP())),
        flow_pb2.Flow(l4=flow_pb2.Layer4(TCP=flow_pb2.TCP(flags=flow_pb2.TCPFlags()))),
        flow_pb2.Flow(is_reply={"value": False}),
        flow_pb2.Flow(source_names=["\u202eevil", "\x00\x1f", "</script>", "a" * 5000]),
        flow_pb2.Flow(node_name="ключ/ノード"),
    ],
)
def test_corner_cases_are_protobufs_own_json(slimmer: Slimmer, flow: flow_pb2.Flow) -> None:
    same(slimmer, flow)


def test_an_unknown_enum_number_stays_a_number(slimmer: Slimmer) -> None:
    flow = flow_pb2.Flow.FromString(b"\x10\xe7\x07")  # verdict = 999
    assert json.loads(slimmer.slim(view_of(flow)).json) == {"verdict": 999}


@pytest.mark.parametrize(
    "encoded",
    [
        b"\x6a\x02\xff\xfe",  # source_names: not UTF-8
        b"\x5a\x01\xff",  # node_name: not UTF-8
        b"\x92\x02\x01\xff",  # uuid: not UTF-8
        b"\x42\x03\x1a\x01\xff",  # source.namespace: not UTF-8
        b"\x42\x01\x08",  # source: cut short
        b"\x7a\x01\x10",  # l7: cut short
        b"\x0a\x06\x10\x80\x94\xeb\xdc\x03",  # time: 1,000,000,000 nanoseconds
        b"\x0a\x07\x08\xff\xff\xff\xff\xff\x7f",  # time: beyond the year 9999
    ],
)
def test_what_json_cannot_say_is_rejected(slimmer: Slimmer, encoded: bytes) -> None:
    with pytest.raises(MalformedFlow):
        slimmer.slim(view_pb2.Flow.FromString(encoded))


def test_the_view_agrees_with_the_contract_on_every_number() -> None:
    theirs = {field.name: field for field in flow_pb2.Flow.DESCRIPTOR.fields}
    for field in view_pb2.Flow.DESCRIPTOR.fields:
        assert theirs[field.name].number == field.number
        assert (theirs[field.name].label == 3) == (field.label == 3)
    theirs = {field.name: field for field in observer_pb2.GetFlowsResponse.DESCRIPTOR.fields}
    for field in view_pb2.Response.DESCRIPTOR.fields:
        assert theirs[field.name].number == field.number


def test_the_field_mask_asks_for_all_that_is_kept() -> None:
    assert set(FIELD_MASK) == {field.name for field in view_pb2.Flow.DESCRIPTOR.fields}
