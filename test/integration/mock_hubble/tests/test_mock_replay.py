"""Reading captures, and replaying them."""

from __future__ import annotations

import collections
import pathlib
import subprocess
import sys
import uuid

import pytest

from hubble_adapter.wire import flow_pb2
from mock_hubble.capture import CaptureError, read, read_all
from mock_hubble.event import fresh_uuid
from mock_hubble.node import Node
from mock_hubble.replay import Replay

SECOND = 1_000_000_000


def nodes(*names: str, skew_ns: int = 0) -> list[Node]:
    return [Node(name, address="", version="1", started_ns=0, skew_ns=skew_ns) for name in names]


def flows(*names: str) -> list[object]:
    return [flow_pb2.Flow(Summary=name, uuid=f"old-{name}", node_name="elsewhere") for name in names]


def test_captures_are_read(captures: list[pathlib.Path]) -> None:
    for capture in captures:
        found = read(capture)
        assert len(found) == len(capture.read_text().splitlines())
        assert all(flow.verdict or flow.Summary for flow in found)


def test_our_captures_are_what_make_writes(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    folder = root / "demo" / "captures"
    subprocess.run([sys.executable, "-B", str(folder / "make.py"), str(tmp_path)], check=True, capture_output=True)
    made = sorted(tmp_path.iterdir())
    assert [file.name for file in made] == sorted(file.name for file in folder.glob("*.jsonl"))
    for file in made:
        assert file.read_bytes() == (folder / file.name).read_bytes(), f"{file.name} is not what make.py writes"


def test_our_cluster_shows_every_kind(root: pathlib.Path) -> None:
    found = read(root / "demo" / "captures" / "shop.jsonl")
    assert 400 <= len(found) <= 600
    assert (root / "demo" / "captures" / "shop.jsonl").stat().st_size < 1_000_000
    assert len({flow.uuid for flow in found}) == len(found)
    assert all(str(uuid.UUID(flow.uuid)) == flow.uuid for flow in found)
    assert {flow.verdict for flow in found} == set(range(8))
    assert {flow.event_type.type for flow in found} == {1, 3, 4, 5, 7, 129}
    assert {flow.l4.WhichOneof("protocol") for flow in found} == {
        *("TCP", "UDP", "ICMPv4", "ICMPv6", "SCTP", "VRRP", "IGMP", None)
    }
    assert {flow.l7.WhichOneof("record") for flow in found} == {"dns", "http", "kafka", None}
    assert {flow.source.namespace for flow in found} == {"shop", "pay", "monitoring", "kube-system", ""}
    assert {flow.source.identity for flow in found} >= {1, 2, 4}
    assert {flow.destination.identity for flow in found} >= {6, 7}
    assert {flow.IP.ipVersion for flow in found} == {0, 1, 2}
    drops = [flow for flow in found if flow.event_type.type == 1]
    assert all(flow.verdict == flow_pb2.DROPPED and flow.file.name and not flow.HasField("is_reply") for flow in drops)
    assert all(flow.drop_reason == flow.drop_reason_desc == flow.event_type.sub_type for flow in drops)
    assert any(flow.ingress_denied_by for flow in found) and any(flow.egress_denied_by for flow in found)
    assert any(not flow.HasField("source") and not flow.HasField("destination") for flow in found)


@pytest.mark.parametrize(
    "text, words",
    [
        ('{"flow":{}}\nnonsense\n', "bad.jsonl:2: "),
        ('\n\n{"flow":{"verdict":"MAYBE"}}', "bad.jsonl:3: .*MAYBE"),
        ('{"flow":{"no_such_field":1}}', "bad.jsonl:1: .*no_such_field"),
        ('{"agent_event":{}}', "bad.jsonl:1: .*agent_event"),
        ('{"flow":{"time":"yesterday"}}', "bad.jsonl:1: "),
        ("[1]", "bad.jsonl:1: "),
        ("[" * 100_000, "bad.jsonl:1: "),
        ("\udcff", "bad.jsonl:1: .*utf-8"),
    ],
    ids=range(8),
)
def test_a_bad_line_is_named(text: str, words: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(CaptureError, match=words):
        read(path)


def test_a_missing_or_empty_capture(tmp_path: pathlib.Path) -> None:
    with pytest.raises(CaptureError, match="gone.jsonl: No such file"):
        read(tmp_path / "gone.jsonl")
    (tmp_path / "empty.jsonl").write_text('{"node_status":{"state_change":"NODE_CONNECTED"}}\n')
    with pytest.raises(CaptureError, match="empty.jsonl: no flow"):
        read_all([tmp_path / "empty.jsonl"])
    assert read_all([]) == []


def test_the_wrapper_fills_what_the_flow_lacks(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_text('{"flow":{"verdict":"DROPPED"},"node_name":"n","time":"2021-10-04T11:22:26Z"}')
    (flow,) = read(path)
    assert flow.node_name == "n" and flow.time.seconds == 1633346546


def test_replay_goes_round_with_fresh_uuids_and_times() -> None:
    replay = Replay(flows("a", "b", "c"), nodes("n"), flows_per_second=2, start_ns=10 * SECOND)
    assert replay.due(10 * SECOND - 1) == []
    events = [event for now in range(20, 25) for _, event in replay.due(now * SECOND // 2)]
    assert [event.template.flow.Summary for event in events] == ["a", "b", "c", "a", "b"]
    assert [event.told_time_ns for event in events] == [now * SECOND // 2 for now in range(20, 25)]
    assert len({event.uuid for event in events}) == 5
    assert all(event.template.flow.node_name == "n" for event in events)
    assert replay.skipped == 0 and not replay.done


def test_replay_keeps_the_rate_over_time() -> None:
    replay = Replay(flows("a"), nodes("n"), flows_per_second=9999, start_ns=0)
    assert sum(len(replay.due(tick * SECOND // 100)) for tick in range(1, 1001)) == pytest.approx(99990, abs=1)


def test_replay_skips_what_it_cannot_keep_up_with() -> None:
    replay = Replay(flows("a"), nodes("n"), flows_per_second=100, start_ns=0)
    assert len(replay.due(10 * SECOND)) == pytest.approx(101, abs=1)
    assert replay.skipped == pytest.approx(900, abs=1)
    assert replay.due(10 * SECOND) == []
    assert len(replay.due(11 * SECOND)) == pytest.approx(100, abs=1)


def test_flows_stay_on_their_nodes_or_go_round() -> None:
    mixed = [flow_pb2.Flow(node_name=name) for name in ("b", "x", "y", "b", "a", "z")]
    replay = Replay(mixed, nodes("a", "b"), flows_per_second=1000, start_ns=0)
    where = [node.name for node, _ in replay.due(5_000_000)]
    assert where == ["b", "b", "a", "b", "a", "b"]


def test_skew_is_in_the_times() -> None:
    replay = Replay(flows("a"), nodes("n", skew_ns=-5 * SECOND), flows_per_second=1, start_ns=10 * SECOND)
    ((_, event),) = replay.due(10 * SECOND)
    assert event.time_ns == event.told_time_ns == 5 * SECOND


def test_as_recorded_keeps_everything(captures: list[pathlib.Path]) -> None:
    for capture in captures:
        recorded = read(capture)
        replay = Replay(recorded, nodes("n"), flows_per_second=1, start_ns=0, as_recorded=True)
        assert [event.flow() for _, event in replay.due(10**6 * SECOND)] == recorded
        assert replay.done


def test_once_ends() -> None:
    replay = Replay(flows("a", "b"), nodes("n"), flows_per_second=1, start_ns=0, loop=False)
    assert len(replay.due(0)) == 1 and not replay.done
    assert len(replay.due(9 * SECOND)) == 1 and replay.done
    assert replay.due(99 * SECOND) == []


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_must_be_positive(rate: int) -> None:
    with pytest.raises(ValueError, match="rate"):
        Replay(flows("a"), nodes("n"), flows_per_second=rate, start_ns=0)


def test_fresh_uuids_are_different_and_well_formed() -> None:
    made = [fresh_uuid() for _ in range(1000)]
    assert collections.Counter(made).most_common(1)[0][1] == 1
    assert all(str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4 for text in made)
    assert uuid.UUID(made[0]).variant == uuid.RFC_4122
