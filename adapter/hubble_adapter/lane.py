"""A lane: flows from one Hubble stream to one exchange, and the threads that take them there."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from hubble_adapter.backoff import Backoff
from hubble_adapter.batch import Limits
from hubble_adapter.config.settings import Settings
from hubble_adapter.hubble import HubbleStream
from hubble_adapter.intake import Intake
from hubble_adapter.link import State
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.position import Past
from hubble_adapter.rabbitmq import Publisher
from hubble_adapter.report import Reached, Report
from hubble_adapter.share import EVERYTHING, Share
from hubble_adapter.slim import Kept, Slimmer
from hubble_adapter.wire.flow_pb2 import FlowFilter

__all__ = ["STUCK_S", "Lane"]

# A loop that has not turned for so long hangs: systemd's watchdog then ends the adapter, and /livez says no.
STUCK_S = 10.0


class Lane:
    """Reads one share of the nodes and publishes their flows.

    losses: told of all that is lost here. past: how far an earlier run came.
    epoch: what the names of its epochs begin with.
    status, told: see Publisher.
    """

    def __init__(
        self,
        settings: Settings,
        losses: Losses,
        past: Past,
        share: Share = EVERYTHING,
        epoch: str = "",
        status: Callable[[], dict[str, object]] | None = None,
        told: Callable[[dict[str, object]], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._share = share
        self._nodes = Nodes()
        self._outbox = Outbox(_limits(settings), losses, new_epoch=lambda: epoch + secrets.token_hex(8))
        self._slimmer = Slimmer(_kept(settings), settings.cluster)
        self._intake = Intake(
            self._slimmer, self._outbox, losses, self._nodes, *_wanted(settings), _of_share(past, share), share
        )
        cap_s = settings.reconnect_max_seconds
        self.hubble = HubbleStream(
            settings.hubble, *self._asked(settings), self._intake, Backoff(cap_s=cap_s), lambda: publisher.next_turn()
        )
        self.publisher = publisher = Publisher(
            settings.rabbitmq, self._outbox, settings.cluster, Backoff(cap_s=cap_s), status, told
        )
        self._stuck_in = (0, time.monotonic())
        self._reached_at_stop: Reached | None = None

    def start(self) -> None:
        self.publisher.start()
        self.hubble.start()

    def failure(self) -> str:
        """Return why this cannot go on; empty as long as both threads run."""
        good = self.hubble.alive() and self.publisher.alive()
        return "" if good else "a thread ended by itself; its error stands above"

    def tick(self) -> None:
        """To be called once a second."""
        self.hubble.tick()

    def report(self) -> Report:
        """Return how it does. Any thread."""
        ledger, held_bytes, newest_ns = self._outbox.snapshot()
        return Report(
            self._outbox.epoch,
            self.hubble.document(),
            self.publisher.document(),
            self._nodes.document(),
            ledger,
            held_bytes,
            newest_ns,
            self._outbox.confirm_times(),
            self._turning(),
        )

    def reached(self) -> list[Reached]:
        """Return how far it has come."""
        if self._reached_at_stop is not None:
            return [self._reached_at_stop]
        # In this order: what comes in meanwhile is held, or newer than all this.
        _, _, newest_ns = self._outbox.snapshot()
        held_ns = self._outbox.held_ns()
        continuity = self._intake.continuity
        read_ns = continuity.latest_ns(self._intake.newest_ns)
        streaming = self.hubble.link.state is State.STREAMING
        return [Reached(newest_ns, held_ns, read_ns, continuity.newest_by_node(), streaming)]

    def use(self, settings: Settings) -> tuple[bool, bool]:
        """Apply changed settings. Returns whether the connection to Hubble is made anew, and that to the broker."""
        old, self._settings = self._settings, settings
        self._outbox.limits = _limits(settings)
        if old.flows != settings.flows:
            self._slimmer.keep(_kept(settings))
        self._intake.want(*_wanted(settings))
        return self.hubble.use(settings.hubble, *self._asked(settings)), self.publisher.use(settings.rabbitmq)

    def stop(self) -> int:
        """Read no more, have the broker confirm what is held within drain_timeout_seconds, give up what remains.

        Returns how many flows were given up.
        """
        give_up_s = time.monotonic() + self._settings.drain_timeout_seconds
        self.hubble.stop()
        self._outbox.flush()
        while not self._outbox.empty() and time.monotonic() < give_up_s:
            time.sleep(0.02)
        self.publisher.stop()
        (self._reached_at_stop,) = self.reached()
        return self._outbox.abandon()

    def _asked(self, settings: Settings) -> tuple[list[FlowFilter], list[FlowFilter]]:
        filters = settings.filters
        return self._share.whitelist(filters.whitelist()), self._share.blacklist(filters.blacklist())

    def _turning(self) -> bool:
        now_s = time.monotonic()
        busy, taken = self.hubble.progress()
        if not busy or taken != self._stuck_in[0]:
            self._stuck_in = (taken, now_s)
        return now_s - self._stuck_in[1] < STUCK_S and now_s - self.publisher.turned_s() < STUCK_S


def _limits(settings: Settings) -> Limits:
    batching = settings.batching
    return Limits(batching.max_flows, batching.max_delay_ms / 1_000, settings.buffer_max_bytes)


def _kept(settings: Settings) -> Kept:
    return Kept(frozenset(settings.flows.labels), frozenset(settings.flows.http_headers))


def _wanted(settings: Settings) -> tuple[frozenset[int], frozenset[str], int]:
    filters = settings.filters
    return (frozenset(filters.verdicts), frozenset(filters.excluded_namespaces), settings.flows.max_flow_bytes)


def _of_share(past: Past, share: Share) -> Past:
    return replace(past, newest_by_node={name: at for name, at in past.newest_by_node.items() if share.has(name)})
