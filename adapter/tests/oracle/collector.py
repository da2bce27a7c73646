"""Everything that one adapter published, kept by the broker in a stream and read from there.

A stream, because what it has confirmed outlives a SIGKILL of the broker, whatever the delivery mode: 158,000 confirmed
messages under six kills at full rate, not one lost (RabbitMQ 3.10). A classic queue forgets transient messages.

The adapter's exchanges have no binding at all. A policy gives every exchange whose name begins with `oracle-` an
alternate exchange, and the streams are bound to that one: so an exchange that is deleted and declared again is heard
from its first message on. Which trial a message belongs to is told by the first word of its key, the cluster.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pika
import pika.exceptions

from stack.broker import PrivateBroker
from stack.definitions import EVERYTHING, VHOST, User
from tests.oracle.history import Arrival

__all__ = ["ADAPTER", "Collector", "prepare"]

ADAPTER = User("adapter", configure="^oracle-.*", write="^oracle-.*")
TESTER = User("tester", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)

_KEPT = "oracle"
_PREFETCH = 500
_RETRY_S = 0.2


def prepare(broker: PrivateBroker) -> None:
    """Give a running broker the policy and the exchange behind it."""
    policy = {
        "vhost": VHOST,
        "name": "oracle",
        "pattern": "^oracle-",
        "apply-to": "exchanges",
        "priority": 0,
        "definition": {"alternate-exchange": _KEPT},
    }
    exchange: dict[str, Any] = {"vhost": VHOST, "name": _KEPT, "type": "topic", "durable": True}
    exchange |= {"auto_delete": False, "internal": False, "arguments": {}}
    broker.ctl("import_definitions", input_text=json.dumps({"policies": [policy], "exchanges": [exchange]}))


class Collector:
    """Reads the stream of the adapter whose cluster is `cluster`, on a thread of its own, from its first message on.

    arrivals, statuses: as in History. faults: what was no message of docs/messages.md.
    """

    def __init__(self, broker: PrivateBroker, cluster: str) -> None:
        self.arrivals: list[Arrival] = []
        self.statuses: list[dict[str, Any]] = []
        self.numbers: set[int] = set()
        self.faults: list[str] = []
        self._broker = broker
        self._cluster = cluster
        self._queue = f"{_KEPT}.{cluster}"
        self._next_offset = 0
        self._attached = threading.Event()
        self._ended = threading.Event()
        self._stop = threading.Event()
        with _closing(broker.connect(TESTER.name)) as connection:
            channel = connection.channel()
            channel.queue_declare(self._queue, durable=True, arguments={"x-queue-type": "stream"})
            channel.queue_bind(self._queue, _KEPT, f"{cluster}.#")
        self._thread = threading.Thread(target=self._run, name=f"collector {cluster}", daemon=True)
        self._thread.start()

    def wait_attached(self, timeout_s: float) -> bool:
        """Wait until it reads from the stream; after a boot of the broker, the stream then takes messages again."""
        return self._attached.wait(timeout_s)

    def finish(self, timeout_s: float) -> bool:
        """Read up to what is in the stream now, and delete it; tell whether that came about in time."""
        give_up_s = time.monotonic() + timeout_s
        while True:
            try:
                with _closing(self._broker.connect(TESTER.name)) as connection:
                    channel = connection.channel()
                    channel.confirm_delivery()
                    channel.basic_publish(_KEPT, f"{self._cluster}.end", b"{}", mandatory=True)
                break
            except (pika.exceptions.AMQPError, OSError):
                if time.monotonic() > give_up_s:
                    return False
                time.sleep(_RETRY_S)
        complete = self._ended.wait(max(0.0, give_up_s - time.monotonic()))
        self.close()
        with _closing(self._broker.connect(TESTER.name)) as connection:
            connection.channel().queue_delete(self._queue)
        return complete

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with _closing(self._broker.connect(TESTER.name)) as connection:
                    channel = connection.channel()
                    channel.basic_qos(prefetch_count=_PREFETCH)
                    offset = self._next_offset or "first"
                    channel.basic_consume(self._queue, self._take, arguments={"x-stream-offset": offset})
                    self._attached.set()
                    while not self._stop.is_set():
                        connection.process_data_events(0.05)
            except (pika.exceptions.AMQPError, OSError):
                self._attached.clear()
                self._stop.wait(_RETRY_S)

    def _take(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        channel.basic_ack(method.delivery_tag)
        offset = int(properties.headers["x-stream-offset"])
        if offset < self._next_offset:
            return  # a stream begins at a chunk, not at a message
        self._next_offset = offset + 1
        try:
            document = json.loads(body)
            if method.routing_key == f"{self._cluster}.end":
                self._ended.set()
            elif properties.type == "status":
                self.statuses.append(document)
            else:
                numbers = tuple(int(flow["destination_names"][0]) for flow in document["flows"])
                self.arrivals.append(Arrival(document["epoch"], method.routing_key, document["first"], numbers))
                self.numbers.update(numbers)
        except (ValueError, LookupError, TypeError) as error:
            self.faults.append(f"no message of ours: {error!r} in {body[:200]!r}")


@contextmanager
def _closing(connection: Any) -> Iterator[Any]:
    """Close the connection whatever happens. As it closes pika gives back what it holds, which a stream takes for an
    error; nothing of ours depends on it.
    """
    try:
        yield connection
    finally:
        with suppress(pika.exceptions.AMQPError, OSError):
            connection.close()
