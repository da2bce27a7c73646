"""nginx serves the page with headers that leave a hostile string nothing to do, and carries /ws to the broker."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from processes import belonging_to
from stack import ports
from stack.broker import PrivateBroker
from stack.errors import PartDied, StackError
from stack.nginx import PrivateNginx

Serve = Callable[[int], PrivateNginx]

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
}


def ask(port: int, path: str, method: str = "GET", host: str = "127.0.0.1") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    connection.request(method, path, headers={"Host": host})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.fixture
def nginx(serve: Serve) -> PrivateNginx:
    return serve(ports.free_port())


@pytest.mark.parametrize("path", ["/", "/assets/index-0123abcd.js", "/nothing-here"])
def test_every_answer_carries_the_strict_headers(nginx: PrivateNginx, path: str) -> None:
    headers = ask(nginx.port, path).headers
    assert {part.strip() for part in headers["Content-Security-Policy"].split(";")} == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Server"] == "nginx"


@pytest.mark.parametrize(
    ("path", "status", "content_type", "cache"),
    [
        ("/", 200, "text/html", "no-store"),
        ("/assets/index-0123abcd.js", 200, "text/javascript", "public, max-age=31536000, immutable"),
        ("/assets/gone.js", 404, "text/html", "no-store"),
        ("/../nginx.conf", 400, "text/html", None),
    ],
)
def test_only_hashed_files_are_cached(
    nginx: PrivateNginx, path: str, status: int, content_type: str, cache: str | None
) -> None:
    response = ask(nginx.port, path)
    assert response.status == status
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Cache-Control"] == cache


def test_other_names_and_methods_are_refused(nginx: PrivateNginx) -> None:
    assert ask(nginx.port, "/", host="attacker.example").status == 421
    assert ask(nginx.port, "/", method="POST").status == 403
    assert ask(nginx.port, "/", host=f"localhost:{nginx.port}").status == 200


@pytest.fixture
def web_socket(serve: Serve, broker: PrivateBroker) -> Iterator[socket.socket]:
    """A WebSocket to /ws, before its handshake."""
    nginx = serve(broker.webstomp_port)
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=5.0) as connection:
        yield connection


def test_ws_reaches_the_broker(web_socket: socket.socket) -> None:
    # The key and its answer are the example of RFC 6455, section 1.3.
    web_socket.sendall(
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: v12.stomp\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += web_socket.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer


def test_ws_without_a_broker_is_a_bad_gateway(nginx: PrivateNginx) -> None:
    assert ask(nginx.port, "/ws").status == 502


def test_nothing_is_left_running(tmp_path: Path, nginx: PrivateNginx) -> None:
    assert len(belonging_to(tmp_path / "nginx")) >= 2  # master and worker
    nginx.stop()
    assert belonging_to(tmp_path / "nginx") == {}
    assert not ports.accepts(nginx.port)


def test_a_page_that_is_not_built_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="the page is not built: .*/index.html is missing"):
        PrivateNginx(tmp_path / "nginx", tmp_path / "empty", 1).launch()


def test_a_port_that_was_taken_meanwhile_is_told(tmp_path: Path, page: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nginx = PrivateNginx(tmp_path / "nginx", page, 1, port=taken.getsockname()[1])
        nginx.launch()
        with pytest.raises(PartDied, match="nginx ended with exit code 1: .*Address already in use"):
            ports.wait_until(lambda: False, alive=nginx.check, what="nginx", timeout_seconds=20.0)
