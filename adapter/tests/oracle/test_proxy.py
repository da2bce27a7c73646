"""The proxy does to a connection what its name for it says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from stack.ports import free_port

from tests.oracle.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[str]:
    """HOST:PORT of a server that sends back what it gets."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65_536):
                    connection.sendall(data)
            except OSError:
                pass

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield "127.0.0.1:%d" % listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def proxy(echo: str) -> Iterator[Proxy]:
    made = Proxy(echo)
    yield made
    made.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=20.0)


def answer(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(100)


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(0.3)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(20.0)
    return False


def test_it_passes_on_what_it_gets(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert answer(connection, b"hello") == b"hello"
        big = bytes(1_000_000)
        threading.Thread(target=connection.sendall, args=(big,)).start()
        received = 0
        while received < len(big):
            received += len(connection.recv(65_536))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b"", "an end is passed on and comes back"


def test_a_cut_is_a_reset(proxy: Proxy) -> None:
    with connect(proxy) as connection, connect(proxy) as other:
        assert answer(connection, b"a") == answer(other, b"a") == b"a"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        with pytest.raises(ConnectionResetError):
            other.recv(1)
    with connect(proxy) as connection:
        assert answer(connection, b"b") == b"b"


def test_a_black_hole_holds_everything_and_gives_it_back(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert answer(connection, b"a") == b"a"
        proxy.blackhole(True)
        connection.sendall(b"b")
        with connect(proxy) as late:
            late.sendall(b"c")
            assert is_silent(connection) and is_silent(late)
            proxy.blackhole(False)
            assert connection.recv(1) == b"b"
            assert late.recv(1) == b"c"


def test_a_mute_connection_stays_mute_and_new_ones_are_not(echo: str, proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert answer(connection, b"a") == b"a"
        proxy.mute(True)
        connection.sendall(b"b")
        with connect(proxy) as late:
            late.sendall(b"c")
            assert is_silent(connection) and is_silent(late)
            proxy.mute(False)
            connection.sendall(b"d")
            assert is_silent(connection) and is_silent(late)
        with connect(proxy) as new:
            assert answer(new, b"e") == b"e"


def test_who_is_refused_is_closed_at_once(proxy: Proxy) -> None:
    proxy.refuse(True)
    with connect(proxy) as connection:
        assert connection.recv(1) == b""
    proxy.refuse(False)
    with connect(proxy) as connection:
        assert answer(connection, b"a") == b"a"


def test_a_target_that_is_away_closes_the_connection() -> None:
    proxy = Proxy(f"127.0.0.1:{free_port()}")
    try:
        with connect(proxy) as connection:
            assert connection.recv(1) == b""
    finally:
        proxy.close()
