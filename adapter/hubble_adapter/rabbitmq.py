"""Confirmed publishing: send within a window, watch each batch's deadline, try again.

One thread owns the connection and its I/O loop. Batches are taken from the outbox as the window allows and are
confirmed, or given back to the outbox when the broker refuses them or the connection is lost. Nothing here ever
blocks the thread that reads from Hubble.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pika
from pika.adapters.select_connection import IOLoop

from hubble_adapter.amqp import Connection
from hubble_adapter.backoff import Backoff
from hubble_adapter.batch import Batch
from hubble_adapter.config.settings import RabbitMQ, tls_contents
from hubble_adapter.link import Link
from hubble_adapter.log import Log
from hubble_adapter.outbox import Outbox
from hubble_adapter.pace import Pace
from hubble_adapter.session import Session
from hubble_adapter.window import Window

__all__ = ["Publisher"]

# Batches sent between two looks at what the broker answered.
_BATCHES_A_TURN = 256
_STATUS_INTERVAL_S = 1.0

_log = Log("broker")


class Publisher:
    """Publishes the outbox's batches, and the status once a second.

    cluster: first word of the status messages' routing key.
    status: gives the status document; None: somebody else tells it.
    told: called with one that the broker has confirmed.
    """

    def __init__(
        self,
        settings: RabbitMQ,
        outbox: Outbox,
        cluster: str,
        backoff: Backoff,
        status: Callable[[], dict[str, object]] | None = None,
        told: Callable[[dict[str, object]], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._asked = (settings, tls_contents(settings.tls))
        self._outbox = outbox
        self._status_key = f"{cluster}.adapter"
        self._status = status
        self._told = told
        self._status_sent: tuple[int, dict[str, object]] | None = None  # with its tag
        self._window = Window()
        self._pace = Pace()
        self._turn: object | None = None  # the timer of the next turn
        self._ticked_s = time.monotonic()
        self._loop = IOLoop()
        self._session = Session(
            settings,
            self._loop,
            backoff,
            waiting_flows=lambda: outbox.snapshot()[0].in_flight,
            ready=self._ready,
            lost=self._lost,
            confirmed=self._confirmed,
            refused=self._refused,
        )
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    @property
    def link(self) -> Link:
        return self._session.link

    def start(self) -> None:
        if not Connection.takes_frames:
            _log.warning("unknown_pika", version=pika.__version__, effect="each message takes more CPU")
        self._outbox.on_wake(self._wake)
        self._thread.start()

    def stop(self) -> None:
        """Send a last status and close; what is unconfirmed goes back to the outbox. Returns when it is done."""
        self._loop.add_callback_threadsafe(self._stop)
        self._thread.join(timeout=5.0)

    def use(self, settings: RabbitMQ) -> bool:
        """From now on publish there: what is unconfirmed is sent again over the new connection.

        Returns False, and does nothing, where all of it is as it was, what the TLS files hold included.
        """
        asked = (settings, tls_contents(settings.tls))
        if asked == self._asked:
            return False
        self._asked = asked
        self._loop.add_callback_threadsafe(lambda: self._use(settings))
        return True

    def document(self) -> dict[str, object]:
        """Return this side as the status message has it."""
        return self.link.document()

    def alive(self) -> bool:
        return self._thread.is_alive()

    def turned_s(self) -> float:
        """Return when the I/O loop last turned, on the monotonic clock; it does once a second."""
        return self._ticked_s

    def next_turn(self) -> tuple[float, float]:
        """Return when what the outbox holds is sent next, see Pace. Any thread."""
        return self._pace.next_turn

    def _wake(self) -> None:
        self._loop.add_callback_threadsafe(self._turn_soon)

    # All below runs in the publisher's own thread.

    def _run(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._session.connect()
        self._loop.start()
        self._session.stopped()
        self._loop.close()

    def _use(self, settings: RabbitMQ) -> None:
        self._settings = settings
        self._session.use(settings)

    def _stop(self) -> None:
        if self._session.open:
            self._publish_status()
        self._session.stop()

    def _ready(self) -> None:
        self._window.taken_up(time.monotonic())
        self._turn_soon()

    def _turn_soon(self, in_s: float = 0.0) -> None:
        """Have the next turn in `in_s` seconds, but no sooner after the last one than their pause."""
        if self._turn is not None:
            self._loop.remove_timeout(self._turn)
        self._turn = self._loop.call_later(self._pace.plan(in_s), self._take_turn)

    def _take_turn(self) -> None:
        """Send what is due and fits the window, then see to it that the next turn comes when something is due again.

        Under load the turns follow each other at a fixed pause and nobody is woken; only after a turn with nothing to
        send does the outbox wake this thread.
        """
        self._turn = None
        session = self._session
        if not session.open:
            return
        now_s = self._pace.turn()
        exchange = self._settings.exchange_name
        frames: list[bytes] = []
        full = False
        for taken in range(_BATCHES_A_TURN):
            full = self._window.full()
            batch = None if full else self._outbox.take()
            if batch is None:
                break
            self._window.sent(now_s, batch)
            frames += session.publishing(exchange, batch.key.name, batch.body(), "flows")
        session.write(frames)
        self._pace.took(taken, full=full, max_delay_s=self._outbox.limits.max_delay_s)
        if full:
            return  # the next confirmation takes the next turn
        if batch is not None:
            self._turn = self._loop.call_later(0, self._take_turn)  # there is more
            return
        next_s = 0.0 if frames else self._outbox.next_due_s()
        if next_s is not None:
            self._turn_soon(next_s)

    def _confirmed(self, acks: list[tuple[int, bool]]) -> None:
        batches: list[Batch] = []
        for tag, multiple in acks:
            batches += self._window.settled(tag, multiple)
        self._outbox.confirm(batches)
        if self._turn is None:
            self._turn_soon()

    def _refused(self, tag: int, multiple: bool) -> None:
        batches = self._window.settled(tag, multiple)
        if batches:
            _log.warning("refused", batches=len(batches))
            self._outbox.give_back(batches, refused=True)
        if self._turn is None:
            self._turn_soon()

    def _lost(self) -> None:
        """Give everything unconfirmed back to the outbox."""
        self._status_sent = None
        self._outbox.give_back(self._window.begin())

    def _tick(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._ticked_s = time.monotonic()
        waited_s = self._window.waited_s(self._ticked_s)
        if self._session.open and waited_s > self._settings.confirm_timeout_seconds:
            self._session.hang_up(f"no confirmation in {waited_s:.0f} s")
        if self._session.open:
            if self._status_sent and self._window.passed(self._status_sent[0]):
                self._told(self._status_sent[1])
            self._publish_status()
            if self._turn is None:
                self._turn_soon()

    def _publish_status(self) -> None:
        if self._status is None:
            return
        document = self._status()
        body = json.dumps(document, separators=(",", ":")).encode()
        self._status_sent = (self._window.sent(self._pace.turn(), None), document)
        exchange = self._settings.status_exchange_name
        self._session.write(self._session.publishing(exchange, self._status_key, body, "status"))
