"""The server over real gRPC: both personalities, what they refuse, and what they tell of themselves."""

from __future__ import annotations

import concurrent.futures
import time
from typing import Any, Iterator

import grpc
import pytest
from mock_hubble.tests.client import Client, Follower

from hubble_adapter.wire import flow_pb2, health_pb2, relay_pb2
from mock_hubble import MockHubble

DROPPED = {"verdict": "DROPPED", "source": {"namespace": "shop", "pod_name": "cart-1"}}
FORWARDED = {"verdict": "FORWARDED", "destination": {"namespace": "pay", "pod_name": "api-1"}}


@pytest.fixture
def relay() -> Iterator[MockHubble]:
    with MockHubble(nodes=("default/a", "default/b")) as hubble:
        yield hubble


@pytest.fixture
def agent() -> Iterator[MockHubble]:
    with MockHubble(nodes=("default/a",), personality="agent") as hubble:
        yield hubble


def refusal(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        list(call)
    return caught.value.code(), caught.value.details()


def test_relay_sends_node_status_and_flows(relay: MockHubble) -> None:
    uuid = relay.emit(DROPPED, "default/b")
    with Client(relay.address) as client:
        call = client.get_flows(number=5)
        status, flow = list(call)
        assert status.node_status.state_change == relay_pb2.NODE_CONNECTED
        assert list(status.node_status.node_names) == ["default/a", "default/b"]
        assert status.node_name == "default/relay-node" and status.time.seconds
        assert flow.flow.uuid == uuid and flow.flow.source.pod_name == "cart-1"
        assert flow.node_name == flow.flow.node_name == "default/b" and flow.time == flow.flow.time
        assert ("hubble-relay-version", "1.19.4") in [tuple(pair) for pair in call.initial_metadata()]
    assert relay.sent.uuids == [uuid] and relay.sent.count == 1
    assert relay.requests[0].number == 5


def test_agent_sends_flows_alone(agent: MockHubble) -> None:
    uuid = agent.emit(DROPPED)
    with Client(agent.address) as client:
        call = client.get_flows(number=5)
        (flow,) = list(call)
        assert flow.flow.uuid == uuid
        assert ("hubble-server-version", "1.19.4") in [tuple(pair) for pair in call.initial_metadata()]


def test_followers_get_what_comes_and_only_what_they_want(relay: MockHubble) -> None:
    drops = flow_pb2.FlowFilter(verdict=[flow_pb2.DROPPED])
    shop = flow_pb2.FlowFilter(source_pod=["shop/"])
    with Client(relay.address) as client:
        everything = Follower(client.get_flows(follow=True))
        only_drops = Follower(client.get_flows(follow=True, whitelist=[drops]))
        not_shop = Follower(client.get_flows(follow=True, blacklist=[shop]))
        relay.wait_for_streams(3)
        dropped, forwarded = relay.emit_many([DROPPED, FORWARDED])
        last = relay.emit(dict(DROPPED, source={}))
        assert [everything.uuid() for _ in range(3)] == [dropped, forwarded, last]
        assert [only_drops.uuid() for _ in range(2)] == [dropped, last]
        assert [not_shop.uuid() for _ in range(2)] == [forwarded, last]


def test_resuming_with_since_repeats_the_same_uuids(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        first = Follower(client.get_flows(follow=True))
        relay.wait_for_streams()
        uuids = relay.emit_many([DROPPED, FORWARDED])
        assert first.next().HasField("node_status")
        seen = [first.next() for _ in uuids]
        relay.cut()
        assert first.next().code() is grpc.StatusCode.UNAVAILABLE
        missed = relay.emit(DROPPED)
        again = Follower(client.get_flows(follow=True, since=seen[-1].time))
        assert [again.uuid(), again.uuid()] == [uuids[-1], missed]


def test_mask_and_filter_work_on_the_whole_flow_together(relay: MockHubble) -> None:
    uuid = relay.emit(DROPPED)
    with Client(relay.address) as client:
        fields = {"paths": ["uuid", "time", "node_name", "verdict"]}
        shop = flow_pb2.FlowFilter(source_pod=["shop/"])
        *_, masked = client.get_flows(number=9, whitelist=[shop], field_mask=fields)
        assert masked.flow.uuid == uuid and not masked.flow.HasField("source")
        *_, bare = client.get_flows(number=9, field_mask={"paths": ["uuid"]})
        assert bare.flow.uuid == uuid and not bare.node_name and not bare.HasField("time")


@pytest.mark.parametrize("personality", ["relay", "agent"])
def test_first_with_follow_is_refused(personality: str) -> None:
    with MockHubble(personality=personality) as hubble, Client(hubble.address) as client:
        code, words = refusal(client.get_flows(first=True, follow=True))
        assert code is grpc.StatusCode.INVALID_ARGUMENT and "first cannot be specified with follow" in words


BAD: list[dict[str, Any]] = [
    {"whitelist": [flow_pb2.FlowFilter(source_port=["http"])]},
    {"blacklist": [flow_pb2.FlowFilter(dns_query=["("])]},
    {"field_mask": {"paths": ["verdict", "no.such"]}},
    {"since": {"nanos": -1}},
]


@pytest.mark.parametrize("fields", BAD, ids=[next(iter(fields)) for fields in BAD])
def test_bad_requests_fail_at_an_agent(fields: dict[str, Any], agent: MockHubble) -> None:
    with Client(agent.address) as client:
        code, words = refusal(client.get_flows(follow=True, **fields))
        assert code is grpc.StatusCode.UNKNOWN and words


@pytest.mark.parametrize("fields", BAD, ids=[next(iter(fields)) for fields in BAD])
def test_bad_requests_are_node_errors_at_relay(fields: dict[str, Any], relay: MockHubble) -> None:
    with Client(relay.address) as client:
        connected, error = list(client.get_flows(follow=True, **fields))
        assert connected.node_status.state_change == relay_pb2.NODE_CONNECTED
        assert error.node_status.state_change == relay_pb2.NODE_ERROR
        assert list(error.node_status.node_names) == ["default/a", "default/b"] and error.node_status.message


@pytest.mark.parametrize("personality", ["relay", "agent"])
def test_what_only_the_mock_lacks_is_refused_loudly(personality: str) -> None:
    cel = flow_pb2.FlowFilter(experimental=flow_pb2.FlowFilter.Experimental(cel_expression=["true"]))
    with MockHubble(personality=personality) as hubble, Client(hubble.address) as client:
        code, words = refusal(client.get_flows(whitelist=[cel]))
        assert code is grpc.StatusCode.UNIMPLEMENTED and words.startswith("mock_hubble: ")


def test_lost_events_pass_filters_and_times(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        nothing = flow_pb2.FlowFilter()
        follower = Follower(client.get_flows(follow=True, blacklist=[nothing], since={"seconds": 2**33}))
        assert follower.next().HasField("node_status")
        relay.emit(DROPPED)
        relay.lost(7, source="OBSERVER_EVENTS_QUEUE", node="default/b", first_ns=1, last_ns=2)
        relay.lost(1, cpu=3, times=2)
        lost = [follower.next() for _ in range(3)]
        told = {(each.node_name, each.lost_events.source, each.lost_events.num_events_lost) for each in lost}
        assert told == {
            ("default/b", flow_pb2.OBSERVER_EVENTS_QUEUE, 7),
            ("default/a", flow_pb2.PERF_EVENT_RING_BUFFER, 1),
        }
        assert {each.lost_events.cpu.value for each in lost if each.node_name == "default/a"} == {3}
        assert all(each.HasField("time") for each in lost)
    assert relay.sent.count == 0


def test_raw_responses_go_out_as_they_are(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        follower = Follower(client.get_flows(follow=True))
        assert follower.next().HasField("node_status")
        relay.emit_raw(b"\xc2\x3e\x03raw")  # node_name alone
        assert follower.next().node_name == "raw"
        relay.emit_raw(b"\x0a\x05\x92\x02\x02\xff\xfe")  # a uuid that is no UTF-8
        assert isinstance(follower.next(), grpc.RpcError)


def test_flows_as_given_lack_what_they_lack(relay: MockHubble) -> None:
    relay.emit({"Summary": "bare"}, as_given=True)
    with Client(relay.address) as client:
        *_, response = client.get_flows(number=1)
        assert response.flow == flow_pb2.Flow(Summary="bare")
        assert not response.HasField("time") and not response.node_name


def test_skewed_clocks_make_times_disagree() -> None:
    skew = {"default/b": -30.0}
    with MockHubble(nodes=("default/a", "default/b"), skew_seconds=skew) as hubble, Client(hubble.address) as client:
        hubble.emit(DROPPED, "default/a")
        hubble.emit(DROPPED, "default/b")
        _, first, second = client.get_flows(number=1)
        assert 29 < first.time.ToNanoseconds() / 1e9 - second.time.ToNanoseconds() / 1e9 < 31


def test_status_of_relay(relay: MockHubble) -> None:
    relay.emit_many([DROPPED, FORWARDED])
    relay.node_down("default/b")
    with Client(relay.address) as client:
        status = client.observer("ServerStatus")
        assert (status.num_flows, status.max_flows, status.seen_flows) == (2, 4095, 2)
        assert (status.num_connected_nodes.value, status.num_unavailable_nodes.value) == (1, 1)
        assert list(status.unavailable_nodes) == ["default/b"]
        assert status.version == "1.19.4" and status.uptime_ns > 0 and status.flows_rate > 0
        nodes = {node.name: node for node in client.observer("GetNodes").nodes}
        assert nodes["default/a"].state == relay_pb2.NODE_CONNECTED and nodes["default/a"].num_flows == 2
        assert nodes["default/b"].state == relay_pb2.NODE_UNAVAILABLE and not nodes["default/b"].version
        spaces = client.observer("GetNamespaces").namespaces
        assert [(space.cluster, space.namespace) for space in spaces] == [("default", "pay"), ("default", "shop")]


def test_at_most_ten_unavailable_nodes_are_named() -> None:
    names = [f"default/n{number}" for number in range(12)]
    with MockHubble(nodes=names) as hubble, Client(hubble.address) as client:
        for name in names:
            hubble.node_down(name)
        status = client.observer("ServerStatus")
        assert status.num_unavailable_nodes.value == 12 and len(status.unavailable_nodes) == 10


def test_status_of_an_agent(agent: MockHubble) -> None:
    agent.emit(DROPPED)
    with Client(agent.address) as client:
        status = client.observer("ServerStatus")
        assert status.num_flows == 1 and not status.HasField("num_connected_nodes")
        with pytest.raises(grpc.RpcError) as caught:
            client.observer("GetNodes")
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("method", ["GetAgentEvents", "GetDebugEvents"])
@pytest.mark.parametrize("personality", ["relay", "agent"])
def test_other_events_are_not_implemented(personality: str, method: str) -> None:
    with MockHubble(personality=personality) as hubble, Client(hubble.address) as client:
        call = client.channel.unary_stream(f"/observer.Observer/{method}")
        code, words = refusal(call(b"", timeout=10))
        assert code is grpc.StatusCode.UNIMPLEMENTED and method in words


def test_health(relay: MockHubble) -> None:
    serving = health_pb2.HealthCheckResponse.SERVING
    with Client(relay.address) as client:
        for service in ("", "hubble.server.Observer"):
            assert client.health(service).status == serving
        with pytest.raises(grpc.RpcError) as caught:
            client.health("nobody")
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert next(client.health("", "Watch")).status == serving
        unknown = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        assert next(client.health("nobody", "Watch")).status == unknown


def test_replay_reaches_a_follower_at_its_rate(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        follower = Follower(client.get_flows(follow=True))
        relay.wait_for_streams()
        relay.start_replay([flow_pb2.Flow(Summary="a"), flow_pb2.Flow(Summary="b")], 500)
        begin = time.monotonic()
        uuids = [follower.uuid() for _ in range(500)]
        assert 0.7 < time.monotonic() - begin < 4
        relay.stop_replay()
        assert len(set(uuids)) == 500
        assert relay.sent.uuids[:500] == uuids


def test_many_followers_each_get_everything(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        followers = [Follower(client.get_flows(follow=True)) for _ in range(8)]
        relay.wait_for_streams(8)
        uuids = relay.emit_many([DROPPED] * 300)
        with concurrent.futures.ThreadPoolExecutor() as pool:
            got = pool.map(lambda follower: [follower.uuid() for _ in uuids], followers)
            assert all(each == uuids for each in got)


def test_a_cancelled_stream_is_forgotten(relay: MockHubble) -> None:
    with Client(relay.address) as client:
        call = client.get_flows(follow=True)
        next(call)
        assert relay.open_streams == 1
        call.cancel()
        deadline = time.monotonic() + 5
        while relay.open_streams and time.monotonic() < deadline:
            time.sleep(0.01)
        assert relay.open_streams == 0


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"nodes": ()}, "nodes"),
        ({"nodes": ("a", "a")}, "nodes"),
        ({"nodes": ("a", "b"), "personality": "agent"}, "exactly one"),
        ({"personality": "operator"}, "personality"),
        ({"ring_capacity": 100}, "2\\^n-1"),
        ({"listen": "nowhere"}, "HOST:PORT"),
    ],
)
def test_impossible_servers(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        MockHubble(**arguments)


def test_a_taken_port_is_said(relay: MockHubble) -> None:
    with pytest.raises(OSError, match="port is taken"):
        MockHubble(listen=relay.address).start()


def test_unknown_nodes_are_said(relay: MockHubble) -> None:
    with pytest.raises(ValueError, match="no node 'c'"):
        relay.emit(DROPPED, "c")
