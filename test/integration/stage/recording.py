"""A viewer that collects the flows that arrive while something happens, and tells afterwards which are missing."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from stage.relay import Relay
from stage.viewer import Viewer

# What the mock noted as sent may still be on its way through adapter, broker and nginx, or wait for a retry.
_ARRIVE_SECONDS = 30.0
_SETTLE_SECONDS = 3.0
_SLICE_SECONDS = 0.5


class Recording:
    """`with Recording(viewer, relay) as recording: …`, then `recording.missing()`."""

    def __init__(self, viewer: Viewer, relay: Relay) -> None:
        self._viewer = viewer
        self._relay = relay
        self._seen: set[str] = set()
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._collect, name="recording", daemon=True)
        self._began = self._ended = 0.0

    def __enter__(self) -> Recording:
        self._viewer.subscribe()
        self._thread.start()
        time.sleep(_SETTLE_SECONDS)
        self._began = time.time()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended = time.time()
        deadline = time.monotonic() + (_ARRIVE_SECONDS if kind is None else 0.0)
        while self._error is None and not self._complete() and time.monotonic() < deadline:
            time.sleep(_SLICE_SECONDS)
        self._stop.set()
        self._thread.join(10.0)

    def missing(self) -> tuple[int, set[str]]:
        """How many flows were sent meanwhile, and the uuids of those that did not arrive. Raises the viewer's error."""
        if self._error is not None:
            raise self._error
        return self._absent()

    def _complete(self) -> bool:
        # The mock writes its notes down once a second, in the order of sending.
        return bool(self._relay.sent(self._ended)) and not self._absent()[1]

    def _absent(self) -> tuple[int, set[str]]:
        sent = self._relay.sent(self._began, self._ended)
        return len(sent), sent - set(self._seen)

    def _collect(self) -> None:
        try:
            while not self._stop.is_set():
                self._seen.update(flow["uuid"] for flow in self._viewer.flows(_SLICE_SECONDS))
        except BaseException as error:  # told by `missing`
            self._error = error
