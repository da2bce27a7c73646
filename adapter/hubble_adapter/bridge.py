"""Runs the adapter: starts what carries the flows, applies a changed configuration, drains what is left at the end."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hubble_adapter.config.settings import Settings
from hubble_adapter.errors import AdapterError, ConfigError
from hubble_adapter.lane import Lane
from hubble_adapter.ledger import Drop
from hubble_adapter.log import Log, set_level
from hubble_adapter.losses import Losses
from hubble_adapter.position import Past, Position
from hubble_adapter.report import past
from hubble_adapter.status import Status
from hubble_adapter.supervisor import Supervisor
from hubble_adapter.team import Team
from hubble_adapter.web import Web

__all__ = ["Bridge"]

_TURN_S = 1.0
# How often the first position is looked for.
_FIRST_POSITION_S = 0.1

_log = Log("bridge")


class Bridge:
    """Hubble's flows to one exchange: by one lane in this process, or by a team of workers with one each.

    Make it before there are threads.
    """

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._position = Position(Path(settings.state_directory)) if settings.state_directory else None
        self._losses = losses = Losses(tuple(reason.value for reason in Drop))
        earlier = self._position.load() if self._position else Past()

        def document() -> dict[str, object]:
            return self.status.document()

        def told(document: dict[str, object]) -> None:
            self.status.confirmed(document)

        self.carrier: Lane | Team
        if settings.workers > 1:
            self.carrier = Team(settings, losses, earlier, document, told)
        else:
            self.carrier = Lane(settings, losses, earlier, status=document, told=told)
        self.status = Status(f"{socket.gethostname()}-{os.getpid()}", settings, self.carrier.report, losses)

    def run(self, stop: threading.Event, reload: threading.Event, load: Callable[[], Settings]) -> None:
        """Run until `stop` is set, then drain; apply what `load` gives whenever `reload` is set.

        Raises AdapterError where the metrics cannot be served, or where one of the two threads ended by itself, which
        is a fault of ours.
        """
        web = None
        if self._settings.http_listen:
            web = Web(self._settings.http_listen, self.status.document, self.carrier.report)
            _log.info("serving", metrics=f"http://{web.address}/metrics")
        self.carrier.start()
        self._supervisor.ready()
        while not self._wait(stop):
            if failure := self.carrier.failure():
                raise AdapterError(failure)
            self.carrier.tick()
            report = self.carrier.report()
            self.status.turn(report)
            self._save_position()
            self._supervisor.status(self.status.line(report))
            if report.turning:
                self._supervisor.alive()
            if reload.is_set():
                reload.clear()
                self._reload(load)
        self._supervisor.stopping()
        self._drain()
        if web:
            web.stop()

    def _wait(self, stop: threading.Event) -> bool:
        """Wait for a second; return whether to stop. The first position is saved as soon as there is one: a run that is
        killed soon after its start shall not have been for nothing.
        """
        turn_s = time.monotonic() + _TURN_S
        while self._position and not self._position.is_there and time.monotonic() < turn_s:
            self._save_position()
            if stop.wait(_FIRST_POSITION_S):
                return True
        return stop.wait(max(0.0, turn_s - time.monotonic()))

    def _reload(self, load: Callable[[], Settings]) -> None:
        """Apply a changed configuration; keep the one that is in force where the new one has any problem."""
        self._supervisor.reloading()
        try:
            settings = load()
        except ConfigError as error:
            for problem in error.problems:
                _log.error("reload_refused", problem=str(problem))
            self.status.last_reload_successful = False
        else:
            self._apply(settings)
            self.status.last_reload_successful = True
        self._supervisor.ready()

    def _apply(self, new: Settings) -> None:
        old, self._settings = self._settings, new
        restart = [
            name
            for name in ("http_listen", "state_directory", "cluster", "reconnect_max_seconds", "workers")
            if getattr(old, name) != getattr(new, name)
        ]
        if restart:
            _log.warning("needs_restart", settings=",".join(restart))
        self.status.use(new)
        set_level(new.log_level)
        hubble_anew, broker_anew = self.carrier.use(new)
        _log.info("reloaded", hubble_anew=hubble_anew, broker_anew=broker_anew)

    def _save_position(self) -> None:
        if self._position and (reached := self.carrier.reached()):
            new = past(reached, self._losses.untold_ns(), time.time_ns())
            if new.position_ns:
                self._position.save(new)

    def _drain(self) -> None:
        """Read no more; have the broker confirm what is held; count what remains."""
        given_up = self.carrier.stop()
        self._save_position()
        ledger = self.carrier.report().ledger
        tell = _log.warning if given_up else _log.info
        tell(
            "stopped",
            received=ledger.received,
            confirmed=ledger.confirmed,
            filtered=ledger.filtered,
            duplicates=ledger.duplicates,
            dropped=sum(ledger.dropped.values()),
            given_up_at_stop=given_up,
        )
