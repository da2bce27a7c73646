"""Parts of a stack that are one child process each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from stack import ports
from stack.process import Child


class Part:
    """What is said to and asked of the process, whatever it runs."""

    def __init__(self, child: Child) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child.running

    @property
    def log(self) -> Path:
        return self._child.log

    def launch(self) -> None:
        """Start and return at once. Raises StackError."""
        self._child.launch()

    def check(self) -> None:
        """Raise PartDied unless it runs."""
        self._child.check()

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        self._child.kill()


class ListeningPart(Part, ABC):
    """A part that is of use once it listens."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether it answers."""

    def start(self, timeout_seconds: float = 20.0) -> None:
        """Start and wait until it is ready. Raises StackError."""
        self.launch()
        self.wait_ready(timeout_seconds)

    def wait_ready(self, timeout_seconds: float = 20.0) -> None:
        """Return once `ready()`. Raises PartDied or NotReady."""
        ports.wait_until(self.ready, alive=self.check, what=self._child.name, timeout_seconds=timeout_seconds)
