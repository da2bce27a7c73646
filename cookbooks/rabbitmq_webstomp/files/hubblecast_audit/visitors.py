"""Where a viewer comes from: nginx tells it as it lets a WebSocket pass, since the broker sees nginx alone.

nginx connects to the broker from an address of 127.0.0.0/8 that it makes of the number of the client's connection, and
tells here which client that is, before the broker hears of it. The broker names that address in its events.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

__all__ = ["Visitors"]

# nginx's syslog line: <PRIORITY>TIME TAG: LOOPBACK-ADDRESS CLIENT-ADDRESS
_TOLD = re.compile(r": (127(?:\.\d{1,3}){3}) ([0-9a-fA-F.:]{2,45})$")
_DATAGRAM_BYTES = 1024
_REMEMBERED = 20_000
# Longer than a page takes from the WebSocket to its log-in.
_WAITING_SECONDS = 10.0


class Visitors:
    """The clients by the loopback address that stands for each. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._addresses: OrderedDict[str, str] = OrderedDict()
        # When those came who have not logged in yet.
        self._waiting: dict[str, float] = {}

    def told(self, datagram: bytes) -> None:
        """Take what nginx said; anything else is left alone."""
        found = _TOLD.search(datagram.decode("utf-8", "replace").rstrip("\0\n"))
        if not found:
            return
        loopback, address = found.groups()
        with self._lock:
            self._addresses[loopback] = address
            self._addresses.move_to_end(loopback)
            self._waiting[loopback] = self._clock()
            if len(self._addresses) > _REMEMBERED:
                oldest, _ = self._addresses.popitem(last=False)
                self._waiting.pop(oldest, None)

    def address(self, peer: str) -> str:
        """The client behind a peer of the broker: itself, unless nginx told otherwise."""
        with self._lock:
            return self._addresses.get(peer, peer)

    def logged_in(self, peer: str) -> None:
        with self._lock:
            self._waiting.pop(peer, None)

    def waiting(self) -> list[str]:
        """The clients who opened a WebSocket a moment ago and have not logged in."""
        with self._lock:
            since = self._clock() - _WAITING_SECONDS
            self._waiting = {peer: came for peer, came in self._waiting.items() if came >= since}
            return sorted({self._addresses[peer] for peer in self._waiting})

    def state(self) -> dict[str, str]:
        """For `recall` of the next run."""
        with self._lock:
            return dict(self._addresses)

    def recall(self, state: dict[str, str]) -> None:
        with self._lock:
            self._addresses = OrderedDict({**state, **self._addresses})

    def listen(self, path: Path, group: str | None) -> None:
        """Take datagrams at `path`, which this user and `group` may write to. Raises OSError, or LookupError."""
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        mask = os.umask(0o117)
        try:
            listener.bind(str(path))
        finally:
            os.umask(mask)
        if group is not None:
            shutil.chown(path, group=group)
        threading.Thread(target=self._take, args=(listener,), name="visitors", daemon=True).start()

    def _take(self, listener: socket.socket) -> None:
        while True:
            self.told(listener.recv(_DATAGRAM_BYTES))
