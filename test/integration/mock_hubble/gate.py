"""A gate of plain TCP before the server, for the faults that gRPC itself cannot make: a black hole and a reset.

Closed to the eye, a black hole looks like a network that swallows packets: connections stand, new ones are taken, and
not a byte comes back, not even the answer to an HTTP/2 ping.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from typing import Callable, Set

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s


class Gate:
    """Passes connections at `listen` (HOST:PORT) on to `target`. OSError when the port is taken; `port` is the one it
    became.
    """

    def __init__(self, listen: tuple[str, int], target: tuple[str, int]) -> None:
        self._target = target
        self._swallowing = False
        self._ends: Set[_End] = set()
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(listen)
        self.port: int = self._listener.getsockname()[1]
        self._server: asyncio.AbstractServer = self._loop.run_until_complete(
            self._loop.create_server(self._accepted, sock=self._listener)
        )
        self._thread = threading.Thread(target=self._loop.run_forever, name="gate", daemon=True)
        self._thread.start()

    def blackhole(self, swallowing: bool) -> None:
        """Begins or ends to swallow. What came in meanwhile is passed on at the end."""
        self._run(lambda: self._swallow(swallowing))

    def reset(self) -> None:
        """Ends every connection by a TCP reset."""
        self._run(self._reset)

    def close(self) -> None:
        self._run(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, action: Callable[[], object]) -> None:
        """On the gate's thread, and waits for it."""
        done = threading.Event()

        def act() -> None:
            action()
            done.set()

        self._loop.call_soon_threadsafe(act)
        done.wait()

    def _accepted(self) -> _End:
        client = _End(self)
        self._loop.create_task(self._join(client))
        return client

    async def _join(self, client: _End) -> None:
        while self._swallowing:
            await asyncio.sleep(0.01)
        try:
            _, server = await self._loop.create_connection(lambda: _End(self), *self._target)
        except OSError:
            client.drop()
            return
        client.join(server)

    def _swallow(self, swallowing: bool) -> None:
        self._swallowing = swallowing
        for end in self._ends:
            end.read(not swallowing)

    def _reset(self) -> None:
        for end in list(self._ends):
            end.reset()

    def _close(self) -> None:
        self._server.close()
        for end in list(self._ends):
            end.drop()

    def opened(self, end: _End) -> None:
        self._ends.add(end)
        end.read(False)

    def closed(self, end: _End) -> None:
        self._ends.discard(end)

    @property
    def swallowing(self) -> bool:
        return self._swallowing


class _End(asyncio.Protocol):
    """One side of a connection; what it reads its peer writes."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._transport: asyncio.Transport | None = None
        self._peer: _End | None = None
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._gate.opened(self)

    def data_received(self, data: bytes) -> None:
        self._held += data  # asyncio may still deliver once after a pause
        self._pass_on()

    def _pass_on(self) -> None:
        if self._peer and self._peer._transport and not self._gate.swallowing:
            self._peer._transport.write(bytes(self._held))
            self._held.clear()

    def pause_writing(self) -> None:
        if self._peer:
            self._peer.read(False)

    def resume_writing(self) -> None:
        if self._peer and not self._gate.swallowing:
            self._peer.read(True)

    def connection_lost(self, _error: Exception | None) -> None:
        self._gate.closed(self)
        self._transport = None
        if self._peer and self._peer._transport:
            self._peer._transport.close()

    def join(self, peer: _End) -> None:
        if self._transport is None:  # the client left while the server was called
            peer.drop()
            return
        self._peer, peer._peer = peer, self
        for end in (self, peer):
            end.read(not self._gate.swallowing)

    def read(self, wanted: bool) -> None:
        if self._transport is None or self._transport.is_closing() or (wanted and self._peer is None):
            return
        if wanted:
            self._pass_on()
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def reset(self) -> None:
        if self._transport:
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def drop(self) -> None:
        if self._transport:
            self._transport.abort()
