"""A WebSocket client (RFC 6455) of the plainest kind: one blocking socket, with permessage-deflate as browsers have it.

It lets a test send whatever it wants, and a bench hold hundreds of them. Not for use against the internet.
"""

from __future__ import annotations

import base64
import os
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator, Sequence

_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
_HEADER_LIMIT_BYTES = 16_384
_READ_BYTES = 262_144


class HandshakeRefused(Exception):
    """The server did not switch protocols. `status`: the HTTP status of its answer, 0 if it closed without one."""

    def __init__(self, status: int, answer: str) -> None:
        super().__init__(f"no WebSocket: HTTP {status}: {answer[:200]!r}")
        self.status = status


class Closed(Exception):
    """The other side closed the connection."""


class WebSocket:
    """An open WebSocket to HOST:PORT/path. Raises HandshakeRefused or OSError.

    `deflate`: offer permessage-deflate. `tls`: speak TLS. `name`: what the server is called, where that is not `host`.
    `headers`: further lines of the request. `source`: the address of this machine to come from.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str = "/ws",
        *,
        deflate: bool = False,
        timeout_seconds: float = 10.0,
        receive_buffer_bytes: int | None = None,
        tls: ssl.SSLContext | None = None,
        name: str = "",
        headers: Sequence[str] = (),
        source: str = "",
    ) -> None:
        self.socket: socket.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes is not None:
            # Before the connection is made: its window is told then.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(timeout_seconds)
        self.bytes_received = 0
        self._data = bytearray()
        self._message = bytearray()
        self._compressed = False
        self._inflate: zlib._Decompress | None = None
        try:
            if source:
                self.socket.bind((source, 0))
            self.socket.connect((host, port))
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls is not None:
                self.socket = tls.wrap_socket(self.socket, server_hostname=name or host)
            self._shake_hands(name or host, port, path, deflate, headers)
        except BaseException:
            self.socket.close()
            raise

    def _shake_hands(self, host: str, port: int, path: str, deflate: bool, headers: Sequence[str]) -> None:
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}:{port}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Protocol: v12.stomp",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *headers,
        ]
        if deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self._data and len(self._data) < _HEADER_LIMIT_BYTES:
            chunk = self.socket.recv(4096)
            if not chunk:
                break
            self._data += chunk
        head, _, rest = bytes(self._data).partition(b"\r\n\r\n")
        answer = head.decode("latin-1")
        words = answer.split(" ", 2)
        status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        if status != 101:
            raise HandshakeRefused(status, answer)
        self._data = bytearray(rest)
        if "permessage-deflate" in answer.lower():
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)

    def send(self, payload: bytes, opcode: int = _TEXT) -> None:
        """Send one unfragmented message. Raises OSError."""
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65_536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
        self.socket.sendall(head + mask + masked)

    def receive(self, timeout_seconds: float) -> bytes | None:
        """The next message, None if none came in time. Raises Closed, with the close frame's reason if there is one."""
        self.socket.settimeout(timeout_seconds)
        while True:
            message = self._take()
            if message is not None:
                return message
            if not self._read():
                return None

    def ready(self) -> Iterator[bytes]:
        """The messages that are here already, of a socket that does not block. Raises Closed."""
        if not self._read():
            return
        while (message := self._take()) is not None:
            yield message

    def _read(self) -> bool:
        """Read once; False if nothing came in the socket's time. Raises Closed."""
        try:
            chunk = self.socket.recv(_READ_BYTES)
        except (TimeoutError, BlockingIOError):
            return False
        except ConnectionError as error:
            raise Closed(str(error)) from error
        if not chunk:
            raise Closed("end of stream")
        self.bytes_received += len(chunk)
        self._data += chunk
        return True

    def _take(self) -> bytes | None:
        """A message that is already here in full. Answers pings on the way. Raises Closed."""
        while True:
            frame = self._take_frame()
            if frame is None:
                return None
            first, payload = frame
            opcode = first & 0x0F
            if opcode == _CLOSE:
                raise Closed(payload[2:].decode("utf-8", "replace"))
            if opcode == _PING:
                self.send(payload, _PONG)
                continue
            if opcode == _PONG:
                continue
            if opcode != _CONTINUATION:
                self._message.clear()
                self._compressed = bool(first & 0x40)
            self._message += payload
            if first & 0x80:
                message = bytes(self._message)
                self._message.clear()
                if self._compressed and self._inflate is not None:
                    # RFC 7692, section 7.2.2: the sender removed this end of a block.
                    message = self._inflate.decompress(message + b"\x00\x00\xff\xff")
                return message

    def _take_frame(self) -> tuple[int, bytes] | None:
        data = self._data
        if len(data) < 2:
            return None
        size, offset = data[1] & 0x7F, 2
        if size == 126:
            if len(data) < 4:
                return None
            size, offset = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            if len(data) < 10:
                return None
            size, offset = int.from_bytes(data[2:10], "big"), 10
        if len(data) < offset + size:
            return None
        first, payload = data[0], bytes(data[offset : offset + size])
        del data[: offset + size]
        return first, payload

    def close(self) -> None:
        self.socket.close()
