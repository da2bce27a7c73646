"""A session with the broker: connect to one node after the other, declare the exchanges, notice the end, try again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pika
from pika.adapters.select_connection import IOLoop

from hubble_adapter.amqp import Connection, connection_parameters, in_words
from hubble_adapter.backoff import Backoff
from hubble_adapter.config.settings import RabbitMQ
from hubble_adapter.errors import BrokerError
from hubble_adapter.frames import encoded_properties, publishing
from hubble_adapter.link import Link, State

__all__ = ["Session"]

_ACCESS_REFUSED = 403

_PROPERTIES = {kind: pika.BasicProperties(content_type="application/json", type=kind) for kind in ("flows", "status")}
_ENCODED_PROPERTIES = {kind: encoded_properties(properties) for kind, properties in _PROPERTIES.items()}


class Session:
    """One channel with confirmations, again and again. Owned by the thread of `loop`.

    waiting_flows: how many flows wait to be sent, for the log.
    ready: called whenever messages can be sent: on a new channel, whose tags begin at 1, and at the end of an alarm.
    lost: called when what is unconfirmed may not have arrived.
    confirmed: called with tag and `multiple` of each confirmation; refused: the same of one that the broker refused.
    """

    def __init__(
        self,
        settings: RabbitMQ,
        loop: IOLoop,
        backoff: Backoff,
        waiting_flows: Callable[[], int],
        ready: Callable[[], None],
        lost: Callable[[], None],
        confirmed: Callable[[list[tuple[int, bool]]], None],
        refused: Callable[[int, bool], None],
    ) -> None:
        self._settings = settings
        self._brokers = itertools.cycle(settings.brokers)
        self._broker = settings.brokers[0]
        self.link = Link("broker", self._broker.address)
        self._loop = loop
        self._backoff = backoff
        self._waiting_flows = waiting_flows
        self._ready = ready
        self._lost = lost
        self._confirmed = confirmed
        self._refused = refused
        self._connection: Connection | None = None
        self._channel: Any = None  # pika has no types
        self._passive = False
        self._retry: object | None = None  # the timer of the next try to connect
        self._tried_s = 0.0
        self._failed_in_a_row = 0
        self._stopping = False

    @property
    def open(self) -> bool:
        """Whether messages can be sent."""
        return self.link.state is State.READY and not self._stopping

    def connect(self) -> None:
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

    def use(self, settings: RabbitMQ) -> None:
        """Connect anew, with these settings."""
        self._settings = settings
        self._brokers = itertools.cycle(settings.brokers)
        connection = self._connection
        self._leave()
        self.link.move(State.WAITING, reason="the configuration changed")
        if connection is not None and connection.is_open:
            connection.close()
        self._connect_in(0.0)

    def hang_up(self, error: str) -> None:
        """Give the connection up because of `error`, whether or not the broker still answers."""
        connection = self._connection
        self._failed(error)
        if connection is not None and connection.is_open:
            connection.close()

    def stop(self) -> None:
        """Close, and stop the loop when that is done."""
        self._stopping = True
        if self._connection is None or not self._connection.is_open:
            self._loop.stop()
            return
        # A broker that does not answer to the close must not keep the adapter.
        self._loop.call_later(1.0, self._loop.stop)
        self._connection.close()

    def stopped(self) -> None:
        """To be called when the loop has stopped."""
        self._leave()
        self.link.move(State.STOPPED)

    def publishing(self, exchange: str, key: str, body: bytes, kind: str) -> list[bytes]:
        """Return the frames of a message, for `write`; none where pika has sent it already."""
        assert self._connection is not None
        if not self._connection.takes_frames:
            self._channel.basic_publish(exchange, key, body, _PROPERTIES[kind])
            return []
        number, most_bytes = self._channel.channel_number, self._connection.params.frame_max
        return publishing(number, exchange.encode(), key.encode(), _ENCODED_PROPERTIES[kind], body, most_bytes)

    def write(self, frames: list[bytes]) -> None:
        if frames and self._connection is not None:
            self._connection.write(frames)

    def _connect_in(self, delay_s: float) -> None:
        if self._retry is not None:
            self._loop.remove_timeout(self._retry)
        self._retry = self._loop.call_later(delay_s, self.connect)

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
        settings = self._settings
        self._declare(
            channel, [(settings.exchange_name, settings.exchange_type), (settings.status_exchange_name, "topic")]
        )

    def _declare(self, channel: Any, exchanges: list[tuple[str, str]]) -> None:
        """Declare one exchange after the other, then begin to send.

        A user that may not declare finds exchanges that someone else declared (`passive`); their type then cannot be
        checked.
        """
        if channel.connection is not self._connection:
            return
        if not exchanges:
            channel.confirm_delivery(self._answered, callback=lambda _: self._begin(channel))
            return
        (name, kind), *rest = exchanges
        channel.exchange_declare(
            name, kind, durable=True, passive=self._passive, callback=lambda _: self._declare(channel, rest)
        )

    def _begin(self, channel: Any) -> None:
        if self._connection is None or channel.connection is not self._connection:
            return
        self._channel = channel
        self._connection.watch(channel.channel_number, self._confirmed)
        self._failed_in_a_row = 0
        self.link.recovered()
        self.link.move(State.READY, waiting_flows=self._waiting_flows())
        self._ready()

    def _answered(self, frame: Any) -> None:
        """The broker confirmed or refused, in a frame that pika made an object of."""
        method = frame.method
        if isinstance(method, pika.spec.Basic.Nack):
            self._refused(method.delivery_tag, method.multiple)
        else:
            self._confirmed([(method.delivery_tag, method.multiple)])

    def _channel_closed(self, channel: Any, error: Exception) -> None:
        connection = self._connection
        if connection is None or channel.connection is not connection or not connection.is_open or self._stopping:
            return  # also where it belongs to a connection that was given up, and only now hears of it
        code = getattr(error, "reply_code", 0)
        if code == _ACCESS_REFUSED and not self._passive and self._channel is None:
            self._passive = True
            self._open_channel()
            return
        self.hang_up(in_words(error, self._broker))

    def _closed(self, connection: Connection, error: Any) -> None:
        if connection is not self._connection:
            return  # it was given up before, and another may be open by now
        if self._stopping:
            self._loop.stop()
        else:
            self._failed(in_words(error, self._broker))

    def _failed(self, error: str) -> None:
        self._leave()
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

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.unwatch()
        self._channel = self._connection = None
        self._lost()

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
        self._ready()
