"""`hubble-adapter check --connect`: tries both ends as `run` would, and says what it found. Publishes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pika
import pika.exceptions

from hubble_adapter.amqp import connection_parameters, in_words
from hubble_adapter.channel import SERVER_STATUS, ask
from hubble_adapter.config.settings import Broker, Hubble, RabbitMQ
from hubble_adapter.errors import BrokerError
from hubble_adapter.wire import observer_pb2

__all__ = ["probe_broker", "probe_hubble"]

_ACCESS_REFUSED, _NOT_FOUND = 403, 404


def probe_hubble(settings: Hubble) -> str:
    """Return what the server says of itself, in one line. Raises HubbleError."""
    status = ask(settings, SERVER_STATUS, observer_pb2.ServerStatusRequest(), observer_pb2.ServerStatusResponse)
    nodes = ""
    if status.HasField("num_connected_nodes"):
        nodes = f", {status.num_connected_nodes.value} nodes connected, {status.num_unavailable_nodes.value} not"
    return f"version {status.version or 'unknown'}, {status.flows_rate:.0f} flows/s{nodes}"


def probe_broker(settings: RabbitMQ, broker: Broker) -> Iterator[str]:
    """Yield what is found: the broker, then each exchange. Raises BrokerError where the log-in fails."""
    try:
        with pika.BlockingConnection(connection_parameters(settings, broker)) as connection:
            properties = connection._impl.server_properties or {}
            yield f"{properties.get('product', 'a broker')} {properties.get('version', '')}, user {broker.user}"
            for name, kind in (
                (settings.exchange_name, settings.exchange_type),
                (settings.status_exchange_name, "topic"),
            ):
                yield f"exchange {name} {_exchange(connection, name, kind)}"
    except (pika.exceptions.AMQPError, OSError) as error:
        raise BrokerError(in_words(error, broker)) from error


def _exchange(connection: Any, name: str, kind: str) -> str:
    """Return what is there under `name`, without making anything. Raises pika's errors where it is of another type."""
    try:
        connection.channel().exchange_declare(name, passive=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != _NOT_FOUND:
            raise
        return "is not there yet; run will declare it"
    try:
        connection.channel().exchange_declare(name, kind, durable=True)
    except pika.exceptions.ChannelClosedByBroker as error:
        if error.reply_code != _ACCESS_REFUSED:
            raise
        return "is there; this user may not declare it, so its type was not checked"
    return f"is there, of type {kind}"
