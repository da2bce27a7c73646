"""The state of one of the two connections, as the operator sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from hubble_adapter.log import Log

__all__ = ["Link", "State"]


class State(str, Enum):
    """Where a connection stands."""

    CONNECTING = "connecting"
    STREAMING = "streaming"  # Hubble's side: the stream is up
    READY = "ready"  # the broker's side: batches are taken
    BLOCKED = "blocked"  # the broker's side: an alarm there, nothing is taken
    WAITING = "waiting"  # until the next try
    STOPPED = "stopped"


# What may follow what. Anything else is a fault of ours and raises.
_TRANSITIONS = {
    State.CONNECTING: {State.STREAMING, State.READY, State.WAITING, State.STOPPED},
    State.STREAMING: {State.WAITING, State.STOPPED},
    State.READY: {State.BLOCKED, State.WAITING, State.STOPPED},
    State.BLOCKED: {State.READY, State.WAITING, State.STOPPED},
    State.WAITING: {State.CONNECTING, State.STOPPED},
    State.STOPPED: set[State](),
}


class Link:
    """A connection's state, since when, and the last thing that went wrong. One thread moves it, any may read.

    name: `hubble` or `broker`; address: where it leads, as the operator configured it.
    """

    def __init__(self, name: str, address: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.address = address
        self.state = State.CONNECTING
        self.error = ""
        self._clock = clock
        self._since_s = clock()
        self._tries = 1
        self._log = Log(name)

    def move(self, state: State, **fields: object) -> None:
        """Change to `state`, with one log line that says so and carries `fields`.

        While one try after the other fails, the first one is news; `fail` goes on telling why.
        """
        if state is self.state:
            return
        if state not in _TRANSITIONS[self.state]:
            raise AssertionError(f"no way from {self.state.value} to {state.value}")
        self.state = state
        self._since_s = self._clock()
        trying = state in (State.CONNECTING, State.WAITING)
        tell = self._log.debug if trying and self._tries > 1 else self._log.info
        self._tries = self._tries + (state is State.CONNECTING) if trying else 0
        tell(state.value, address=self.address, **fields)

    def fail(self, error: str) -> None:
        """Note what went wrong, in words, and log it. It stays until the link is up again."""
        self.error = error[:500]
        self._log.warning("failed", address=self.address, error=error)

    def recovered(self) -> None:
        self.error = ""

    def document(self) -> dict[str, object]:
        """Return the link as the status message has it."""
        return {
            "address": self.address,
            "state": self.state.value,
            "state_seconds": round(self._clock() - self._since_s, 1),
            "error": self.error,
        }
