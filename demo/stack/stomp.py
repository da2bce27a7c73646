"""A STOMP 1.2 client over WebSocket that sends exactly the frames it is told to."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass

from stack.websocket import Closed, WebSocket

VHOST = "hubble"


@dataclass(frozen=True, slots=True)
class Frame:
    command: str
    headers: dict[str, str]
    body: bytes


class Refused(Exception):
    """The broker answered with an ERROR frame, or closed the connection, or both."""


def escape(text: str) -> str:
    """A header's value as STOMP 1.2 writes it ("Value Encoding")."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace(":", "\\c")


def encode(command: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    # CONNECT is the one frame without escapes, to be understood by servers of STOMP 1.0.
    plain = command == "CONNECT"
    lines = [command, *(f"{name}:{value if plain else escape(value)}" for name, value in headers.items())]
    return "\n".join(lines).encode() + b"\n\n" + body + b"\x00"


def decode(data: bytes) -> Frame:
    head, _, body = data.lstrip(b"\n").partition(b"\n\n")
    command, *lines = head.decode().split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name, value.replace("\\c", ":").replace("\\n", "\n").replace("\\\\", "\\"))
    return Frame(command, headers, body[: body.rfind(b"\x00")] if b"\x00" in body else body)


def login_cookie(user: str, password: str) -> str:
    """The header line with which the page hands its log-in to nginx (docs/viewers.md)."""
    return f"Cookie: hubble_login={base64.b64encode(f'{user}:{password}'.encode()).decode()}"


class Client:
    """A log-in that succeeded. Raises Refused, HandshakeRefused or OSError."""

    def __init__(self, web_socket: WebSocket, user: str, password: str, vhost: str = VHOST, **headers: str) -> None:
        self.web_socket = web_socket
        self.error = ""
        self._serial = 0
        self._waiting: list[Frame] = []
        login = {"accept-version": "1.2", "host": vhost, "login": user, "passcode": password, "heart-beat": "0,0"}
        try:
            self.send("CONNECT", {**login, **headers})
            answer = self.frame(10.0)
            if answer is None or answer.command != "CONNECTED":
                raise Refused(f"no log-in: {answer}")
        except BaseException:
            self.close()
            raise

    def send(self, command: str, headers: Mapping[str, str], body: bytes = b"") -> None:
        self.web_socket.send(encode(command, headers, body))

    def frame(self, timeout_seconds: float) -> Frame | None:
        """The next frame, None if none came in time. Raises Refused once the connection is closed."""
        deadline = time.monotonic() + timeout_seconds
        while True:
            try:
                data = self.web_socket.receive(max(0.001, deadline - time.monotonic()))
            except Closed as closed:
                raise Refused(f"{self.error or 'closed without an ERROR frame'} ({closed})") from closed
            if data is None:
                return None
            if data.strip(b"\n"):
                frame = decode(data)
                if frame.command == "ERROR":
                    self.error = f"{frame.headers.get('message', '')}: {frame.body.decode('utf-8', 'replace')}"
                return frame

    def request(
        self, command: str, headers: Mapping[str, str], body: bytes = b"", timeout_seconds: float = 10.0
    ) -> None:
        """Send a frame and wait for its receipt; messages that come meanwhile are kept. Raises Refused."""
        self._serial += 1
        receipt = f"receipt-{self._serial}"
        try:
            self.send(command, {**headers, "receipt": receipt}, body)
        except OSError as error:
            raise Refused(str(error)) from error
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            frame = self.frame(deadline - time.monotonic())
            if frame is None:
                break
            if frame.command == "ERROR":
                raise Refused(self.error)
            if frame.command == "RECEIPT" and frame.headers.get("receipt-id") == receipt:
                return
            self._waiting.append(frame)
        raise TimeoutError(f"no receipt for {command} within {timeout_seconds:.0f} s")

    def subscribe(self, destination: str, identifier: str = "", **headers: str) -> str:
        """Subscribe and wait for the receipt; underscores in names of headers become dashes. Raises Refused."""
        identifier = identifier or f"s{self._serial}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.request("SUBSCRIBE", {"id": identifier, "destination": destination, **named})
        return identifier

    def messages(self, seconds: float, count: int | None = None) -> list[Frame]:
        """What arrives within so many seconds, at most `count`. Raises Refused if the connection is closed."""
        deadline = time.monotonic() + seconds
        found = [frame for frame in self._waiting if frame.command == "MESSAGE"]
        self._waiting.clear()
        while time.monotonic() < deadline and (count is None or len(found) < count):
            frame = self.frame(deadline - time.monotonic())
            if frame is not None and frame.command == "MESSAGE":
                found.append(frame)
        return found

    def close(self) -> None:
        self.web_socket.close()
