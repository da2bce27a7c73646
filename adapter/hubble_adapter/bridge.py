"""Builds the parts, runs them until told to stop, and drains what is on the way."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time

from hubble_adapter.config.settings import Settings
from hubble_adapter.errors import AdapterError
from hubble_adapter.hubble import HubbleStream
from hubble_adapter.intake import Intake
from hubble_adapter.ledger import Drop
from hubble_adapter.log import Log
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Limits, Outbox
from hubble_adapter.rabbitmq import Publisher
from hubble_adapter.slim import Kept, Slimmer
from hubble_adapter.status import Status

__all__ = ["Bridge"]

_log = Log("bridge")


class Bridge:
    """One Hubble stream to one exchange."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        losses = Losses(tuple(reason.value for reason in Drop))
        nodes = Nodes()
        limits = Limits(settings.batching.max_flows, settings.batching.max_delay_ms / 1_000, settings.buffer_max_bytes)
        self.outbox = Outbox(limits, losses, new_epoch=lambda: secrets.token_hex(8))
        intake = Intake(
            Slimmer(Kept(frozenset(settings.flows.labels), frozenset(settings.flows.http_headers)), settings.cluster),
            self.outbox,
            losses,
            nodes,
            frozenset(settings.filters.verdicts),
            frozenset(settings.filters.excluded_namespaces),
            settings.flows.max_flow_bytes,
        )
        self.hubble = HubbleStream(settings.hubble, settings.filters.whitelist(), settings.filters.blacklist(), intake)
        status = Status(f"{socket.gethostname()}-{os.getpid()}", settings, self.outbox, losses, nodes, self.hubble)
        self.publisher = Publisher(settings.rabbitmq, self.outbox, settings.cluster, status.document)
        status.broker = self.publisher.link

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set, then drain.

        Raises AdapterError where one of the two threads ended by itself, which is a fault of ours.
        """
        self.publisher.start()
        self.hubble.start()
        while not stop.wait(0.5):
            if not self.hubble.alive() or not self.publisher.alive():
                raise AdapterError("a thread ended by itself; its error stands above")
        self._drain()

    def _drain(self) -> None:
        """Read no more; have the broker confirm what is held, within drain_timeout_seconds; count what remains."""
        give_up_s = time.monotonic() + self._settings.drain_timeout_seconds
        self.hubble.stop()
        self.outbox.flush()
        while not self.outbox.empty() and time.monotonic() < give_up_s:
            time.sleep(0.02)
        self.publisher.stop()
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
