"""Where a request begins and ends in a ring, and what a reader tells of what it lost."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format

from hubble_adapter.wire import flow_pb2, observer_pb2
from mock_hubble.event import Event, FlowEvent, LostEvents, Template
from mock_hubble.node import Node
from mock_hubble.query import Query
from mock_hubble.reader import NodeReader
from mock_hubble.refusal import BadRequest, NotImplementedHere
from mock_hubble.ring import Ring

SECOND = 1_000_000_000
FORWARDED = Template(flow_pb2.Flow(verdict=flow_pb2.FORWARDED), shared=True)
DROPPED = Template(flow_pb2.Flow(verdict=flow_pb2.DROPPED), shared=True)


def a_node(capacity: int = 15) -> Node:
    return Node("default/n", address="", version="1", started_ns=0, capacity_events=capacity)


def a_query(**fields: Any) -> Query:
    for name in ("since", "until"):
        if name in fields:
            fields[name] = f"1970-01-01T00:00:{fields[name]:02d}Z"
    return Query(json_format.ParseDict(fields, observer_pb2.GetFlowsRequest()))


def flow(name: str, seconds: int, template: Template = FORWARDED) -> FlowEvent:
    return FlowEvent(template, name, seconds * SECOND, seconds * SECOND)


def lost(seconds: int) -> LostEvents:
    return LostEvents(
        flow_pb2.LostEvent(source="PERF_EVENT_RING_BUFFER", num_events_lost=1), "default/n", seconds * SECOND
    )


def filled() -> Node:
    """a1 b2 (lost) C3 d4 E5 f6: name and second; capitals are dropped flows."""
    node = a_node()
    add(node, flow("a", 1), flow("b", 2), lost(9), flow("C", 3, DROPPED), flow("d", 4), flow("E", 5, DROPPED))
    add(node, flow("f", 6))
    return node


def add(node: Node, *events: Event) -> None:
    for event in events:
        node.append(event)


def told(events: list[Any]) -> str:
    return "".join(event.uuid if isinstance(event, FlowEvent) else "-" for event in events)


ONLY_DROPPED = {"whitelist": [{"verdict": ["DROPPED"]}]}

# request, what is read from the ring, what of x7, Y8, (lost), z9 when they come later, whether it ended
REWINDS: list[tuple[dict[str, Any], str, str, bool]] = [
    ({}, "ab-CdEf", "", True),
    ({"first": True}, "ab-CdEf", "", True),
    ({"first": True, "number": 2}, "ab", "", True),
    ({"first": True, "number": 3}, "ab-C", "", True),
    ({"first": True, "number": 1, **ONLY_DROPPED}, "-C", "", True),
    ({"first": True, "since": 4}, "dEf", "", True),
    ({"number": 1}, "f", "", True),
    ({"number": 4}, "CdEf", "", True),
    ({"number": 5}, "b-CdEf", "", True),
    ({"number": 99}, "ab-CdEf", "", True),
    ({"number": 1, **ONLY_DROPPED}, "E", "", True),
    ({"number": 2, **ONLY_DROPPED}, "CE", "", True),
    ({"since": 3}, "-CdEf", "", True),
    ({"since": 0}, "ab-CdEf", "", True),
    ({"since": 7}, "", "", True),
    ({"since": 3, "number": 2}, "-Cd", "", True),
    ({"until": 3}, "ab-C", "", True),
    ({"until": 3, **ONLY_DROPPED}, "-C", "", True),
    ({"since": 2, "until": 4}, "b-Cd", "", True),
    ({"number": 2, "until": 3}, "", "", True),
    ({"follow": True}, "f", "xY-z", False),
    ({"follow": True, **ONLY_DROPPED}, "", "Y-", False),
    ({"follow": True, "number": 2}, "Ef", "xY-z", False),
    ({"follow": True, "number": 1, **ONLY_DROPPED}, "E", "Y-", False),
    ({"follow": True, "since": 5}, "Ef", "xY-z", False),
    ({"follow": True, "since": 5, "number": 1}, "Ef", "xY-z", False),
    ({"follow": True, "since": 3, "blacklist": [{"verdict": ["DROPPED"]}]}, "-df", "x-z", False),
    ({"follow": True, "until": 8}, "f", "xY-", True),
]


@pytest.mark.parametrize("fields, before, after, ended", REWINDS, ids=[str(row[0]) for row in REWINDS])
def test_rewind(fields: dict[str, Any], before: str, after: str, ended: bool) -> None:
    node = filled()
    reader = NodeReader(node, a_query(**fields))
    assert told(reader.read(0, 100)) == before
    add(node, flow("x", 7), flow("Y", 8, DROPPED), lost(1), flow("z", 9))
    assert told([] if reader.done else reader.read(0, 100)) == after
    assert reader.done is ended


@pytest.mark.parametrize("fields", [{}, {"first": True}, {"number": 3}, {"since": 1}])
def test_an_empty_ring_ends_at_once(fields: dict[str, Any]) -> None:
    reader = NodeReader(a_node(), a_query(**fields))
    assert reader.read(0, 100) == [] and reader.done


def test_a_follower_of_an_empty_ring_sees_the_first_flow() -> None:
    node = a_node()
    reader = NodeReader(node, a_query(follow=True))
    node.append(flow("a", 1))
    assert told(reader.read(0, 100)) == "a"


def test_since_is_inclusive_and_exact_to_the_nanosecond() -> None:
    node = a_node()
    for offset in (-1, 0, 1):
        node.append(FlowEvent(FORWARDED, f"{offset}", SECOND + offset, SECOND + offset))
    assert [event.uuid for event in NodeReader(node, a_query(since=1)).read(0, 9)] == ["0", "1"]  # type: ignore


def test_order_is_that_of_arrival_not_of_time() -> None:
    node = a_node()
    add(node, flow("a", 5), flow("b", 3), flow("c", 4))
    assert told(NodeReader(node, a_query()).read(0, 100)) == "abc"
    assert told(NodeReader(node, a_query(since=4)).read(0, 100)) == "c"  # b is older: the rewind stops there


def test_rewind_ends_at_what_the_ring_still_has() -> None:
    node = a_node(capacity=3)
    for number in range(10):
        node.append(flow(str(number), number))
    assert told(NodeReader(node, a_query()).read(0, 100)) == "789"
    assert told(NodeReader(node, a_query(since=1)).read(0, 100)) == "-789", "the boundary of the ring is told"
    assert told(NodeReader(node, a_query(since=8)).read(0, 100)) == "89"
    assert told(NodeReader(node, a_query(number=5)).read(0, 100)) == "789"


def test_an_overtaken_reader_is_told_once_an_interval() -> None:
    node = a_node(capacity=3)
    reader = NodeReader(node, a_query(follow=True), lost_interval_ns=SECOND)
    for number in range(5):
        node.append(flow(str(number), number))
    first = reader.read(10 * SECOND, 100)
    assert told(first) == "-234"
    assert isinstance(first[0], LostEvents)
    assert first[0].lost.source == flow_pb2.HUBBLE_RING_BUFFER
    assert (first[0].lost.num_events_lost, first[0].node_name) == (2, "default/n")
    for number in (5, 6, 7, 8):
        node.append(flow(str(number), number))
    assert told(reader.read(10 * SECOND + 1, 100)) == "678"
    for number in (9, 10, 11, 12, 13):
        node.append(flow(str(number % 10), number))
    later = reader.read(11 * SECOND, 100)
    assert told(later) == "-123"
    assert isinstance(later[0], LostEvents)
    assert later[0].lost.num_events_lost == 3
    assert later[0].lost.first.ToNanoseconds() == 10 * SECOND + 1
    assert later[0].lost.last.ToNanoseconds() == 11 * SECOND
    assert told(reader.read(20 * SECOND, 100)) == ""


@pytest.mark.parametrize("capacity", [0, 2, 4096, 131071, -1])
def test_capacity_must_be_possible(capacity: int) -> None:
    with pytest.raises(ValueError, match="2\\^n-1"):
        Ring(capacity)


def test_the_biggest_ring() -> None:
    assert Ring(65535).capacity_events == 65535


@pytest.mark.parametrize(
    "request_bytes, refusal, words",
    [
        (observer_pb2.GetFlowsRequest(since={"nanos": -1}).SerializeToString(), BadRequest, "since"),
        (observer_pb2.GetFlowsRequest(until={"seconds": 2**40}).SerializeToString(), BadRequest, "until"),
        (observer_pb2.GetFlowsRequest(extensions={"type_url": "a"}).SerializeToString(), NotImplementedHere, "extens"),
        (b"\xba\x3e\x03\x0a\x01x", NotImplementedHere, "field"),  # the old experimental.field_mask
        (b"\x58\x01", NotImplementedHere, "field"),
    ],
)
def test_a_bad_request(request_bytes: bytes, refusal: type[Exception], words: str) -> None:
    with pytest.raises(refusal, match=words):
        Query(observer_pb2.GetFlowsRequest.FromString(request_bytes))


def test_status_counts_flows() -> None:
    node = a_node(capacity=3)
    for number in range(10):
        node.append(flow(str(number), number))
    status = node.status(10 * SECOND)
    assert (status.num_flows, status.max_flows, status.seen_flows) == (3, 3, 10)
    assert status.uptime_ns == 10 * SECOND
    assert status.flows_rate == pytest.approx(1.0)  # 3 flows in the 3 s that the ring covers


def test_rate_of_a_young_ring_is_over_a_minute() -> None:
    node = a_node()
    for number in range(6):
        node.append(flow(str(number), number))
    assert node.status(10 * SECOND).flows_rate == pytest.approx(0.1)


def test_namespaces_are_forgotten_after_an_hour() -> None:
    node = a_node()
    source = flow_pb2.Endpoint(namespace="shop", cluster_name="east")
    node.append(flow("a", 0, Template(flow_pb2.Flow(source=source, destination={"namespace": "pay"}))))
    assert node.namespaces(3600 * SECOND) == {("east", "shop"), ("default", "pay")}
    assert node.namespaces(3601 * SECOND) == set()
