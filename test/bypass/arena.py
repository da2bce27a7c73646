"""A broker with two teams' viewers, on which one team tries to get at the other's flows.

The attacker is `shop`, who may see the namespace shop. What it must never see is the bait: flows of the namespace
`pay`, with a secret of this one attempt in their body. `open` is the control: the same attempt by a user whom the
rights of docs/viewers.md do not hold back, who shows that the attempt would succeed if they were missing.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
from pika.adapters.blocking_connection import BlockingChannel
from stack import ports
from stack.broker import PrivateBroker
from stack.definitions import ADAPTER, EVERYTHING, VHOST, User
from stack.errors import StackError
from stack.installation import Installation
from stack.rights import Viewer, all_streams, publish_expression
from stack.stomp import Client, Refused
from stack.websocket import HandshakeRefused, WebSocket

ATTACKER = Viewer("shop", namespaces=("shop",))
VICTIM = Viewer("pay", namespaces=("pay",))
OTHERS = (
    Viewer("demo"),
    Viewer("prod-shop", namespaces=("shop",), clusters=("prod",)),
    Viewer("nobody", namespaces=()),
)
OPEN = User("open", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)
WATCHER = User("watcher", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)

VICTIM_QUEUE = "stomp-subscription-pay.ab"
# None of these has the namespace shop at either end, though some hold the word, or a part of it, elsewhere.
BAIT_KEYS = (
    "default.DROPPED.pay._world",
    "default.FORWARDED._world.pay",
    "default.FORWARDED.pay.pay",
    "default.FORWARDED.kube-system.pay",
    "shop.DROPPED.pay.pay",
    "default.shop.pay.kube-system",
    "prod.FORWARDED.shop-2.pay",
    "prod.FORWARDED.pay.xshop",
)
_WAIT_SECONDS = 0.25
_CONTROL_WAIT_SECONDS = 3.0
# For what must come; a busy machine takes its time.
_ARRIVAL_SECONDS = 15.0
_FORGOTTEN_SECONDS = 60.0
FOILED = (Refused, HandshakeRefused, StackError, OSError, TimeoutError, pika.exceptions.AMQPError)


def _leave(connection: pika.BlockingConnection) -> None:
    with contextlib.suppress(pika.exceptions.AMQPError):
        # pika gives back what it holds, which a stream does not take.
        connection.close()


def _exchange(name: str) -> Callable[[BlockingChannel], bool]:
    return lambda channel: channel.exchange_declare(name, "topic", durable=True) is not None


def _stream(name: str) -> Callable[[BlockingChannel], bool]:
    return lambda channel: channel.queue_declare(name, passive=True) is not None


def _messages(queue: str) -> Callable[[BlockingChannel], bool]:
    return lambda channel: bool(channel.queue_declare(queue, passive=True).method.message_count)


_MUST_BE = {
    "exchange hubble_flows": _exchange("hubble_flows"),
    "exchange hubble_status": _exchange("hubble_status"),
    "stream hubble_history": _stream("hubble_history"),
    "stream hubble_history.pay": _stream("hubble_history.pay"),
    "stream hubble_viewer.pay": _stream("hubble_viewer.pay"),
    "the victim's queue and messages": _messages(VICTIM_QUEUE),
}


_QUEUE_NUMBERS = itertools.count()
_DELETE_THE_FLOWS = (
    'rabbit_exchange:delete(rabbit_misc:r(<<"hubble">>, exchange, <<"hubble_flows">>), false, <<"test">>).'
)


class Arena:
    """The broker, the adapter that lays the bait, and a watcher who sees whether anybody forges or breaks things."""

    def __init__(self, folder: Path, installation: Installation) -> None:
        self.management_port, self.outside_port = ports.free_ports(2)
        viewers = (ATTACKER, VICTIM, *OTHERS)
        self.broker = PrivateBroker(
            folder,
            (ADAPTER, OPEN, WATCHER, *(viewer.user() for viewer in viewers)),
            installation=installation,
            streams=all_streams(viewers),
            plugins=("rabbitmq_management",),
            settings=(
                f"management.tcp.ip = {ports.LOOPBACK}\nmanagement.tcp.port = {self.management_port}\n"
                f"listeners.tcp.outside = 0.0.0.0:{self.outside_port}\nloopback_users.{ATTACKER.name} = true\n"
            ),
        )
        self.broker.start()
        self.broker.ctl("eval", publish_expression(viewers))
        # An operator who debugs leaves this on: each message is published once more, to amq.rabbitmq.trace.
        self.broker.ctl("trace_on", "-p", VHOST)
        self.broker.ctl("set_user_tags", OPEN.name, "administrator")
        self._restore_from = installation.inside(folder / "restore.json")
        (folder / "restore.json").write_text(self.broker.ctl("export_definitions", "-"))
        self._adapter = self._adapter_logs_in()
        self._watcher = self.broker.connect(WATCHER.name)
        self._seen: list[tuple[str, bytes]] = []
        self._watch()

    def stop(self) -> None:
        _leave(self._watcher)
        _leave(self._adapter.connection)
        self.broker.stop()

    def _adapter_logs_in(self) -> BlockingChannel:
        channel = self.broker.connect(ADAPTER.name).channel()
        channel.confirm_delivery()
        return channel

    def adapter_returns(self) -> None:
        """Have the adapter log in anew, after the broker has ended its connection."""
        self._adapter = self._adapter_logs_in()

    def await_no_connection(self, user: str) -> None:
        """Return once the broker counts no connection of the user any more. Raises TimeoutError."""
        deadline = time.monotonic() + _FORGOTTEN_SECONDS
        count = f'length(rabbit_connection_tracking:list_of_user(<<"{user}">>)).'
        while (left := self.broker.ctl("eval", count).strip()) != "0":
            if time.monotonic() > deadline:
                raise TimeoutError(f"the broker still counts {left} connections of {user}")

    def rest(self, seconds: float) -> None:
        """Let time pass, with the adapter's signs of life: the broker ends whatever is silent for two minutes."""
        self._adapter.connection.sleep(seconds)

    def publish(self, body: bytes, keys: tuple[str, ...] = BAIT_KEYS) -> None:
        """Publish to hubble_flows and return once the broker confirmed all of it, which is after it was routed."""
        self._adapter.connection.process_data_events(0)
        for key in keys:
            self._adapter.basic_publish("hubble_flows", key, body)

    @contextlib.contextmanager
    def victim(self) -> Iterator[None]:
        """The victim's subscription, as RabbitMQ 3.10 makes it: not exclusive, and with a name that became known."""
        with self.broker.connect(VICTIM.name) as connection:
            channel = connection.channel()
            channel.queue_declare(VICTIM_QUEUE, durable=True)
            channel.queue_bind(VICTIM_QUEUE, "hubble_flows", "*.*.pay.*")
            yield
        with self.broker.connect(WATCHER.name) as connection:
            connection.channel().queue_delete(VICTIM_QUEUE)

    def forget(self) -> None:
        """From here on `watch` tells only what is new."""
        self._watcher.process_data_events(0)
        self._seen.clear()

    def watch(self, seen: Callable[[str, bytes], bool], *, count: int = 1, control: bool = False) -> list[str]:
        """What was published to the adapter's exchanges and into the streams, as far as `seen` says yes to it.

        `seen` gets the routing key and the body. Waits for a while, but only until it has said so `count` times.
        """
        return self._await(seen, count, _CONTROL_WAIT_SECONDS if control else _WAIT_SECONDS)

    def _await(self, seen: Callable[[str, bytes], bool], count: int, seconds: float) -> list[str]:
        deadline = time.monotonic() + seconds
        found: list[str] = []
        while len(found) < count and time.monotonic() < deadline:
            self._watcher.process_data_events(0.05)
            found = [f"{key}: {body!r}" for key, body in self._seen if seen(key, body)]
        return found

    def in_the_victim_s_queue(self, secret: bytes) -> list[str]:
        with self.broker.connect(WATCHER.name) as connection:
            channel = connection.channel()
            found = []
            while (body := channel.basic_get(VICTIM_QUEUE, auto_ack=True)[2]) is not None:
                found.append(body)
        return [repr(body) for body in found if secret in body]

    def _watch(self) -> None:
        channel = self._watcher.channel()
        channel.basic_qos(prefetch_count=100)

        def take(_channel: BlockingChannel, method: Any, _properties: Any, body: bytes) -> None:
            self._seen.append((method.routing_key, body))
            channel.basic_ack(method.delivery_tag)

        queue = channel.queue_declare("", exclusive=True).method.queue
        for exchange in ("hubble_flows", "hubble_status"):
            channel.queue_bind(queue, exchange, "#")
        channel.basic_consume(queue, take)
        for stream in ("hubble_history.pay", "hubble_viewer.pay", "hubble_history", "hubble_status_history"):
            channel.basic_consume(stream, take, arguments={"x-stream-offset": "next"})

    def damage(self) -> list[str]:
        """What is missing of what must be there: exchanges, streams, their bindings, the victim's queue and message."""
        found = [what for what, check in _MUST_BE.items() if not self._holds(check)]
        if not found:
            marker = secrets.token_hex(8).encode()
            self.publish(marker, ("default.DROPPED.pay._world",))
            # Through the exchange, into the victim's stream and into everybody's.
            came = self._await(lambda _, body: body == marker, 3, _ARRIVAL_SECONDS)
            if len(came) < 3:
                found.append(f"a binding: {len(came)} of 3 came")
        return found

    def _holds(self, check: Callable[[BlockingChannel], bool]) -> bool:
        with self.broker.connect(WATCHER.name) as connection:
            try:
                return check(connection.channel())
            except pika.exceptions.ChannelClosedByBroker:
                return False

    def restore(self) -> None:
        """Put back what an attempt by the control broke. The documents of deleted streams are published anew."""
        # An exchange that exists is left as it is, of whatever type somebody made it.
        self.broker.ctl("eval", _DELETE_THE_FLOWS)
        # From a file: in RabbitMQ 4.0 the command does not notice the end of its input.
        self.broker.ctl("import_definitions", self._restore_from)
        self.broker.ctl("eval", publish_expression((ATTACKER, VICTIM, *OTHERS)))
        # Its consumers went with what they consumed.
        _leave(self._watcher)
        self._watcher = self.broker.connect(WATCHER.name)
        self._watch()


class Attempt:
    """One attempt by one user. `secret` is in the body of all bait of this attempt, and nowhere else."""

    def __init__(self, arena: Arena, user: str) -> None:
        self.arena = arena
        self.user = user
        self.secret = f"bait-{secrets.token_hex(12)}"
        self.took: list[bytes] = []
        self._clients: list[Client] = []
        self._connections: list[pika.BlockingConnection] = []

    def queue(self) -> str:
        """A name for a queue of one's own, which no attempt of the last minutes had."""
        return f"stomp-subscription-{self.user}.{next(_QUEUE_NUMBERS) % 256:02x}"

    def stomp(
        self, user: str = "", password: str | None = None, *, receive_buffer_bytes: int | None = None, **headers: str
    ) -> Client:
        broker = self.arena.broker
        name = user or self.user
        word = broker.password(name) if password is None else password
        web_socket = WebSocket(ports.LOOPBACK, broker.webstomp_port, receive_buffer_bytes=receive_buffer_bytes)
        client = Client(web_socket, name, word, **headers)
        self._clients.append(client)
        return client

    def amqp(self) -> BlockingChannel:
        connection = self.arena.broker.connect(self.user)
        self._connections.append(connection)
        return connection.channel()

    def drain(self, *, control: bool) -> list[str]:
        """Read all that comes for a while, and return what of it was bait."""
        deadline = time.monotonic() + (_CONTROL_WAIT_SECONDS if control else _WAIT_SECONDS)
        clients = list(self._clients)
        while not self._baited() and time.monotonic() < deadline:
            for client in list(clients):
                try:
                    frame = client.frame(0.05)
                except FOILED:
                    clients.remove(client)
                    continue
                if frame is not None:
                    self.took.append(repr(frame).encode() + frame.body)
            for connection in self._connections:
                if connection.is_open:
                    connection.process_data_events(0.02)
            if not clients and not any(connection.is_open for connection in self._connections):
                break
        return self._baited()

    def take(self, _channel: Any, _method: Any, _properties: Any, body: bytes) -> None:
        """A consumer's callback."""
        self.took.append(body)

    def _baited(self) -> list[str]:
        return [repr(body) for body in self.took if self.secret.encode() in body]

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for connection in self._connections:
            if connection.is_open:
                _leave(connection)
