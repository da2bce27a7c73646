"""Confirmed publishing: connect, declare, send within a window, watch each batch's deadline, try again.

One thread owns the connection and its I/O loop. Batches are taken from the outbox as the window allows and are
confirmed, or given back to the outbox when the broker refuses them or the connection is lost. Nothing here ever
blocks the thread that reads from Hubble.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

from hubble_adapter.amqp import Connection, connection_parameters, in_words
from hubble_adapter.backoff import Backoff
from hubble_adapter.batch import Batch
from hubble_adapter.config.settings import RabbitMQ, tls_contents
from hubble_adapter.errors import BrokerError
from hubble_adapter.frames import encoded_properties, publishing
from hubble_adapter.link import Link, State
from hubble_adapter.log import Log
from hubble_adapter.outbox import Outbox

__all__ = ["Publisher"]

# What may be unconfirmed at a time: enough to keep the broker busy over a slow link, little enough that pika's own
# buffer, which has no bound, stays small, and that few batches are repeated when a connection is lost.
_WINDOW_MESSAGES = 512
_WINDOW_BYTES = 2 * 1024 * 1024
# Batches sent between two looks at what the broker answered.
_BATCHES_A_TURN = 256
# The shortest time from one turn to the next: batches grow in it, those of many keys share one write to the socket, and
# the reading thread need not wake this one. A turn finds due what the last one held back (`batch.max_delay_ms`): so
# much is between them and a little, but no more than an eye does not see.
_TURN_PAUSE_BESIDE_DELAY_S = 0.01
_MOST_TURN_PAUSE_S = 0.06
# Each turn wakes this thread twice and the reading one twice (rest.py), which costs more than so many batches. There is
# more time between such turns; the reading thread sees to it that this makes what it read wait no longer.
_FEW_BATCHES = 24
_FEW_PAUSE_S = 0.02
# The same where the window was full, lest the window be the limit of what can be sent.
_FULL_PAUSE_S = 0.01
_STATUS_INTERVAL_S = 1.0

_ACCESS_REFUSED = 403

_PROPERTIES = {kind: pika.BasicProperties(content_type="application/json", type=kind) for kind in ("flows", "status")}
_ENCODED_PROPERTIES = {kind: encoded_properties(properties) for kind, properties in _PROPERTIES.items()}

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
        self._brokers = itertools.cycle(settings.brokers)
        self._broker = settings.brokers[0]
        self.link = Link("broker", self._broker.address)
        self._settings = settings
        self._asked = (settings, tls_contents(settings.tls))
        self._outbox = outbox
        self._status_key = f"{cluster}.adapter"
        self._status = status
        self._told = told
        self._status_sent: tuple[int, dict[str, object]] | None = None  # with its tag
        self._loop = IOLoop()
        self._connection: Connection | None = None
        self._channel: Any = None  # pika has no types
        self._passive = False
        self._unconfirmed: deque[tuple[int, float, Batch | None]] = deque()  # None: a status message
        self._unconfirmed_bytes = 0
        self._tag = 0
        self._turn: object | None = None  # the timer of the next turn
        self._turned_s = 0.0
        self._pause_s = 0.0
        # Of late: the reading thread reckons with the pause, so that no single turn may change it.
        self._batches_a_turn = 0.0
        self._next_turn = (0.0, 0.0)
        self._retry: object | None = None  # the timer of the next try to connect
        self._tried_s = 0.0
        self._ticked_s = time.monotonic()
        self._failed_in_a_row = 0
        self._backoff = backoff
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

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
        """Return when what the outbox holds is sent next, on the monotonic clock, and the pause between two such turns,
        both in seconds. A moment that has passed says that none is planned. Any thread.
        """
        return self._next_turn

    def _wake(self) -> None:
        self._loop.add_callback_threadsafe(self._turn_soon)

    # The connection. All below runs in the publisher's own thread.

    def _run(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._connect()
        self._loop.start()
        self._lost()
        self._loop.close()
        self.link.move(State.STOPPED)

    def _connect_in(self, delay_s: float) -> None:
        if self._retry is not None:
            self._loop.remove_timeout(self._retry)
        self._retry = self._loop.call_later(delay_s, self._connect)

    def _connect(self) -> None:
        self._retry = None
        if self._stopping:
            return
        self._broker = next(self._brokers)
        self.link.address = self._broker.address
        self.link.move(State.CONNECTING)
        self._tried_s = time.monotonic()
        try:
            self._connection = Connection(
                connection_parameters(self._settings, self._broker),
                on_open_callback=self._opened,
                on_open_error_callback=self._closed,
                on_close_callback=self._closed,
                custom_ioloop=self._loop,
            )
        except BrokerError as error:
            self._failed(str(error))

    def _opened(self, connection: Connection) -> None:
        if connection is not self._connection:
            connection.close()  # it was given up, but pika cannot close what is not open
            return
        connection.add_on_connection_blocked_callback(self._blocked)
        connection.add_on_connection_unblocked_callback(self._unblocked)
        self._open_channel()

    def _open_channel(self) -> None:
        assert self._connection is not None
        self._connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        channel.add_on_close_callback(self._channel_closed)
        self._declare(
            channel,
            [
                (self._settings.exchange_name, self._settings.exchange_type),
                (self._settings.status_exchange_name, "topic"),
            ],
        )

    def _declare(self, channel: Any, exchanges: list[tuple[str, str]]) -> None:
        """Declare one exchange after the other, then begin to send.

        A user that may not declare finds exchanges that someone else declared (`passive`); their type then cannot be
        checked.
        """
        if channel.connection is not self._connection:
            return
        if not exchanges:
            channel.confirm_delivery(self._answered, callback=lambda _: self._ready(channel))
            return
        (name, kind), *rest = exchanges
        channel.exchange_declare(
            name, kind, durable=True, passive=self._passive, callback=lambda _: self._declare(channel, rest)
        )

    def _ready(self, channel: Any) -> None:
        if self._connection is None or channel.connection is not self._connection:
            return
        self._channel = channel
        self._connection.watch(channel.channel_number, self._confirmed)
        self._tag = 0
        self._failed_in_a_row = 0
        self.link.recovered()
        self.link.move(State.READY, waiting_flows=self._outbox.snapshot()[0].in_flight)
        self._turn_soon()

    def _channel_closed(self, channel: Any, error: Exception) -> None:
        connection = self._connection
        if connection is None or channel.connection is not connection or not connection.is_open or self._stopping:
            return  # also where it belongs to a connection that was given up, and only now hears of it
        code = getattr(error, "reply_code", 0)
        if code == _ACCESS_REFUSED and not self._passive and self._channel is None:
            self._passive = True
            self._open_channel()
            return
        self._hang_up(in_words(error, self._broker))

    def _use(self, settings: RabbitMQ) -> None:
        self._settings = settings
        self._brokers = itertools.cycle(settings.brokers)
        connection = self._connection
        self._lost()
        self.link.move(State.WAITING, reason="the configuration changed")
        if connection is not None and connection.is_open:
            connection.close()
        self._connect_in(0.0)

    def _closed(self, connection: Connection, error: Any) -> None:
        if connection is not self._connection:
            return  # it was given up before, and another may be open by now
        if self._stopping:
            self._loop.stop()
        else:
            self._failed(in_words(error, self._broker))

    def _hang_up(self, error: str) -> None:
        """Give the connection up because of `error`, whether or not the broker still answers."""
        connection = self._connection
        self._failed(error)
        if connection is not None and connection.is_open:
            connection.close()

    def _failed(self, error: str) -> None:
        self._lost()
        self._passive = False
        self.link.fail(error)
        self._failed_in_a_row += 1
        if self._failed_in_a_row < len(self._settings.brokers):
            delay_s = 0.0  # the next broker may be up
        else:
            self._failed_in_a_row = 0
            delay_s = self._backoff.next_s(time.monotonic() - self._tried_s)
        self.link.move(State.WAITING, retry_in_s=round(delay_s, 2))
        self._connect_in(delay_s)

    def _lost(self) -> None:
        """Give everything unconfirmed back to the outbox."""
        if self._connection is not None:
            self._connection.unwatch()
        self._channel = None
        self._connection = None
        self._status_sent = None
        unconfirmed, self._unconfirmed = self._unconfirmed, deque()
        self._unconfirmed_bytes = 0
        self._outbox.give_back([batch for _, _, batch in unconfirmed if batch is not None])

    def _blocked(self, connection: Connection, method: Any) -> None:
        if connection is not self._connection:
            return
        reason = str(getattr(method.method, "reason", "")) or "an alarm"
        self.link.error = f"the broker takes no messages: {reason}"
        self.link.move(State.BLOCKED, reason=reason)

    def _unblocked(self, connection: Connection, _: Any) -> None:
        if connection is not self._connection:
            return
        self.link.recovered()
        self.link.move(State.READY)
        self._turn_soon()

    def _stop(self) -> None:
        self._stopping = True
        if self._channel is not None and self.link.state is State.READY:
            self._publish_status()
        if self._connection is None or not self._connection.is_open:
            self._loop.stop()
            return
        # A broker that does not answer to the close must not keep the adapter.
        self._loop.call_later(1.0, self._loop.stop)
        self._connection.close()

    # Sending

    def _turn_soon(self, in_s: float = 0.0) -> None:
        """Have the next turn in `in_s` seconds, but no sooner after the last one than their pause."""
        if self._turn is not None:
            self._loop.remove_timeout(self._turn)
        now_s = time.monotonic()
        turn_s = max(now_s + in_s, self._turned_s + self._pause_s)
        self._next_turn = (turn_s, self._pause_s)
        self._turn = self._loop.call_later(max(turn_s - now_s, 0.0), self._take_turn)

    def _take_turn(self) -> None:
        """Send what is due and fits the window, then see to it that the next turn comes when something is due again.

        Under load the turns follow each other at a fixed pause and nobody is woken; only after a turn with nothing to
        send does the outbox wake this thread.
        """
        self._turn = None
        if self.link.state is not State.READY or self._stopping:
            return
        self._turned_s = time.monotonic()
        exchange = self._settings.exchange_name
        frames: list[bytes] = []
        full = False
        for taken in range(_BATCHES_A_TURN):
            full = len(self._unconfirmed) >= _WINDOW_MESSAGES or self._unconfirmed_bytes >= _WINDOW_BYTES
            batch = None if full else self._outbox.take()
            if batch is None:
                break
            frames += self._publishing(exchange, batch.key.name, batch.body(), "flows", batch)
        self._write(frames)
        delay_s = self._outbox.limits.max_delay_s
        self._pause_s = _FULL_PAUSE_S if full else min(delay_s + _TURN_PAUSE_BESIDE_DELAY_S, _MOST_TURN_PAUSE_S)
        self._batches_a_turn += (taken - self._batches_a_turn) / 8
        if not full and self._batches_a_turn < _FEW_BATCHES:
            self._pause_s += _FEW_PAUSE_S
        if full:
            return  # the next confirmation takes the next turn
        if batch is not None:
            self._turn = self._loop.call_later(0, self._take_turn)  # there is more
            return
        next_s = 0.0 if frames else self._outbox.next_due_s()
        if next_s is not None:
            self._turn_soon(next_s)

    def _publishing(self, exchange: str, key: str, body: bytes, kind: str, batch: Batch | None) -> list[bytes]:
        """Note a message as unconfirmed, and return its frames; none where pika has sent it already."""
        assert self._connection is not None
        self._tag += 1
        self._unconfirmed.append((self._tag, self._turned_s, batch))
        if batch is not None:
            self._unconfirmed_bytes += batch.held_bytes()
        if not self._connection.takes_frames:
            self._channel.basic_publish(exchange, key, body, _PROPERTIES[kind])
            return []
        number, most_bytes = self._channel.channel_number, self._connection.params.frame_max
        return publishing(number, exchange.encode(), key.encode(), _ENCODED_PROPERTIES[kind], body, most_bytes)

    def _write(self, frames: list[bytes]) -> None:
        if frames and self._connection is not None:
            self._connection.write(frames)

    def _answered(self, frame: Any) -> None:
        """The broker confirmed or refused, in a frame that pika made an object of."""
        method = frame.method
        if isinstance(method, pika.spec.Basic.Nack):
            batches = self._settled(method.delivery_tag, method.multiple)
            if batches:
                _log.warning("refused", batches=len(batches))
                self._outbox.give_back(batches, refused=True)
            if self._turn is None:
                self._turn_soon()
        else:
            self._confirmed([(method.delivery_tag, method.multiple)])

    def _confirmed(self, acks: list[tuple[int, bool]]) -> None:
        batches: list[Batch] = []
        for tag, multiple in acks:
            batches += self._settled(tag, multiple)
        self._outbox.confirm(batches)
        if self._turn is None:
            self._turn_soon()

    def _settled(self, tag: int, multiple: bool) -> list[Batch]:
        """Return what was unconfirmed under this tag, or with `multiple` up to it; tags come in any order."""
        settled: list[Batch | None] = []
        unconfirmed = self._unconfirmed
        if multiple or (unconfirmed and unconfirmed[0][0] == tag):
            while unconfirmed and unconfirmed[0][0] <= tag:
                settled.append(unconfirmed.popleft()[2])
        else:
            for entry in unconfirmed:
                if entry[0] == tag:
                    settled.append(entry[2])
                    unconfirmed.remove(entry)
                    break
        batches = [batch for batch in settled if batch is not None]
        self._unconfirmed_bytes -= sum([batch.held_bytes() for batch in batches])
        return batches

    def _tick(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._ticked_s = time.monotonic()
        if self._unconfirmed and self.link.state is State.READY:
            waited_s = time.monotonic() - self._unconfirmed[0][1]
            if waited_s > self._settings.confirm_timeout_seconds:
                self._hang_up(f"no confirmation in {waited_s:.0f} s")
        if self.link.state is State.READY:
            if self._status_sent and (not self._unconfirmed or self._unconfirmed[0][0] > self._status_sent[0]):
                self._told(self._status_sent[1])
            self._publish_status()
            if self._turn is None:
                self._turn_soon()

    def _publish_status(self) -> None:
        if self._status is None:
            return
        document = self._status()
        body = json.dumps(document, separators=(",", ":")).encode()
        self._turned_s = time.monotonic()
        self._write(self._publishing(self._settings.status_exchange_name, self._status_key, body, "status", None))
        self._status_sent = (self._tag, document)
