"""The misbehaviour that can be ordered, as a client sees it. And TLS, which is where clients most often misbehave."""

from __future__ import annotations

import pathlib
import queue
import socket
import subprocess
import time

import grpc
import pytest
from mock_hubble.tests.client import Client, Follower

from hubble_adapter.wire import flow_pb2, relay_pb2
from mock_hubble import MockHubble, ServerTls, Timing

FLOW = {"verdict": "DROPPED"}
QUICK = Timing(peer_refresh_ns=50_000_000, error_window_ns=0)


def following(hubble: MockHubble, client: Client) -> Follower:
    """A follower that has read the greeting."""
    follower = Follower(client.get_flows(None, follow=True))
    assert follower.next().node_status.state_change == relay_pb2.NODE_CONNECTED
    return follower


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED])
def test_cut(code: grpc.StatusCode) -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        followers = [following(hubble, client) for _ in range(2)]
        uuid = hubble.emit(FLOW)
        assert [follower.uuid() for follower in followers] == [uuid, uuid]
        hubble.cut(code, "because")
        for follower in followers:
            error = follower.next()
            assert (error.code(), error.details()) == (code, "because")
        assert client.flows(number=1) == [uuid]


def test_a_regular_end() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.cut(grpc.StatusCode.OK)
        assert follower.next() is None


def test_stall_is_silent_and_loses_nothing() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.stall()
        uuids = hubble.emit_many([FLOW] * 3)
        with pytest.raises(queue.Empty):
            follower.next(0.3)
        with pytest.raises(grpc.RpcError) as caught:
            list(client.get_flows(0.2, number=1))
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        hubble.stall(False)
        assert [follower.uuid() for _ in uuids] == uuids


def test_a_stalled_stream_can_be_cut() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.stall()
        hubble.cut()
        assert follower.next().code() is grpc.StatusCode.UNAVAILABLE


def test_drip() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.drip(0.05)
        uuids = hubble.emit_many([FLOW] * 6)
        begin = time.monotonic()
        assert [follower.uuid() for _ in uuids] == uuids
        assert time.monotonic() - begin > 0.25


def test_restart_of_relay_keeps_rings_and_port() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        address = hubble.address
        uuid = hubble.emit(FLOW)
        follower = following(hubble, client)
        assert follower.uuid() == uuid
        hubble.restart(down_seconds=0.05)
        assert follower.next().code() is grpc.StatusCode.UNAVAILABLE
        assert hubble.address == address
    with hubble, Client(address) as fresh:
        assert fresh.flows(number=1) == [uuid]


def test_restart_of_an_agent_loses_its_ring() -> None:
    with MockHubble(personality="agent") as hubble:
        hubble.emit(FLOW)
        hubble.restart()
        with Client(hubble.address) as client:
            assert client.flows(number=1) == []
            assert client.observer("ServerStatus").seen_flows == 0


def test_a_node_goes_and_comes_back() -> None:
    with MockHubble(nodes=("a", "b"), timing=QUICK) as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.node_down("b")
        error = follower.next().node_status
        assert error.state_change == relay_pb2.NODE_ERROR and list(error.node_names) == ["b"]
        late = Follower(client.get_flows(follow=True))
        assert list(late.next().node_status.node_names) == ["a"]
        unavailable = late.next().node_status
        assert unavailable.state_change == relay_pb2.NODE_UNAVAILABLE and list(unavailable.node_names) == ["b"]
        hubble.node_up("b")
        time.sleep(0.3)
        uuid = hubble.emit(FLOW, "b")
        assert follower.uuid() == late.uuid() == uuid


def test_a_storm_of_lost_events() -> None:
    with MockHubble() as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.lost(1, source="HUBBLE_RING_BUFFER", times=2000)
        uuid = hubble.emit(FLOW)
        lost = [follower.next() for _ in range(2000)]
        assert {message.lost_events.source for message in lost} == {flow_pb2.HUBBLE_RING_BUFFER}
        assert follower.uuid() == uuid


def test_a_reader_too_slow_is_told_what_it_lost() -> None:
    with MockHubble(ring_capacity=63) as hubble, Client(hubble.address) as client:
        call = client.get_flows(None, follow=True)
        assert next(call).HasField("node_status")
        big = {"Summary": "x" * 4000}
        for _ in range(40):  # far more than the client's flow-control window takes
            hubble.emit_many([big] * 50)
            time.sleep(0.002)
        received = lost = 0
        while received + lost < 2000:
            message = next(call)
            if message.HasField("flow"):
                received += 1
            elif message.HasField("lost_events"):
                assert message.lost_events.source == flow_pb2.HUBBLE_RING_BUFFER
                lost += message.lost_events.num_events_lost
        assert lost > 0 and received + lost == 2000
        call.cancel()


def test_a_black_hole_swallows_everything_for_a_while() -> None:
    with MockHubble(gate=True) as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.blackhole()
        uuid = hubble.emit(FLOW)
        with pytest.raises(queue.Empty):
            follower.next(0.3)
        with Client(hubble.address) as late, pytest.raises(grpc.RpcError):
            list(late.get_flows(0.3, number=1))
        hubble.blackhole(False)
        assert follower.uuid() == uuid


def test_a_black_hole_is_noticed_by_keepalive_alone() -> None:
    pings = {"keepalive_time_ms": 200, "keepalive_timeout_ms": 200, "http2.max_pings_without_data": 0}
    with MockHubble(gate=True) as hubble, Client(hubble.address, options=pings) as client:
        follower = following(hubble, client)
        hubble.stall()
        with pytest.raises(queue.Empty):
            follower.next(1.0)  # a stalled server still answers pings
        hubble.blackhole()
        assert follower.next().code() is grpc.StatusCode.UNAVAILABLE


def test_a_tcp_reset() -> None:
    with MockHubble(gate=True) as hubble, Client(hubble.address) as client:
        follower = following(hubble, client)
        hubble.reset()
        error = follower.next()
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        uuid = hubble.emit(FLOW)
        with Client(hubble.address) as fresh:
            assert fresh.flows(number=1) == [uuid]


def test_a_tcp_reset_is_no_polite_end() -> None:
    with MockHubble(gate=True) as hubble:
        host, port = hubble.address.split(":")
        with socket.create_connection((host, int(port)), 5) as connection:
            assert connection.recv(1)  # the server's HTTP/2 settings: it is there
            hubble.reset()
            with pytest.raises(ConnectionResetError):
                while connection.recv(65536):
                    pass


def test_black_hole_and_reset_want_a_gate() -> None:
    with MockHubble() as hubble, pytest.raises(RuntimeError, match="gate=True"):
        hubble.blackhole()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """ca, server and client: NAME.pem and NAME.key. The server is called *.hubble-relay.cilium.io."""
    folder = tmp_path_factory.mktemp("pki")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test CA", "-days", "2")
    for name, names in (("server", "DNS:*.hubble-relay.cilium.io"), ("client", "DNS:adapter")):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n")
        signing = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-days", "2")
        openssl("x509", "-req", "-in", f"{name}.csr", "-out", f"{name}.pem", *signing)
    return folder


def trusting(pki: pathlib.Path, client: bool = False) -> grpc.ChannelCredentials:
    pair = ((pki / "client.key").read_bytes(), (pki / "client.pem").read_bytes()) if client else (None, None)
    return grpc.ssl_channel_credentials((pki / "ca.pem").read_bytes(), *pair)


RELAY_NAME = "instance.hubble-relay.cilium.io"


def test_tls(pki: pathlib.Path) -> None:
    with MockHubble(tls=ServerTls(pki / "server.pem", pki / "server.key")) as hubble:
        uuid = hubble.emit(FLOW)
        with Client(hubble.address, trusting(pki), RELAY_NAME) as client:
            assert client.flows(number=1) == [uuid]
            assert client.observer("GetNodes").nodes[0].tls.enabled
        with Client(hubble.address) as plain, pytest.raises(grpc.RpcError):
            list(plain.get_flows(1, number=1))
        with Client(hubble.address, trusting(pki), "relay.example") as misled, pytest.raises(grpc.RpcError):
            list(misled.get_flows(1, number=1))


def test_mutual_tls(pki: pathlib.Path) -> None:
    tls = ServerTls(pki / "server.pem", pki / "server.key", pki / "ca.pem")
    with MockHubble(tls=tls) as hubble:
        uuid = hubble.emit(FLOW)
        with Client(hubble.address, trusting(pki, client=True), RELAY_NAME) as client:
            assert client.flows(number=1) == [uuid]
        with Client(hubble.address, trusting(pki), RELAY_NAME) as nameless, pytest.raises(grpc.RpcError):
            list(nameless.get_flows(1, number=1))


def test_a_missing_certificate_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(OSError, match="gone.key"):
        MockHubble(tls=ServerTls(tmp_path / "gone.pem", tmp_path / "gone.key")).start()
