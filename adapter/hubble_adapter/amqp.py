"""How to connect to the broker, what its errors mean, and confirmations read in bulk."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pika
import pika.exceptions
from pika.adapters.select_connection import SelectConnection

from hubble_adapter.config.settings import Broker, RabbitMQ
from hubble_adapter.errors import BrokerError

__all__ = ["Connection", "connection_parameters", "in_words"]

_PRECONDITION_FAILED = 406

# A frame of basic.ack behind its type and channel: its size, class and method; then tag (8 bytes), multiple, the end.
_ACK = b"\x00\x00\x00\x0d\x00\x3c\x00\x50"
_ACK_BYTES = 21


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


class Connection(SelectConnection):  # type: ignore[misc]  # pika has no types
    """pika's connection, which takes runs of confirmations off what arrives before pika makes an object of each, and
    frames that are bytes already.

    Both go by names inside of pika that 1.2 and 1.3 have. A pika that has others is used as its documentation says,
    which takes more of the CPU.

    on_acks: called with tag and `multiple` of each confirmation of the channel that `watch` named.
    takes_frames: whether `write` works; otherwise publish on the channel.
    """

    on_acks: Callable[[list[tuple[int, bool]]], None]
    takes_frames = hasattr(SelectConnection, "_output_marshaled_frames")
    _watched = b""

    def watch(self, channel_number: int, on_acks: Callable[[list[tuple[int, bool]]], None]) -> None:
        self.on_acks = on_acks
        if hasattr(self, "_frame_buffer") and hasattr(self, "bytes_received"):
            self._watched = b"\x01" + channel_number.to_bytes(2, "big") + _ACK

    def unwatch(self) -> None:
        self._watched = b""

    def write(self, frames: list[bytes]) -> None:
        self._output_marshaled_frames([b"".join(frames)])

    def _on_data_available(self, data_in: bytes) -> None:
        """pika calls this with what the socket gave, and keeps what is no whole frame yet."""
        if self._watched and not self._frame_buffer:
            at = 0
            acks = []
            while data_in.startswith(self._watched, at) and len(data_in) - at >= _ACK_BYTES:
                acks.append((int.from_bytes(data_in[at + 11 : at + 19], "big"), bool(data_in[at + 19])))
                at += _ACK_BYTES
            if acks:
                self.bytes_received += at  # what tells pika that the broker is alive
                data_in = data_in[at:]
                self.on_acks(acks)
        if data_in:
            super()._on_data_available(data_in)


def in_words(error: Any, broker: Broker) -> str:
    """Return what went wrong as an operator would say it, from pika's exception."""
    # pika wraps what happened, sometimes in a list, once for each thing that it tried.
    for wrapped in (*getattr(error, "exceptions", ()), getattr(error, "exception", None), *error.args):
        if isinstance(wrapped, BaseException):
            return in_words(wrapped, broker)
    text = getattr(error, "reply_text", "") or str(error) or type(error).__name__
    code = getattr(error, "reply_code", 0)
    if "CERTIFICATE_REQUIRED" in text:
        return f"{broker.address} wants a client certificate: set cert_file and key_file in rabbitmq.tls"
    if isinstance(error, pika.exceptions.ProbableAuthenticationError):
        return f"the broker refuses the log-in of user {broker.user}: look at rabbitmq.url and rabbitmq.password_file"
    if isinstance(error, pika.exceptions.ProbableAccessDeniedError):
        return f"the broker refuses user {broker.user} the vhost {broker.vhost}"
    if code == _PRECONDITION_FAILED and "inequivalent arg 'type'" in text:
        return f"an exchange exists with another type: {text}; set rabbitmq.exchange_type to it, or delete the exchange"
    if "Timeout while setting up AMQP" in text:
        return f"{broker.address} is there but does not answer as an AMQP broker does; is it the right port?"
    if "Invalid frame" in text or isinstance(error, pika.exceptions.IncompatibleProtocolError):
        return f"{broker.address} does not speak AMQP 0-9-1 (without TLS where the URL begins with amqp://): {text}"
    if "Transport indicated EOF" in text:
        return f"{broker.address} closed the connection without a word"
    if isinstance(error, OSError):
        return f"cannot reach {broker.address}: {error.strerror or error}"
    return f"{text} (code {code})" if code else text
