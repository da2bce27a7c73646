"""A response becomes a flow, a loss or news of a node; repeats and holes between two streams are found."""

from __future__ import annotations

from typing import Any

import pytest

from hubble_adapter.batch import Limits
from hubble_adapter.intake import Intake
from hubble_adapter.ledger import Drop, Ledger
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.slim import Kept, Slimmer
from hubble_adapter.wire import flow_pb2, observer_pb2, relay_pb2

SECOND_NS = 1_000_000_000


class Bench:
    """An intake with all that it feeds."""

    def __init__(self, verdicts: frozenset[int] = frozenset(), excluded: frozenset[str] = frozenset()) -> None:
        self.losses = Losses(tuple(reason.value for reason in Drop))
        self.nodes = Nodes()
        self.outbox = Outbox(Limits(100, 0.0, 10_000_000), self.losses, lambda: "e")
        slimmer = Slimmer(Kept(), "default")
        self.intake = Intake(slimmer, self.outbox, self.losses, self.nodes, verdicts, excluded, 65_536)
        self.intake.start_stream(0)

    @property
    def ledger(self) -> Ledger:
        ledger = self.outbox.snapshot()[0]
        assert ledger.unaccounted() == 0
        return ledger

    def flow(self, second: float, uuid: str = "", node: str = "n1", **fields: Any) -> None:
        flow = flow_pb2.Flow(uuid=uuid, node_name=node, **fields)
        flow.time.FromNanoseconds(int(second * SECOND_NS))
        self.intake.take(observer_pb2.GetFlowsResponse(flow=flow, node_name=node).SerializeToString())

    def lost(self, count: int, source: str = "HUBBLE_RING_BUFFER", node: str = "n1") -> None:
        lost = flow_pb2.LostEvent(source=source, num_events_lost=count)
        self.intake.take(observer_pb2.GetFlowsResponse(lost_events=lost, node_name=node).SerializeToString())

    def total(self) -> dict[str, int]:
        return {source: count for source, count in self.losses.tell()["total"].items() if count}  # type: ignore


def test_a_repeated_uuid_is_a_duplicate() -> None:
    bench = Bench()
    bench.flow(1, "a")
    bench.flow(1, "b")
    bench.flow(1, "a")
    assert (bench.ledger.received, bench.ledger.in_flight, bench.ledger.duplicates) == (3, 2, 1)


def test_flows_without_uuid_are_told_apart_only_where_streams_overlap() -> None:
    bench = Bench()
    bench.flow(1)
    bench.flow(1)
    assert bench.ledger.duplicates == 0, "two equal flows of one stream are two"
    bench.flow(9)
    bench.intake.start_stream(4 * SECOND_NS)
    bench.flow(9)
    assert bench.ledger.duplicates == 1
    bench.flow(10)
    bench.flow(10)
    assert bench.ledger.duplicates == 1, "what is newer than the last stream cannot repeat it"


def test_a_resume_that_begins_with_known_flows_has_no_gap() -> None:
    bench = Bench()
    bench.flow(10, "a")
    bench.intake.start_stream(5 * SECOND_NS)
    bench.flow(10, "a")
    bench.flow(11, "b")
    assert bench.total() == {}


def test_a_resume_that_begins_later_has_a_gap_with_its_times() -> None:
    bench = Bench()
    bench.flow(10, "a")
    bench.intake.start_stream(5 * SECOND_NS)
    bench.flow(13, "b")
    bench.flow(14, "c")
    assert bench.total() == {"gap": 1}
    (gap,) = bench.losses.tell()["recent"]  # type: ignore[misc]
    assert (gap["node"], gap["count"]) == ("n1", None)
    assert (gap["first"], gap["last"]) == ("1970-01-01T00:00:10Z", "1970-01-01T00:00:13Z")


def test_a_node_that_was_silent_before_the_cut_leaves_no_gap() -> None:
    bench = Bench()
    bench.flow(1, "a", node="quiet")
    bench.flow(10, "b", node="busy")
    bench.intake.start_stream(5 * SECOND_NS)
    bench.flow(10, "b", node="busy")
    bench.flow(12, "c", node="quiet")
    bench.flow(12, "d", node="new")
    assert bench.total() == {}


def test_the_boundary_of_the_ring_is_no_loss_but_what_follows_is() -> None:
    bench = Bench()
    bench.lost(1)
    assert bench.total() == {"HUBBLE_RING_BUFFER": 1}, "without since there is no boundary"
    bench.flow(10, "a")
    bench.intake.start_stream(5 * SECOND_NS)
    bench.lost(1)
    assert bench.total() == {"HUBBLE_RING_BUFFER": 1}
    bench.flow(10, "a")
    bench.lost(1)
    bench.lost(3)
    assert bench.total() == {"HUBBLE_RING_BUFFER": 5}


def test_a_loss_without_times_lies_behind_the_newest_flow_of_its_node() -> None:
    bench = Bench()
    bench.flow(10, "a")
    for _ in range(30_000):
        bench.lost(1, "PERF_EVENT_RING_BUFFER")
    (loss,) = bench.losses.tell()["recent"]  # type: ignore[misc]
    assert loss["count"] == 30_000
    assert loss["first"] == loss["last"] == "1970-01-01T00:00:10Z"


@pytest.mark.parametrize("response", [b"\xff", b"\x0a\x05\x10", b"\x0a\x02\x5a\x05", b"\x1a\x01\xff", b"\x12\x01\xff"])
def test_garbage_is_counted_as_malformed(response: bytes) -> None:
    bench = Bench()
    bench.intake.take(response)
    assert bench.ledger.dropped[Drop.MALFORMED] == 1
    assert bench.total() == {"malformed": 1}


def test_an_empty_or_unknown_response_is_nothing() -> None:
    bench = Bench()
    bench.intake.take(b"")
    bench.intake.take(b"\xa2\x06\x01x")
    assert bench.ledger.received == 0


def test_flows_that_a_server_should_have_kept_are_filtered_here() -> None:
    bench = Bench(frozenset({flow_pb2.DROPPED}), frozenset({"kube-system"}))
    bench.flow(1, "a", verdict=flow_pb2.FORWARDED)
    bench.flow(1, "b", verdict=flow_pb2.DROPPED, source=flow_pb2.Endpoint(namespace="kube-system"))
    bench.flow(1, "c", verdict=flow_pb2.DROPPED, destination=flow_pb2.Endpoint(namespace="kube-system"))
    bench.flow(1, "d", verdict=flow_pb2.DROPPED)
    assert (bench.ledger.filtered, bench.ledger.in_flight) == (3, 1)


def test_a_giant_is_rejected_under_its_own_reason() -> None:
    bench = Bench()
    bench.flow(1, "a", source_names=["x" * 70_000])
    assert bench.ledger.dropped[Drop.TOO_LARGE] == 1


def test_nodes_are_known_by_what_relay_and_they_themselves_say() -> None:
    bench = Bench()

    def status(state: int, *names: str, message: str = "") -> None:
        event = relay_pb2.NodeStatusEvent(state_change=state, node_names=names, message=message)
        bench.intake.take(observer_pb2.GetFlowsResponse(node_status=event).SerializeToString())

    status(relay_pb2.NODE_CONNECTED, "n1", "n2")
    status(relay_pb2.NODE_UNAVAILABLE, "n3")
    status(relay_pb2.NODE_ERROR, "n2", message="EOF")
    assert bench.nodes.document() == {
        "connected": 1,
        "not_connected_total": 2,
        "not_connected": [
            {"name": "n2", "state": "NODE_ERROR", "message": "EOF"},
            {"name": "n3", "state": "NODE_UNAVAILABLE", "message": ""},
        ],
    }
    bench.flow(1, "a", node="n3")
    assert bench.nodes.document()["connected"] == 2
    status(relay_pb2.NODE_ERROR, "n1", message="invalid fieldmask: no such path")
    assert bench.intake.mask_refused


def test_a_hole_that_relay_tells_of_goes_by_the_clock_of_the_node() -> None:
    """Found by the oracle (seed 15): the clock of the node was 20 s slow, and the gap was told where nothing lay."""
    bench = Bench()
    now_ns = 1_000 * SECOND_NS
    bench.flow(980, "a")
    bench.intake.continuity.tick(now_ns, True)
    error = relay_pb2.NodeStatusEvent(state_change=relay_pb2.NODE_ERROR, node_names=["n1"], message="EOF")
    response = observer_pb2.GetFlowsResponse(node_status=error)
    response.time.FromNanoseconds(now_ns)
    bench.intake.take(response.SerializeToString())
    bench.flow(983, "b")
    (gap,) = bench.losses.tell()["recent"]  # type: ignore[misc]
    assert gap["source"] == "gap"
    assert gap["first"] < "1970-01-01T00:16:20Z" and gap["last"] == "1970-01-01T00:16:23Z"


def test_flows_with_neither_uuid_nor_time_are_each_one_of_its_own() -> None:
    bench = Bench()
    odd = observer_pb2.GetFlowsResponse(flow=flow_pb2.Flow(node_name="n1")).SerializeToString()
    bench.flow(10)
    bench.intake.take(odd)
    bench.intake.take(odd)
    assert bench.ledger.duplicates == 0
    bench.intake.start_stream(5 * SECOND_NS)
    bench.intake.take(odd)
    assert bench.ledger.duplicates == 1, "here the streams overlap"
    bench.flow(11)
    bench.intake.take(odd)
    assert bench.ledger.duplicates == 1
