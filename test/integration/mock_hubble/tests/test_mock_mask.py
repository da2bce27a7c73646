"""The field mask, and the bytes that a flow becomes with and without one."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from google.protobuf import json_format

from hubble_adapter.wire import flow_pb2, observer_pb2
from mock_hubble.capture import read
from mock_hubble.event import FlowEvent, Template, timestamp_bytes, timestamp_ns, varint
from mock_hubble.mask import Mask
from mock_hubble.refusal import BadRequest

TIME = "2026-01-15T09:30:00.000000001Z"
FLOW = {
    "uuid": "u",
    "time": TIME,
    "node_name": "default/n",
    "verdict": "DROPPED",
    "source": {"identity": 7, "namespace": "shop", "labels": ["a"]},
    "l4": {"TCP": {"destination_port": 80, "flags": {"SYN": True}}},
    "is_reply": False,
    "Summary": "s",
}


def an_event(flow: Any, shared: bool = False) -> FlowEvent:
    told_ns = timestamp_ns(flow.time) if flow.HasField("time") else None
    return FlowEvent(Template(flow, shared), flow.uuid, told_ns or 0, told_ns)


def decoded(data: bytes) -> Any:
    return json_format.MessageToDict(observer_pb2.GetFlowsResponse.FromString(data), preserving_proto_field_name=True)


@pytest.mark.parametrize(
    "paths, response",
    [
        ([], {"flow": FLOW, "time": TIME, "node_name": "default/n"}),
        (["verdict"], {"flow": {"verdict": "DROPPED"}}),
        (["uuid", "time"], {"flow": {"uuid": "u", "time": TIME}, "time": TIME}),
        (["node_name", "Summary"], {"flow": {"node_name": "default/n", "Summary": "s"}, "node_name": "default/n"}),
        (["source.namespace"], {"flow": {"source": {"namespace": "shop"}}}),
        (["source", "source.identity"], {"flow": {"source": FLOW["source"]}}),
        (["source.labels", "source.pod_name"], {"flow": {"source": {"labels": ["a"]}}}),
        (["destination"], {"flow": {}}),
        (["destination.identity"], {"flow": {"destination": {}}}),
        (["l4"], {"flow": {"l4": FLOW["l4"]}}),
        (["l4.TCP.flags"], {"flow": {"l4": {"TCP": {"flags": {"SYN": True}}}}}),
        (["is_reply"], {"flow": {"is_reply": False}}),
        (["is_reply.value"], {"flow": {"is_reply": False}}),
        (
            ["time.seconds"],
            {"flow": {"time": "2026-01-15T09:30:00Z"}, "time": "2026-01-15T09:30:00Z"},
        ),
    ],
)
def test_mask(paths: list[str], response: dict[str, Any]) -> None:
    mask = Mask(paths)
    flow = json_format.ParseDict(FLOW, flow_pb2.Flow())
    for shared in (False, True, True):
        assert decoded(mask.encode(an_event(flow, shared))) == response


@pytest.mark.parametrize("path", ["nope", "", "source.nope", "source.labels.x", "source.workloads.name", "verdict.x"])
def test_a_path_that_is_none(path: str) -> None:
    with pytest.raises(BadRequest, match="invalid fieldmask"):
        Mask(["verdict", path])


def test_spliced_bytes_are_what_protobuf_would_write(captures: list[pathlib.Path]) -> None:
    mask = Mask([field.name for field in flow_pb2.Flow.DESCRIPTOR.fields])
    for capture in captures:
        for flow in read(capture):
            expected = observer_pb2.GetFlowsResponse(flow=flow, node_name=flow.node_name)
            if flow.HasField("time"):
                expected.time.CopyFrom(flow.time)
            event = an_event(flow, shared=True)
            assert observer_pb2.GetFlowsResponse.FromString(event.encode()) == expected
            assert observer_pb2.GetFlowsResponse.FromString(mask.encode(event)) == expected
            assert event.flow() == flow


@pytest.mark.parametrize("number", [0, 1, 127, 128, 16383, 16384, 2**32, 2**64 - 1])
def test_varint(number: int) -> None:
    status = observer_pb2.ServerStatusResponse.FromString(b"\x08" + varint(number))
    assert status.num_flows == number


@pytest.mark.parametrize(
    "time_ns", [0, 1, 999_999_999, 10**9, -1, -(10**9), -62135596800 * 10**9, 1_768_469_400 * 10**9 + 5]
)
def test_timestamps(time_ns: int) -> None:
    response = observer_pb2.GetFlowsResponse()
    response.time.ParseFromString(timestamp_bytes(time_ns))
    assert timestamp_ns(response.time) == time_ns
