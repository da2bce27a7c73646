"""Peers that misbehave on purpose: each ends in one clear line and in tries that grow rare, and none for good."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker

from hubble_adapter.wire import observer_pb2
from tests.broker.kit import Adapter, Reader, wait_for
from tests.broker.test_faults import burst

_PREFACE_BYTES = 24
_SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[float]]]:
    """A TCP server that treats each connection with `talk`. Gives its address, and when each connection came."""
    came: list[float] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            came.append(time.monotonic())
            try:
                talk(self.request)
            except OSError:
                pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield "127.0.0.1:%d" % server.server_address[1], came
        finally:
            server.shutdown()


def garbage(client: socket.socket) -> None:
    client.recv(_PREFACE_BYTES)
    client.sendall(b"\xde\xad\xbe\xef" * 4_096)


def http_1(client: socket.socket) -> None:
    client.recv(_PREFACE_BYTES)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def broken_frames(client: socket.socket) -> None:
    client.recv(_PREFACE_BYTES)
    client.sendall(_SETTINGS + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + b"x" * 100_000)
    client.recv(1)


def hang_up(client: socket.socket) -> None:
    client.close()


def silence(client: socket.socket) -> None:
    while client.recv(4_096):
        pass


@pytest.mark.parametrize("talk", [garbage, http_1, broken_frames, hang_up, silence], ids=lambda talk: talk.__name__)
def test_what_speaks_no_grpc_is_named_and_left_alone_for_a_while(
    talk: Callable[[socket.socket], None], tmp_path: Path, broker: PrivateBroker
) -> None:
    with listening(talk) as (address, _):
        adapter = Adapter(tmp_path, broker, address)
        adapter.settings["hubble"]["request_timeout_seconds"] = 1
        adapter.start()
        try:
            adapter.says("part=hubble event=failed")
            adapter.says("part=hubble event=waiting")
            assert "plaintext gRPC" in adapter.log or "the stream broke off" in adapter.log
            time.sleep(2)
            assert adapter.running
            assert adapter.stop() == 0
        finally:
            adapter.kill()


@contextmanager
def grpc_server(flows: Callable[[Any, grpc.ServicerContext], Iterator[bytes]] | None) -> Iterator[str]:
    """A gRPC server whose GetFlows is `flows`; None: it has no such service."""
    server = grpc.server(futures.ThreadPoolExecutor(4))
    if flows is not None:
        handler = grpc.unary_stream_rpc_method_handler(flows, observer_pb2.GetFlowsRequest.FromString)
        methods = grpc.method_handlers_generic_handler("observer.Observer", {"GetFlows": handler})
        server.add_generic_rpc_handlers((methods,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None).wait()


def giant(_: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
    yield b"\x0a" + b"x" * (17 * 1024 * 1024)


def endless_metadata(_: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
    context.send_initial_metadata([(f"key-{number}", "x" * 1_000) for number in range(200)])
    while context.is_active():
        time.sleep(0.1)
    yield b""


def endless_details(_: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
    context.abort(grpc.StatusCode.INTERNAL, "no\n" * 2_000)
    yield b""


@pytest.mark.parametrize(
    ("flows", "line"),
    [
        (None, "is a gRPC server without Hubble's Observer service"),
        (giant, "RESOURCE_EXHAUSTED"),
        (endless_metadata, "RESOURCE_EXHAUSTED"),
        (endless_details, "RESOURCE_EXHAUSTED"),
    ],
    ids=["another service", "giant", "endless metadata", "endless details"],
)
def test_what_is_no_hubble_is_named(
    flows: Callable[[Any, grpc.ServicerContext], Iterator[bytes]] | None,
    line: str,
    tmp_path: Path,
    broker: PrivateBroker,
) -> None:
    with grpc_server(flows) as address:
        adapter = Adapter(tmp_path, broker, address)
        adapter.start()
        try:
            adapter.says(line)
            assert max(map(len, adapter.log.splitlines())) < 1_000
            assert adapter.stop() == 0
        finally:
            adapter.kill()


def test_garbage_among_flows_is_counted_and_the_rest_goes_on(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    adapter.start()
    hubble.wait_for_streams()
    for data in (
        b"\xff" * 50,
        b"\x0a\x05\x10",
        b"\x0a\x02\x5a\x05",
        b"",
        b"\x0a" + b"\xff" * 9 + b"\x01",
        b"\x1a\x01\xff",
    ):
        hubble.emit_raw(data)
    reader.has(burst(hubble))
    wait_for("the status", lambda: reader.status["ledger"]["confirmed"] == 200)
    assert reader.status["ledger"]["dropped"]["malformed"] == 5, "the empty one is nothing"


class Doorkeeper:
    """Stands before a broker and lets only so many of its frames through on each connection."""

    def __init__(self, broker: PrivateBroker, frames: int) -> None:
        self.frames = frames
        self._port = broker.amqp_port

    def talk(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._port)) as broker:
            threading.Thread(target=self._forward, args=(client, broker), daemon=True).start()
            left, data = self.frames, b""
            while left > 0:
                more = broker.recv(65_536)
                if not more:
                    break
                data += more
                while len(data) >= 7 and len(data) >= (size := 8 + int.from_bytes(data[3:7], "big")) and left > 0:
                    client.sendall(data[:size])
                    data, left = data[size:], left - 1
        client.close()

    @staticmethod
    def _forward(client: socket.socket, broker: socket.socket) -> None:
        try:
            while data := client.recv(65_536):
                broker.sendall(data)
        except OSError:
            pass


STEPS = ("start", "tune", "open", "channel", "first exchange", "second exchange", "confirm", "first confirmation")


@pytest.mark.parametrize("frames", range(len(STEPS)), ids=STEPS)
def test_a_broker_that_hangs_up_at_any_step_is_named_tried_again_and_recovered_from(
    frames: int, tmp_path: Path, broker: PrivateBroker, hubble: MockHubble
) -> None:
    keeper = Doorkeeper(broker, frames)
    with listening(keeper.talk) as (address, came):
        adapter = Adapter(tmp_path, broker, hubble.address)
        adapter.settings["rabbitmq"]["url"] = f"amqp://adapter@{address}/hubble"
        adapter.start()
        try:
            adapter.says("part=broker event=failed")
            wait_for("another try", lambda: len(came) >= 2)
            time.sleep(3)
            assert len(came) <= 40, "not in a hot loop"
            keeper.frames = 1_000_000_000
            with Reader(broker).reading() as reader:
                hubble.wait_for_streams()
                reader.has(burst(hubble), timeout_s=30)
        finally:
            adapter.kill()


@pytest.mark.parametrize(
    "first",
    [b"AMQP\x00\x00\x09\x01", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\x00\x00\xff\xff\xff\xff", b"\x00" * 100],
)
def test_a_broker_that_speaks_something_else_is_named(
    first: bytes, tmp_path: Path, broker: PrivateBroker, hubble: MockHubble
) -> None:
    def talk(client: socket.socket) -> None:
        client.recv(8)
        client.sendall(first)
        client.settimeout(15)
        client.recv(1)

    with listening(talk) as (address, _):
        adapter = Adapter(tmp_path, broker, hubble.address)
        adapter.settings["rabbitmq"]["url"] = f"amqp://adapter@{address}/hubble"
        adapter.start()
        try:
            adapter.says("part=broker event=failed", 30)
            assert "does not speak AMQP" in adapter.log or "as an AMQP broker" in adapter.log or "closed" in adapter.log
            assert adapter.running
            assert adapter.stop() == 0
        finally:
            adapter.kill()
