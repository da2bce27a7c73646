"""A worker: one lane in a process of its own, which does as the adapter tells it over a pipe (team.py).

Nothing but the end of the pipe ends it without a word: signals are the adapter's, systemd sends them to all.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from hubble_adapter.config.settings import Settings
from hubble_adapter.lane import Lane
from hubble_adapter.log import Log, name_process, set_level
from hubble_adapter.losses import Losses
from hubble_adapter.position import Past
from hubble_adapter.report import Reached, Report
from hubble_adapter.share import Share

__all__ = ["Begin", "News", "Stop", "Use", "work"]

_NEWS_INTERVAL_S = 1.0
# Until its stream has begun, where no run was before: the first position waits for that news.
_FIRST_NEWS_INTERVAL_S = 0.1

_log = Log("worker")


@dataclass(frozen=True, slots=True)
class Begin:
    """Start the lane, see there."""

    settings: Settings
    epoch: str
    share: Share
    past: Past


@dataclass(frozen=True, slots=True)
class Use:
    """Apply changed settings."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the lane, tell the last news, and end."""


@dataclass(frozen=True, slots=True)
class News:
    """How the lane does, once a second.

    losses: what was lost since the last news; all that `reached` leaves behind is told in these or was before.
    given_up: in the last news, how many flows were given up at the stop; else None.
    """

    report: Report
    reached: list[Reached]
    losses: list[tuple[str, str, int | None, int, int, int]]
    given_up: int | None = None


def work(number: int, pipe: Connection, adapters_ends: list[Connection]) -> None:
    """Be worker `number`. To be called in a process that was forked for it.

    adapters_ends: ends of pipes that the fork left open here; while one is open, its worker cannot see that the adapter
        is gone.
    """
    for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)
    for end in adapters_ends:
        end.close()
    name_process(f"worker-{number}")
    begin = _next(pipe)
    if isinstance(begin, Begin):
        set_level(begin.settings.log_level)
        _carry(begin, pipe)


def _carry(begin: Begin, pipe: Connection) -> None:
    losses = Losses(())  # handed over, not told from here
    lane = Lane(begin.settings, losses, begin.past, begin.share, begin.epoch)
    lane.start()
    next_news_s = time.monotonic()
    while not lane.failure():
        if not pipe.poll(max(0.0, next_news_s - time.monotonic())):
            now_s = time.monotonic()
            lane.tick()
            begun = _tell(pipe, lane, losses) or begin.past.position_ns
            next_news_s = now_s + (_NEWS_INTERVAL_S if begun else _FIRST_NEWS_INTERVAL_S)
            continue
        command = _next(pipe)
        if isinstance(command, Stop):
            _tell(pipe, lane, losses, lane.stop())
            return
        if isinstance(command, Use):
            set_level(command.settings.log_level)
            hubble_anew, broker_anew = lane.use(command.settings)
            _log.info("reloaded", hubble_anew=hubble_anew, broker_anew=broker_anew)


def _next(pipe: Connection) -> Begin | Use | Stop:
    """Return the next command: to stop, where the adapter is gone."""
    try:
        command: Begin | Use | Stop = pipe.recv()
    except (EOFError, OSError):
        return Stop()
    return command


def _tell(pipe: Connection, lane: Lane, losses: Losses, given_up: int | None = None) -> bool:
    """Send the news. Returns whether the lane's stream has begun."""
    reached, report = lane.reached(), lane.report()
    try:
        pipe.send(News(report, reached, losses.hand_over(), given_up))
    except OSError:
        pass  # the adapter is gone; the next command says so
    return all(one.read_ns for one in reached)
