"""Where schedules are played side by side: one broker for many, and one for those whose faults hit all its users."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from stack.broker import PrivateBroker
from tests.oracle.collector import ADAPTER, TESTER, prepare
from tests.oracle.schedule import Schedule
from tests.oracle.trial import Outcome, play

__all__ = ["Arena"]

# Each keeps about a tenth of a core busy; more of them would only make each other late.
_SIDE_BY_SIDE = 4


class Arena:
    """Plays schedules on threads of its own, those that need the broker for themselves one after the other.

    Use it as a context manager. Every trial has its folder under `folder`, named by its seed.
    """

    def __init__(self, folder: Path) -> None:
        # It tells of every log-in that fails while a broker is away, which is what these trials are about.
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
        self._folder = folder
        self._shared = _Lane(folder / "shared", _SIDE_BY_SIDE)
        self._own = _Lane(folder / "own", 1)

    def __enter__(self) -> Arena:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        for lane in (self._shared, self._own):
            lane.close(wait=kind is None)

    def play(self, plan: Schedule) -> Future[Outcome]:
        """Play it when its turn comes."""
        folder = self._folder / f"seed-{plan.seed}"
        folder.mkdir()
        return (self._own if plan.own_broker else self._shared).play(plan, folder)


class _Lane:
    """A broker, booted when it is first needed, and the threads whose trials use it.

    The threads live as long as the broker, which ends with the thread that started it (stack.process).
    """

    def __init__(self, folder: Path, threads: int) -> None:
        self._broker = PrivateBroker(folder, (ADAPTER, TESTER))
        self._booting = threading.Lock()
        self._booted = False
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=folder.name)

    def play(self, plan: Schedule, folder: Path) -> Future[Outcome]:
        return self._pool.submit(self._play, plan, folder)

    def close(self, *, wait: bool) -> None:
        self._pool.shutdown(wait=wait, cancel_futures=not wait)
        self._broker.stop()

    def _play(self, plan: Schedule, folder: Path) -> Outcome:
        with self._booting:
            if not self._booted:
                self._broker.start()
                prepare(self._broker)
                self._booted = True
        return play(plan, self._broker, folder)
