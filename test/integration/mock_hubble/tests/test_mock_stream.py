"""Relay's stream: greeting, errors, nodes that come and go, sorting. With a clock of our own."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

from hubble_adapter.wire import flow_pb2, observer_pb2, relay_pb2
from mock_hubble.event import FlowEvent, Message, NodeStatus, Template
from mock_hubble.node import Node
from mock_hubble.query import Query
from mock_hubble.refusal import BadRequest
from mock_hubble.stream import RelayStream, Timing

SECOND = 1_000_000_000
TEMPLATE = Template(flow_pb2.Flow(verdict=flow_pb2.FORWARDED), shared=True)


def nodes(*names: str) -> list[Node]:
    return [Node(name, address="", version="1", started_ns=0, capacity_events=15) for name in names]


def emit(node: Node, name: str, seconds: float) -> None:
    time_ns = int(seconds * SECOND)
    node.append(FlowEvent(TEMPLATE, name, time_ns, time_ns))


def a_stream(of: list[Node], timing: Timing = Timing(), bad: str = "", **fields: Any) -> RelayStream:
    request = json_format.ParseDict(fields, observer_pb2.GetFlowsRequest())
    query: Query | BadRequest = BadRequest(bad) if bad else Query(request)
    return RelayStream(of, query, number=request.number, relay_name="default/relay", timing=timing, now_ns=0)


def told(messages: list[Message]) -> list[str]:
    """uuids of flows; node status as STATE names (message)."""
    out = []
    for message in messages:
        if isinstance(message, NodeStatus):
            status = message.status
            text = f"{relay_pb2.NodeState.Name(status.state_change)[5:]} {','.join(status.node_names)}"
            out.append(text + (f" ({status.message})" if status.message else ""))
        else:
            assert isinstance(message, FlowEvent)
            out.append(message.uuid)
    return out


EOF = "(rpc error: code = Unavailable desc = error reading from server: EOF)"


def test_connected_then_unavailable_come_first() -> None:
    of = nodes("a", "b", "c")
    of[1].up = False
    emit(of[0], "1", 1)
    stream = a_stream(of)
    assert told(stream.poll(0)) == ["CONNECTED a,c", "UNAVAILABLE b", "1"]
    assert stream.done


def test_no_node_at_all_ends_the_stream() -> None:
    of = nodes("a")
    of[0].up = False
    stream = a_stream(of, follow=True)
    assert told(stream.poll(0)) == ["UNAVAILABLE a"]
    assert stream.done


def test_number_counts_for_each_node() -> None:
    of = nodes("a", "b")
    for number in range(4):
        emit(of[number % 2], str(number), number)
    assert told(a_stream(of, number=1).poll(0)) == ["CONNECTED a,b", "2", "3"]


def test_a_bad_request_is_one_error_of_all_nodes_and_a_regular_end() -> None:
    stream = a_stream(nodes("a", "b"), bad="invalid port", follow=True)
    assert told(stream.poll(0)) == ["CONNECTED a,b", "ERROR a,b (invalid port)"]
    assert stream.done


def test_a_node_that_dies_is_told_after_the_error_window() -> None:
    of = nodes("a", "b", "c")
    stream = a_stream(of, follow=True)
    stream.poll(0)
    of[0].up = False
    assert told(stream.poll(1 * SECOND)) == []
    of[1].up = False
    assert told(stream.poll(10 * SECOND)) == []
    assert told(stream.poll(11 * SECOND)) == [f"ERROR a,b {EOF}"]
    assert not stream.done
    of[2].up = False
    assert told(stream.poll(12 * SECOND)) == [f"ERROR c {EOF}"]
    assert stream.done


def test_a_node_that_comes_back_is_asked_the_same_again_silently() -> None:
    of = nodes("a", "b")
    stream = a_stream(of, Timing(error_window_ns=0), follow=True, since="1970-01-01T00:00:05Z")
    emit(of[0], "early", 4)
    emit(of[0], "1", 6)
    assert told(stream.poll(1)) == ["CONNECTED a,b", "1"]
    of[0].up = False
    assert told(stream.poll(1 * SECOND)) == [f"ERROR a {EOF}"]
    of[0].up = True
    emit(of[0], "2", 7)
    assert told(stream.poll(2 * SECOND - 1)) == []
    assert told(stream.poll(2 * SECOND)) == ["1", "2"]


def test_an_agent_that_began_anew_is_an_error_too() -> None:
    of = nodes("a", "b")
    stream = a_stream(of, Timing(error_window_ns=0), follow=True)
    stream.poll(0)
    of[0].restart(1)
    assert told(stream.poll(1)) == [f"ERROR a {EOF}"]


def test_a_finished_node_is_not_asked_again() -> None:
    of = nodes("a", "b")
    emit(of[0], "late", 9)
    stream = a_stream(of, follow=True, until="1970-01-01T00:00:08Z")
    assert told(stream.poll(0)) == ["CONNECTED a,b"]
    assert told(stream.poll(3 * SECOND)) == []
    assert not stream.done
    emit(of[1], "later", 10)
    assert told(stream.poll(4 * SECOND)) == []
    assert stream.done


SORTING = Timing(sort_entries=3)


def test_sorting_holds_back_and_orders_within_its_window() -> None:
    of = nodes("a", "b")
    stream = a_stream(of, SORTING, follow=True)
    for name, seconds in (("1", 1.0), ("2", 2.0), ("3", 3.0)):
        emit(of[0], name, seconds)
    emit(of[1], "0", 0.5)
    assert told(stream.poll(3 * SECOND)) == ["CONNECTED a,b", "1"]  # full when 0 came: too late for it
    assert told(stream.poll(int(3.9 * SECOND))) == []
    assert told(stream.poll(4 * SECOND)) == ["0", "2"]
    assert told(stream.poll(5 * SECOND)) == ["3"]


def test_sorting_is_complete_at_a_regular_end() -> None:
    of = nodes("a", "b")
    emit(of[0], "2", 2)
    emit(of[1], "1", 1)
    assert told(a_stream(of, SORTING).poll(0)) == ["CONNECTED a,b", "1", "2"]
    assert told(a_stream(of).poll(0)) == ["CONNECTED a,b", "2", "1"]


def test_a_mask_without_time_makes_sorting_blind() -> None:
    of = nodes("a", "b")
    emit(of[0], "2", 2)
    emit(of[1], "1", 1)
    assert told(a_stream(of, SORTING, field_mask="uuid").poll(0)) == ["CONNECTED a,b", "2", "1"]
