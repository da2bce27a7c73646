"""Builds the parts, runs them, applies a changed configuration, and drains what is on the way at the end."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hubble_adapter.backoff import Backoff
from hubble_adapter.config.settings import Settings
from hubble_adapter.errors import AdapterError, ConfigError
from hubble_adapter.hubble import HubbleStream
from hubble_adapter.intake import Intake
from hubble_adapter.ledger import Drop
from hubble_adapter.log import Log, set_level
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Limits, Outbox
from hubble_adapter.position import Past, Position
from hubble_adapter.rabbitmq import Publisher
from hubble_adapter.slim import Kept, Slimmer
from hubble_adapter.status import Status
from hubble_adapter.supervisor import Supervisor
from hubble_adapter.web import Web

__all__ = ["Bridge"]

# A loop that has not turned for so long hangs: systemd's watchdog then ends the adapter, and /livez says no.
_STUCK_S = 10.0

_log = Log("bridge")


class Bridge:
    """One Hubble stream to one exchange."""

    def __init__(self, settings: Settings, supervisor: Supervisor) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._certificates = _certificates(settings)
        self._position = Position(Path(settings.state_directory)) if settings.state_directory else None
        self._losses = losses = Losses(tuple(reason.value for reason in Drop))
        nodes = Nodes()
        self.outbox = Outbox(_limits(settings), losses, new_epoch=lambda: secrets.token_hex(8))
        self._slimmer = Slimmer(_kept(settings), settings.cluster)
        self._intake = Intake(
            self._slimmer,
            self.outbox,
            losses,
            nodes,
            *_wanted(settings),
            self._position.load() if self._position else Past(),
        )
        filters = settings.filters
        cap_s = settings.reconnect_max_seconds
        self.hubble = HubbleStream(
            settings.hubble,
            filters.whitelist(),
            filters.blacklist(),
            self._intake,
            Backoff(cap_s=cap_s),
            lambda: self.publisher.next_turn(),
        )
        self.publisher = Publisher(
            settings.rabbitmq,
            self.outbox,
            settings.cluster,
            lambda: self.status.document(),
            lambda document: self.status.confirmed(document),
            Backoff(cap_s=cap_s),
        )
        adapter_id = f"{socket.gethostname()}-{os.getpid()}"
        self.status = Status(
            adapter_id, settings, self.outbox, losses, nodes, self.hubble.document, self.publisher.document
        )
        self._stuck_in = (0, time.monotonic())

    def run(self, stop: threading.Event, reload: threading.Event, load: Callable[[], Settings]) -> None:
        """Run until `stop` is set, then drain; apply what `load` gives whenever `reload` is set.

        Raises AdapterError where the metrics cannot be served, or where one of the two threads ended by itself, which
        is a fault of ours.
        """
        web = None
        if self._settings.http_listen:
            web = Web(self._settings.http_listen, self.status.document, self.outbox.confirm_times, self.turning)
            _log.info("serving", metrics=f"http://{web.address}/metrics")
        self.publisher.start()
        self.hubble.start()
        self._supervisor.ready()
        while not stop.wait(1.0):
            if not self.hubble.alive() or not self.publisher.alive():
                raise AdapterError("a thread ended by itself; its error stands above")
            self.status.turn()
            self.hubble.tick()
            self._save_position()
            self._supervisor.status(self.status.line())
            if self.turning():
                self._supervisor.alive()
            if reload.is_set():
                reload.clear()
                self._reload(load)
        self._supervisor.stopping()
        self._drain()
        if web:
            web.stop()

    def turning(self) -> bool:
        """Tell whether both threads go on with their work, waiting for a peer included."""
        now_s = time.monotonic()
        busy, taken = self.hubble.progress()
        if not busy or taken != self._stuck_in[0]:
            self._stuck_in = (taken, now_s)
        return now_s - self._stuck_in[1] < _STUCK_S and now_s - self.publisher.turned_s() < _STUCK_S

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
        certificates, self._certificates = self._certificates, _certificates(new)
        restart = [
            name
            for name in ("http_listen", "state_directory", "cluster", "reconnect_max_seconds")
            if getattr(old, name) != getattr(new, name)
        ]
        if restart:
            _log.warning("needs_restart", settings=",".join(restart))
        self.outbox.limits = _limits(new)
        if old.flows != new.flows:
            self._slimmer.keep(_kept(new))
        self._intake.want(*_wanted(new))
        self.status.use(new)
        set_level(new.log_level)
        hubble_changed = (old.hubble, old.filters, certificates[0]) != (new.hubble, new.filters, self._certificates[0])
        if hubble_changed:
            self.hubble.use(new.hubble, new.filters.whitelist(), new.filters.blacklist())
        broker_changed = (old.rabbitmq, certificates[1]) != (new.rabbitmq, self._certificates[1])
        if broker_changed:
            self.publisher.use(new.rabbitmq)
        _log.info("reloaded", hubble_anew=hubble_changed, broker_anew=broker_changed)

    def _save_position(self) -> None:
        if self._position and (confirmed_ns := self.outbox.position_ns()):
            position_ns = min(filter(None, (confirmed_ns, self._intake.frontier_ns(), self._losses.untold_ns())))
            self._position.save(Past(position_ns, self._intake.continuity.newest_by_node()))

    def _drain(self) -> None:
        """Read no more; have the broker confirm what is held, within drain_timeout_seconds; count what remains."""
        give_up_s = time.monotonic() + self._settings.drain_timeout_seconds
        self.hubble.stop()
        self.outbox.flush()
        while not self.outbox.empty() and time.monotonic() < give_up_s:
            time.sleep(0.02)
        self.publisher.stop()
        self._save_position()
        abandoned = self.outbox.abandon()
        ledger, _, _ = self.outbox.snapshot()
        tell = _log.warning if abandoned else _log.info
        tell(
            "stopped",
            received=ledger.received,
            confirmed=ledger.confirmed,
            filtered=ledger.filtered,
            duplicates=ledger.duplicates,
            dropped=sum(ledger.dropped.values()),
            given_up_at_stop=abandoned,
        )


def _limits(settings: Settings) -> Limits:
    batching = settings.batching
    return Limits(batching.max_flows, batching.max_delay_ms / 1_000, settings.buffer_max_bytes)


def _kept(settings: Settings) -> Kept:
    return Kept(frozenset(settings.flows.labels), frozenset(settings.flows.http_headers))


def _wanted(settings: Settings) -> tuple[frozenset[int], frozenset[str], int]:
    filters = settings.filters
    return (frozenset(filters.verdicts), frozenset(filters.excluded_namespaces), settings.flows.max_flow_bytes)


def _certificates(settings: Settings) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return what the TLS files of both sides hold, so that a reload finds renewed ones under their old names."""
    hubble, rabbitmq = [tls.contents() if tls else () for tls in (settings.hubble.tls, settings.rabbitmq.tls)]
    return hubble, rabbitmq
