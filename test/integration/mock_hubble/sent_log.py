"""What was handed to clients: the truth that tests and measurements compare with."""

from __future__ import annotations

import pathlib
import threading
import time
from typing import TextIO

_FLUSH_SECONDS = 1.0


class SentLog:
    """Counts, and as asked remembers, each flow at the moment it is handed to gRPC for sending: a flow that a cut
    stream was sending then may be in here and never have arrived.

    A file gets one line `UUID UNIX_TIME_NS` a flow, written out at least each second.
    """

    def __init__(self, path: pathlib.Path | None = None, remember: bool = True) -> None:
        self.count = 0
        self.uuids: list[str] = []
        self._remember = remember
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._closed = threading.Event()
        self._file: TextIO | None = path.open("w", encoding="ascii") if path else None
        self._unwritten: list[tuple[str, int]] = []
        if self._file:
            threading.Thread(target=self._flush_often, name="sent-log", daemon=True).start()

    def record(self, uuid: str) -> None:
        with self._lock:
            self.count += 1
            if self._remember:
                self.uuids.append(uuid)
            if self._file:
                self._unwritten.append((uuid or "-", time.time_ns()))

    def flush(self) -> None:
        with self._lock:
            unwritten, self._unwritten = self._unwritten, []
        with self._writing:
            if self._file and unwritten:
                self._file.writelines(f"{uuid} {time_ns}\n" for uuid, time_ns in unwritten)
                self._file.flush()

    def close(self) -> None:
        self._closed.set()
        self.flush()
        with self._lock, self._writing:
            if self._file:
                self._file.close()
                self._file = None

    def _flush_often(self) -> None:
        while not self._closed.wait(_FLUSH_SECONDS):
            self.flush()
