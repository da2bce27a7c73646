"""Reads the broker's events and its log by a bounded queue, whatever becomes of the broker meanwhile.

The entry that was read last stays in the queue, at its head, until the next one was read. When the queue overflows
while nobody reads, it is the first to go: so a reader that comes back and does not find it knows what happened.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel

from hubblecast_audit.trail import EVENTS, Message

__all__ = ["Lost", "Reader", "Unreachable"]

# What the broker keeps while nobody reads; the oldest go first. A log-in with its subscriptions is some ten entries.
QUEUE_LIMITS = {"x-max-length": 50_000, "x-max-length-bytes": 64 * 1024 * 1024}
# A stream would tell how many went, but RabbitMQ 3.10 puts neither its events nor its log into one.
_LOG = "amq.rabbitmq.log"
_BINDINGS = {
    # In RabbitMQ 3.10 it comes some seconds after the rest: nothing is begun without it.
    _LOG: ("warning", "error"),
    EVENTS: (
        *("connection.*", "channel.*", "consumer.created", "binding.created", "queue.deleted"),
        *("user.*", "user.password.*", "user.tags.*", "user.limits.*", "permission.*", "topic.permission.*"),
        *("vhost.*", "vhost.limits.*", "policy.*"),
    ),
}
_PREFETCH = 500
_NOT_FOUND = 404
_IDLE_SECONDS = 0.5
_TEXT_BYTES = 4_000


class Unreachable(Exception):
    """The broker, or what is to be read on it, cannot be had now; the message says why."""


class Lost:
    """Between the entry before and the one after, others went that nobody read."""


class Reader:
    """Entries by AMQP. The password is read anew for each log-in.

    url: amqp://USER@HOST:PORT/VHOST or amqps://…, without a password; the vhost is the broker's default one.
    ca: who signed the broker's certificate.
    """

    def __init__(self, url: str, password_file: Path, queue: str, ca: Path | None) -> None:
        parts = urlsplit(url)
        self.user = unquote(parts.username or "")
        self._password_file = password_file
        self._queue = queue
        tls = parts.scheme == "amqps"
        host = parts.hostname or "localhost"
        self._parameters = pika.ConnectionParameters(
            host=host,
            port=parts.port or (5671 if tls else 5672),
            virtual_host=unquote(parts.path[1:]) or "/",
            ssl_options=pika.SSLOptions(ssl.create_default_context(cafile=ca and str(ca)), host) if tls else None,
            heartbeat=30,
            client_properties={"connection_name": "hubblecast-audit"},
        )

    def entries(self, stopped: Callable[[], bool]) -> Iterator[Message | Lost | None]:
        """Yield each entry, in order; None when there is none for half a second. Ends when `stopped()`.

        The last entry of one run comes first in the next. Raises Unreachable.
        """
        try:
            password = self._password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unreachable(f"the password in {self._password_file} cannot be read: {error.strerror}") from error
        self._parameters.credentials = pika.PlainCredentials(self.user, password)
        try:
            with pika.BlockingConnection(self._parameters) as connection:
                fresh = not self._is_there(connection.channel())
                yield from self._read(connection.channel(), fresh, stopped)
        except (pika.exceptions.AMQPError, OSError) as error:
            raise Unreachable(_why(error)) from error

    def _is_there(self, channel: BlockingChannel) -> bool:
        try:
            channel.queue_declare(self._queue, passive=True)
        except pika.exceptions.ChannelClosedByBroker as closed:
            if closed.reply_code != _NOT_FOUND:
                raise
            return False
        channel.close()
        return True

    def _read(
        self, channel: BlockingChannel, fresh: bool, stopped: Callable[[], bool]
    ) -> Iterator[Message | Lost | None]:
        channel.basic_qos(prefetch_count=_PREFETCH)
        channel.queue_declare(self._queue, durable=True, arguments=QUEUE_LIMITS)
        for exchange, keys in _BINDINGS.items():
            for key in keys:
                channel.queue_bind(self._queue, exchange, key)
        read_last = 0
        for method, properties, body in channel.consume(self._queue, inactivity_timeout=_IDLE_SECONDS):
            if stopped():
                return
            if method is None:
                yield None
                continue
            if not (read_last or fresh or method.redelivered):
                yield Lost()
            yield _message(method, properties, body, at_head=not read_last)
            if read_last:
                channel.basic_ack(read_last)
            read_last = method.delivery_tag


def _message(method: Any, properties: Any, body: bytes, *, at_head: bool) -> Message:
    headers = properties.headers or {}
    at_ms = int(headers.get("timestamp_in_ms") or (properties.timestamp or 0) * 1000)
    text = body[:_TEXT_BYTES].decode("utf-8", "replace")
    return Message(method.exchange, method.routing_key, at_ms, headers, text, at_head)


def _why(error: BaseException) -> str:
    words = [str(part) for part in getattr(error, "args", ())] or [repr(error)]
    return f"{type(error).__name__}: {' '.join(words)}"
