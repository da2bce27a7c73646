"""Where clients come in: the gRPC server on its port, and the gate before it when there is one. Closed and opened
again at the same port.
"""

from __future__ import annotations

import time

from mock_hubble.gate import Gate
from mock_hubble.server import Backend, Server
from mock_hubble.tls import ServerTls

_LOOPBACK = "127.0.0.1"
_REBIND_SECONDS = 5.0


class Door:
    """`listen` is HOST:PORT; a port of 0 becomes a free one when the door first opens, and then stays. ValueError
    when it is neither.
    """

    def __init__(self, backend: Backend, listen: str, tls: ServerTls | None, gated: bool) -> None:
        self._backend = backend
        self._host, _, port = listen.rpartition(":")
        if not (self._host and port.isascii() and port.isdigit()):
            raise ValueError(f"HOST:PORT expected, not {listen!r}")
        self._port = int(port)
        self._tls = tls
        self._gated = gated
        self._server: Server | None = None
        self._gate: Gate | None = None

    @property
    def address(self) -> str:
        return f"{self._host}:{self._port}"

    def open(self) -> None:
        """OSError when the port is taken or a TLS file is not readable."""
        credentials = self._tls.credentials() if self._tls else None
        if not self._gated:
            self._server = Server(self._backend, self.address, credentials)
            self._port = self._server.port
            return
        self._server = Server(self._backend, f"{_LOOPBACK}:0", credentials)
        try:
            self._gate = Gate((self._host.strip("[]"), self._port), (_LOOPBACK, self._server.port))
        except OSError:
            self.close()
            raise
        self._port = self._gate.port

    def close(self) -> None:
        """Breaks all connections; the port refuses new ones."""
        if self._gate:
            self._gate.close()
            self._gate = None
        if self._server:
            self._server.stop()
            self._server = None

    def reopen(self) -> None:
        """Opens at the same port, where the old connections may linger for a moment. OSError when it stays taken."""
        deadline = time.monotonic() + _REBIND_SECONDS
        while True:
            try:
                self.open()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    @property
    def gate(self) -> Gate:
        """RuntimeError without one."""
        if not self._gate:
            raise RuntimeError("blackhole and reset need MockHubble(gate=True), started")
        return self._gate
