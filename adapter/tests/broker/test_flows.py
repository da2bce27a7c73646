"""Every flow that Hubble serves stands on the exchange once, in the form of docs/messages.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from mock_hubble.hubble import MockHubble

from hubble_adapter.wire import flow_pb2, observer_pb2
from tests.broker.kit import Adapter, Reader, wait_for
from tests.unit.oracle import kept_json
from tests.unit.test_slim import CAPTURES

pytestmark = pytest.mark.usefixtures("broker")


def flow(**fields: object) -> dict[str, object]:
    """A flow in Hubble's JSON form, of namespace shop to namespace pay unless told otherwise."""
    return {
        "verdict": "FORWARDED",
        "source": {"namespace": "shop", "pod_name": "cart-1", "identity": 1001},
        "destination": {"namespace": "pay", "pod_name": "ledger-1", "identity": 1002},
        **fields,
    }


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_each_captured_flow_arrives_once_with_its_own_fields(
    adapter: Adapter, hubble: MockHubble, reader: Reader, capture: Path
) -> None:
    sent = []
    for line in capture.read_text(encoding="utf-8").splitlines():
        response = json_format.Parse(line, observer_pb2.GetFlowsResponse())
        if response.HasField("flow"):
            sent.append(response.flow)
    adapter.settings["flows"] = {"labels": ["app"], "http_headers": ["X-Request-Id"], "max_flow_bytes": 1_000_000}
    adapter.start()
    hubble.wait_for_streams()
    hubble.emit_many(sent, as_given=True)
    wait_for(f"{len(sent)} flows", lambda: len(reader.flows) >= len(sent))
    expected = [kept_json(one, frozenset({"app"}), frozenset({"x-request-id"})) for one in sent]

    def order(flows: list[dict[str, object]]) -> list[str]:
        return sorted(json.dumps(one, sort_keys=True) for one in flows)

    assert order(reader.flows) == order(expected)
    for one in reader.flows:
        # What `hubble observe --input-file -` does with a line.
        json_format.ParseDict({"flow": one}, observer_pb2.GetFlowsResponse())


def test_routing_keys_name_cluster_verdict_and_both_sides(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.start()
    hubble.wait_for_streams()
    world = {"identity": 2, "labels": ["reserved:world"]}
    cases = {
        "default.FORWARDED.shop.pay": flow(),
        "default.DROPPED.shop._world": flow(verdict="DROPPED", destination=world),
        "east.AUDIT._host.pay": flow(verdict="AUDIT", source={"identity": 1}, node_name="east/node-9"),
        "default.999._unknown._unknown": {"verdict": 999},
        "default.FORWARDED._unknown.pay": flow(source={"namespace": "shop.*.#"}),
        "default.FORWARDED._world._kube-apiserver": flow(
            source={"identity": 16777217, "labels": ["cidr:1.1.1.1/32", "reserved:world"]}, destination={"identity": 7}
        ),
    }
    uuids = {hubble.emit(one, node="default/node-1"): key for key, one in cases.items()}
    reader.has(list(uuids))
    found = {one["uuid"]: key for key, batch in reader.batches for one in batch["flows"]}
    assert found == uuids


def test_a_lone_flow_leaves_at_once_and_a_burst_in_few_batches(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    adapter.settings["batch"] = {"max_delay_ms": 60_000, "max_flows": 500}
    adapter.start()
    hubble.wait_for_streams()
    reader.has([hubble.emit(flow())])
    reader.has(hubble.emit_many([flow() for _ in range(1_000)]))
    assert len(reader.batches) == 3
    assert reader.lost_flows == 0


def test_filters_and_field_mask_go_to_the_server(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.settings["filters"] = {
        "verdicts": ["DROPPED", "AUDIT"],
        "exclude_namespaces": ["kube-system"],
        "allow": [{"source_pod": ["shop/"]}],
        "deny": [{"destination_port": ["53"]}],
    }
    adapter.start()
    hubble.wait_for_streams()
    asked = hubble.requests[0]
    assert asked.follow
    assert {"time", "node_name", "uuid"} < set(asked.field_mask.paths)
    asked.ClearField("field_mask")  # has no JSON form: Hubble's own names have capitals
    request = json_format.MessageToDict(asked, preserving_proto_field_name=True)
    assert request["whitelist"] == [{"source_pod": ["shop/"], "verdict": ["DROPPED", "AUDIT"]}]
    assert request["blacklist"] == [
        {"source_pod": ["kube-system/"]},
        {"destination_pod": ["kube-system/"]},
        {"destination_port": ["53"]},
    ]
    hubble.emit(flow(Summary="not asked for"))
    hubble.emit(flow(verdict="DROPPED", destination={"namespace": "kube-system", "pod_name": "dns"}))
    reader.has([hubble.emit(flow(verdict="DROPPED", Summary="not asked for"))])
    assert [one["verdict"] for one in reader.flows] == ["DROPPED"]
    wait_for("the status", lambda: reader.status["ledger"]["confirmed"] == 1)
    assert reader.status["ledger"]["received"] == 1, "the server must have kept the others"
    assert reader.status["filters"]["whitelist"] == request["whitelist"]


def test_the_verdict_whitelist_of_the_environment_overrides_the_file(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    adapter.settings["filters"] = {"verdicts": ["AUDIT"]}
    adapter.environment["VERDICT_WHITELIST"] = "DROPPED, ERROR"
    adapter.start()
    hubble.wait_for_streams()
    assert list(hubble.requests[0].whitelist[0].verdict) == [flow_pb2.DROPPED, flow_pb2.ERROR]
    reader.has([hubble.emit(flow(verdict="ERROR"))])


def test_a_giant_flow_is_counted_and_told(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    adapter.settings["flows"] = {"max_flow_bytes": 4_096}
    adapter.start()
    hubble.wait_for_streams()
    hubble.emit(flow(source={"pod_name": "x" * 10_000}))
    reader.has([hubble.emit(flow())])
    wait_for("the status", lambda: reader.status["ledger"]["confirmed"] == 1)
    assert reader.status["ledger"]["dropped"]["too_large"] == 1
    (loss,) = reader.status["losses"]["recent"]
    assert (loss["source"], loss["count"], loss["node"]) == ("too_large", 1, "default/node-1")


def test_lost_events_and_node_states_are_told_not_forwarded(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    hubble.node_down("default/node-2")
    adapter.start()
    hubble.wait_for_streams()
    hubble.lost(
        7, source="OBSERVER_EVENTS_QUEUE", first_ns=1_700_000_000_000_000_000, last_ns=1_700_000_001_000_000_000
    )
    hubble.lost(1, source="PERF_EVENT_RING_BUFFER", times=500)
    reader.has([hubble.emit(flow(), node="default/node-1")])
    wait_for("the losses", lambda: reader.status["losses"]["total"]["PERF_EVENT_RING_BUFFER"] == 500)
    assert reader.status["losses"]["total"]["OBSERVER_EVENTS_QUEUE"] == 7
    told = {loss["source"]: loss for loss in reader.status["losses"]["recent"]}
    assert told["OBSERVER_EVENTS_QUEUE"]["first"] == "2023-11-14T22:13:20Z"
    assert told["OBSERVER_EVENTS_QUEUE"]["node"] == "default/node-1"
    assert len(reader.status["losses"]["recent"]) <= 4
    assert reader.status["nodes"]["connected"] == 1
    assert [node["name"] for node in reader.status["nodes"]["not_connected"]] == ["default/node-2"]
