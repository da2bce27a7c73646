"""A TCP proxy on loopback for the faults of a network: a reset, silence, and answers that never come."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["Proxy"]

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s
_CHUNK_BYTES = 65_536

_T = TypeVar("_T")


class Proxy:
    """Passes connections to a port of its own on to `target` (HOST:PORT).

    It listens as long as it lives: where the target refuses, the client's connection is closed at once.
    """

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._mute = self._refusing = False
        self._seconds_per_byte = 0.0
        self._pairs: set[_Pair] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self._passing: asyncio.Event = self._run(_made(asyncio.Event))
        self._loop.call_soon_threadsafe(self._passing.set)
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection by a reset on both sides."""
        self._run(self._cut())

    def blackhole(self, silent: bool) -> None:
        """Pass nothing on, in either direction, not even an end; connections stand. At the end all goes on."""
        self._run(self._blackhole(silent))

    def refuse(self, refusing: bool) -> None:
        """Close whatever connects at once, as if nobody listened."""
        self._refusing = refusing

    def slow(self, bytes_per_second: float) -> None:
        """Pass on to the target no more than this from each connection; 0: all."""
        self._seconds_per_byte = 1 / bytes_per_second if bytes_per_second else 0.0

    def mute(self, mute: bool) -> None:
        """Throw away what the target answers; what the client says goes on.

        A connection that lost bytes so stays mute for good, since half an answer would be a fault of another kind.
        """
        self._run(self._set_mute(mute))

    def close(self) -> None:
        """End every connection, and listen no more."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, action: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self._refusing:
                raise ConnectionRefusedError
            onward = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, onward[1], self._mute)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pass(reader, onward[1], lambda: False, paced=True),
                self._pass(onward[0], writer, lambda: pair.mute),
            )
        finally:
            self._pairs.discard(pair)
            pair.abort()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        mute: Callable[[], bool],
        paced: bool = False,
    ) -> None:
        try:
            while data := await reader.read(_CHUNK_BYTES):
                await self._passing.wait()
                if not mute():
                    writer.write(data)
                    await writer.drain()
                    if paced:
                        await asyncio.sleep(len(data) * self._seconds_per_byte)
            await self._passing.wait()
            if not mute():
                writer.write_eof()
        except OSError:
            writer.transport.abort()

    async def _cut(self) -> None:
        for pair in self._pairs:
            pair.reset()

    async def _blackhole(self, silent: bool) -> None:
        if silent:
            self._passing.clear()
        else:
            self._passing.set()

    async def _set_mute(self, mute: bool) -> None:
        self._mute = mute
        if mute:
            for pair in self._pairs:
                pair.mute = True

    async def _close(self) -> None:
        self._server.close()
        self._passing.set()
        give_up_s = self._loop.time() + 5.0
        # Again and again: who connected a moment ago is served, and has ends, only soon.
        while (tasks := asyncio.all_tasks() - {asyncio.current_task()}) and self._loop.time() < give_up_s:
            for pair in tuple(self._pairs):
                pair.abort()
            await asyncio.wait(tasks, timeout=0.1)
        # An aborted transport closes its socket in the loop's next turn.
        await asyncio.sleep(0)
        await asyncio.sleep(0)


class _Pair:
    """A connection's two ends."""

    def __init__(self, client: asyncio.StreamWriter, target: asyncio.StreamWriter, mute: bool) -> None:
        self._ends = (client, target)
        self.mute = mute

    def reset(self) -> None:
        for end in self._ends:
            connection = end.get_extra_info("socket")
            if connection is not None and not end.transport.is_closing():
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.abort()

    def abort(self) -> None:
        for end in self._ends:
            end.transport.abort()


async def _made(make: Callable[[], _T]) -> _T:
    """Make something that belongs to the loop that runs this."""
    return make()
