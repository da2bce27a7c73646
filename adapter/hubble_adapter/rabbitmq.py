"""Confirmed publishing: connect, declare, send within a window, watch each batch's deadline, try again.

One thread owns the connection and its I/O loop. Batches are taken from the outbox as the window allows and are
confirmed, or given back to the outbox when the broker refuses them or the connection is lost. Nothing here ever
blocks the thread that reads from Hubble.
"""

from __future__ import annotations

import itertools
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import pika
import pika.exceptions
from pika.adapters.select_connection import IOLoop, SelectConnection

from hubble_adapter.backoff import Backoff
from hubble_adapter.config.settings import Broker, RabbitMQ
from hubble_adapter.errors import BrokerError
from hubble_adapter.link import Link, State
from hubble_adapter.log import Log
from hubble_adapter.outbox import Batch, Outbox

__all__ = ["Publisher", "connection_parameters", "in_words"]

# What may be unconfirmed at a time: enough to keep the broker busy over a slow link, little enough that pika's own
# buffer, which has no bound, stays small, and that few batches are repeated when a connection is lost.
_WINDOW_MESSAGES = 512
_WINDOW_BYTES = 4 * 1024 * 1024
# Batches sent between two looks at what the broker answered.
_BATCHES_A_TURN = 64
# The shortest pause between two turns under load: batches grow in it, and the reading thread need not wake this one.
_TURN_PAUSE_S = 0.002
_STATUS_INTERVAL_S = 1.0

_ACCESS_REFUSED = 403
_NOT_FOUND = 404
_PRECONDITION_FAILED = 406

_FLOWS_PROPERTIES = pika.BasicProperties(content_type="application/json", type="flows")
_STATUS_PROPERTIES = pika.BasicProperties(content_type="application/json", type="status")

_log = Log("broker")


def connection_parameters(settings: RabbitMQ, broker: Broker) -> pika.ConnectionParameters:
    """Return how to connect; certificates are read from their files now. Raises BrokerError where they cannot be."""
    options: dict[str, Any] = {}
    if settings.tls is not None:
        tls = settings.tls
        try:
            context = ssl.create_default_context(cafile=tls.ca_file or None)
            if tls.cert_file:
                context.load_cert_chain(tls.cert_file, tls.key_file)
        except OSError as error:  # SSLError is one too
            raise BrokerError(f"a TLS file cannot be used: {error}") from error
        options["ssl_options"] = pika.SSLOptions(context, tls.server_name or broker.host)
    return pika.ConnectionParameters(
        host=broker.host,
        port=broker.port,
        virtual_host=broker.vhost,
        credentials=pika.PlainCredentials(broker.user, broker.password),
        heartbeat=settings.heartbeat_seconds,
        # A broker under an alarm is waited for, however long: the link says so, and the buffer counts what falls out.
        blocked_connection_timeout=None,
        socket_timeout=5.0,
        stack_timeout=10.0,
        connection_attempts=1,
        client_properties={"connection_name": "hubble-adapter", "product": "hubblecast"},
        **options,
    )


class Publisher:
    """Publishes the outbox's batches, and the status once a second.

    cluster: first word of the status messages' routing key.
    status: gives the status document.
    """

    def __init__(
        self,
        settings: RabbitMQ,
        outbox: Outbox,
        cluster: str,
        status: Callable[[], dict[str, object]],
        backoff: Backoff,
    ) -> None:
        self._brokers = itertools.cycle(settings.brokers)
        self._broker = settings.brokers[0]
        self.link = Link("broker", self._broker.address)
        self._settings = settings
        self._outbox = outbox
        self._status_key = f"{cluster}.adapter"
        self._status = status
        self._loop = IOLoop()
        self._connection: SelectConnection | None = None
        self._channel: Any = None  # pika has no types
        self._passive = False
        self._unconfirmed: deque[tuple[int, float, Batch | None]] = deque()  # None: a status message
        self._unconfirmed_bytes = 0
        self._tag = 0
        self._turn: object | None = None
        self._tried_s = 0.0
        self._ticked_s = time.monotonic()
        self._failed_in_a_row = 0
        self._backoff = backoff
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    def start(self) -> None:
        self._outbox.on_wake(self._wake)
        self._thread.start()

    def stop(self) -> None:
        """Send a last status and close; what is unconfirmed goes back to the outbox. Returns when it is done."""
        self._loop.add_callback_threadsafe(self._stop)
        self._thread.join(timeout=5.0)

    def use(self, settings: RabbitMQ) -> None:
        """From now on publish there: what is unconfirmed is sent again over the new connection."""
        self._loop.add_callback_threadsafe(lambda: self._use(settings))

    def document(self) -> dict[str, object]:
        """Return this side as the status message has it."""
        return self.link.document()

    def alive(self) -> bool:
        return self._thread.is_alive()

    def turned_s(self) -> float:
        """Return when the I/O loop last turned, on the monotonic clock; it does once a second."""
        return self._ticked_s

    def _wake(self) -> None:
        self._loop.add_callback_threadsafe(self._take_turn)

    # The connection. All below runs in the publisher's own thread.

    def _run(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._connect()
        self._loop.start()
        self._lost()
        self.link.move(State.STOPPED)

    def _connect(self) -> None:
        if self._stopping:
            return
        self._broker = next(self._brokers)
        self.link.address = self._broker.address
        self.link.move(State.CONNECTING)
        self._tried_s = time.monotonic()
        try:
            self._connection = SelectConnection(
                connection_parameters(self._settings, self._broker),
                on_open_callback=self._opened,
                on_open_error_callback=self._closed,
                on_close_callback=self._closed,
                custom_ioloop=self._loop,
            )
        except BrokerError as error:
            self._failed(str(error))

    def _opened(self, connection: SelectConnection) -> None:
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
        if not exchanges:
            channel.confirm_delivery(self._answered, callback=lambda _: self._ready(channel))
            return
        (name, kind), *rest = exchanges
        channel.exchange_declare(
            name, kind, durable=True, passive=self._passive, callback=lambda _: self._declare(channel, rest)
        )

    def _ready(self, channel: Any) -> None:
        self._channel = channel
        self._tag = 0
        self._failed_in_a_row = 0
        self.link.recovered()
        self.link.move(State.READY, waiting_flows=self._outbox.snapshot()[0].in_flight)
        self._take_turn()

    def _channel_closed(self, channel: Any, error: Exception) -> None:
        if self._connection is None or not self._connection.is_open or self._stopping:
            return
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
        if connection is None:
            return  # the next try goes there
        self._lost()
        self.link.move(State.WAITING, reason="the configuration changed")
        if connection.is_open:
            connection.close()
        self._loop.call_later(0, self._connect)

    def _closed(self, connection: SelectConnection, error: Any) -> None:
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
        self._loop.call_later(delay_s, self._connect)

    def _lost(self) -> None:
        """Give everything unconfirmed back to the outbox."""
        self._channel = None
        self._connection = None
        unconfirmed, self._unconfirmed = self._unconfirmed, deque()
        self._unconfirmed_bytes = 0
        self._outbox.give_back([batch for _, _, batch in unconfirmed if batch is not None])

    def _blocked(self, _: Any, method: Any) -> None:
        reason = str(getattr(method.method, "reason", "")) or "an alarm"
        self.link.error = f"the broker takes no messages: {reason}"
        self.link.move(State.BLOCKED, reason=reason)

    def _unblocked(self, *_: Any) -> None:
        self.link.recovered()
        self.link.move(State.READY)
        self._take_turn()

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

    def _take_turn(self) -> None:
        """Send what is due and fits the window, then see to it that the next turn comes when something is due again.

        Under load the turns follow each other at a fixed pause and nobody is woken; only after a turn with nothing to
        send does the outbox wake this thread.
        """
        if self._turn is not None:
            self._loop.remove_timeout(self._turn)
            self._turn = None
        if self.link.state is not State.READY or self._stopping:
            return
        pause_s: float | None = None
        for _ in range(_BATCHES_A_TURN):
            if len(self._unconfirmed) >= _WINDOW_MESSAGES or self._unconfirmed_bytes >= _WINDOW_BYTES:
                return  # the next confirmation takes the next turn
            batch = self._outbox.take()
            if batch is None:
                break
            self._send(self._settings.exchange_name, batch.key, batch.body(), _FLOWS_PROPERTIES, batch)
            pause_s = _TURN_PAUSE_S
        if pause_s is None:
            pause_s = self._outbox.next_due_s()
        if pause_s is not None:
            self._turn = self._loop.call_later(pause_s, self._take_turn)

    def _send(
        self, exchange: str, key: str, body: bytes, properties: pika.BasicProperties, batch: Batch | None
    ) -> None:
        self._tag += 1
        self._unconfirmed.append((self._tag, time.monotonic(), batch))
        if batch is not None:
            self._unconfirmed_bytes += batch.held_bytes
        self._channel.basic_publish(exchange, key, body, properties)

    def _answered(self, frame: Any) -> None:
        """The broker confirmed or refused: this tag, or with `multiple` all up to it; tags come in any order."""
        method = frame.method
        refused = isinstance(method, pika.spec.Basic.Nack)
        tag = method.delivery_tag
        answered: list[Batch | None] = []
        unconfirmed = self._unconfirmed
        if method.multiple or (unconfirmed and unconfirmed[0][0] == tag):
            while unconfirmed and unconfirmed[0][0] <= tag:
                answered.append(unconfirmed.popleft()[2])
        else:
            for entry in unconfirmed:
                if entry[0] == tag:
                    answered.append(entry[2])
                    unconfirmed.remove(entry)
                    break
        batches = [batch for batch in answered if batch is not None]
        for batch in batches:
            self._unconfirmed_bytes -= batch.held_bytes
            if not refused:
                self._outbox.confirm(batch)
        if refused and batches:
            _log.warning("refused", batches=len(batches))
            self._outbox.give_back(batches, refused=True)
        if self._turn is None:
            self._take_turn()

    def _tick(self) -> None:
        self._loop.call_later(_STATUS_INTERVAL_S, self._tick)
        self._ticked_s = time.monotonic()
        if self._unconfirmed and self.link.state is State.READY:
            waited_s = time.monotonic() - self._unconfirmed[0][1]
            if waited_s > self._settings.confirm_timeout_seconds:
                self._hang_up(f"no confirmation in {waited_s:.0f} s")
        if self.link.state is State.READY:
            self._publish_status()
            if self._turn is None:
                self._take_turn()

    def _publish_status(self) -> None:
        body = json.dumps(self._status(), separators=(",", ":")).encode()
        self._send(self._settings.status_exchange_name, self._status_key, body, _STATUS_PROPERTIES, None)


def in_words(error: Any, broker: Broker) -> str:
    """Return what went wrong as an operator would say it, from pika's exception."""
    # pika wraps what happened, sometimes in a list, once for each thing that it tried.
    for wrapped in getattr(error, "exceptions", None) or error.args:
        if isinstance(wrapped, BaseException):
            return in_words(wrapped, broker)
    text = getattr(error, "reply_text", "") or str(error) or type(error).__name__
    code = getattr(error, "reply_code", 0)
    if isinstance(error, pika.exceptions.ProbableAuthenticationError):
        return f"the broker refuses the log-in of user {broker.user}: look at rabbitmq.url and rabbitmq.password_file"
    if isinstance(error, pika.exceptions.ProbableAccessDeniedError):
        return f"the broker refuses user {broker.user} the vhost {broker.vhost}"
    if code == _PRECONDITION_FAILED and "inequivalent arg 'type'" in text:
        return f"an exchange exists with another type: {text}; set rabbitmq.exchange_type to it, or delete the exchange"
    if isinstance(error, OSError):
        return f"cannot reach {broker.address}: {error.strerror or error}"
    return f"{text} (code {code})" if code else text
