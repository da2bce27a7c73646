"""The thread that plays a replay into the nodes' rings."""

from __future__ import annotations

import threading
import time

from mock_hubble.replay import Replay

_SHORTEST_TICK_SECONDS = 0.005  # a batch of 50 flows at 10,000/s: readers wake for batches
_LONGEST_TICK_SECONDS = 0.1


class Player:
    """Plays until `stop`, or to the replay's end; readers are told through `changed`."""

    def __init__(self, replay: Replay, changed: threading.Condition) -> None:
        self._replay = replay
        self._changed = changed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._play, name="replay", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def wait(self, timeout_seconds: float) -> bool:
        """Until the replay's end; False when it is not there in time."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _play(self) -> None:
        tick_seconds = max(_SHORTEST_TICK_SECONDS, min(self._replay.interval_ns / 1e9, _LONGEST_TICK_SECONDS))
        while not self._replay.done:
            events = self._replay.due(time.time_ns())
            if events:
                with self._changed:
                    for node, event in events:
                        if node.up:
                            node.append(event)
                    self._changed.notify_all()
            if self._stopped.wait(tick_seconds):
                return
