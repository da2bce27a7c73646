"""What the broker's events and its log say about people, as lines. Pure: no I/O.

Events tell an action with the Erlang process that did it: a consumer names its channel, a channel its connection, and
the connection has the user and the address. Their forms are the same in RabbitMQ 3.10 and 4.0, except for their order:
what the log says of a connection may come before the event of its birth.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hubblecast_audit.line import Line
from hubblecast_audit.visitors import Visitors

__all__ = ["EVENTS", "Message", "Trail"]

EVENTS = "amq.rabbitmq.event"
SUBSCRIPTIONS = "stomp-subscription-"
# Streams that tell viewers their own rights: each page reads its own.
_DOCUMENTS = "hubble_viewer."
_REMEMBERED = 20_000
_MANY = 5
_ELSEWHERE = None

# Of each change the names and patterns; nothing else, whatever a later broker may add to an event.
_CHANGES = ("user.", "permission.", "topic.permission.", "vhost.", "policy.", "operator_policy.")
_CHANGED_FIELDS = ("name", "user", "vhost", "exchange", "configure", "write", "read", "pattern", "tags")

_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \S+ \[\w+\] <[\d.]+> ", re.MULTILINE)
_STOMP_LOGIN = re.compile(r"STOMP login failed for user '(?P<user>.*)': (?P<reason>[^\n]*)\s*", re.DOTALL)
_AMQP_LOGIN = re.compile(
    r"Error on AMQP connection <[\d.]+> \((?P<name>[^(),]*)[^\n]*:\n(?P<reason>.*\b(?:refused|denied|limit)\b.*)",
    re.DOTALL,
)
_CHANNEL = re.compile(
    r"Channel error on connection <[\d.]+> \((?P<name>[^,]*), vhost: '(?P<vhost>[^\n]*)', user: '(?P<user>[^\n]*)'\), "
    r"channel \d+:\noperation (?P<operation>\S+) caused a channel exception (?P<code>\w+): (?P<reason>.*)",
    re.DOTALL,
)
# files/hubblecast_guard.erl
_GUARD = "hubblecast_guard: "
_USER = re.compile(r"user '(.*?)'")
_REFUSALS = {"access_refused", "resource_locked", "not_allowed", "precondition_failed"}


@dataclass(frozen=True, slots=True)
class Message:
    """One entry: the exchange and key it came by, its headers, the text of a log entry.

    `at_head`: it is the first that a run reads, which may be the last of the run before.
    """

    exchange: str
    key: str
    at_ms: int
    headers: Mapping[str, Any]
    text: str = ""
    at_head: bool = False

    def digest(self) -> str:
        """The same for the same entry, in another process too."""
        said = repr((self.exchange, self.key, self.at_ms, sorted(self.headers.items()), self.text))
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Connection:
    user: str
    address: str
    since_ms: int


class _Bounded(OrderedDict[str, Any]):
    """Remembers the newest entries: a broker may not make this process grow."""

    def keep(self, key: str, value: Any) -> list[Any]:
        """Returns what had to go for it, if anything."""
        self[key] = value
        return [self.popitem(last=False)[1]] if len(self) > _REMEMBERED else []


class Trail:
    """Lines about one node. What was done to the whole cluster (users, rights) is told by each of its nodes."""

    def __init__(self, node: str, visitors: Visitors, own_queue: str) -> None:
        self._node = node
        self._own_queue = own_queue
        self._visitors = visitors
        self._connections = _Bounded()
        self._channels = _Bounded()
        self._users: dict[str, int] = {}
        # Changes with each boot of the node, which ends what was open without an event.
        self._creation = ""
        # By queue, who consumes from it; _ELSEWHERE for those of another node.
        self._consumers = _Bounded()
        # What each connection reads: a page reads its history bit by bit, each time as another consumer.
        self._reads = _Bounded()
        self._takes: dict[str, Callable[[Message], Line | None]] = {
            "connection.created": self._logged_in,
            "connection.closed": self._logged_out,
            "channel.created": self._channel,
            "channel.closed": self._channel_closed,
            "consumer.created": self._consumer,
            "binding.created": self._bound,
            "queue.deleted": self._queue_deleted,
        }

    def take(self, message: Message) -> Line | None:
        """What this message tells; None for what is no news to an auditor."""
        if message.exchange != EVENTS:
            return self._logged(message)
        take = self._takes.get(message.key)
        if take is not None:
            return take(message)
        if message.key.startswith(_CHANGES) and not message.key.startswith("user.authentication."):
            fields = {name: _words(message.headers[name]) for name in _CHANGED_FIELDS if name in message.headers}
            by = message.headers.get("user_who_performed_action")
            return Line("changed", message.at_ms, {"what": message.key, "by": by, **fields})
        return None

    def state(self) -> dict[str, Any]:
        """For `recall` of the next run: who is there."""
        connections = {pid: [one.user, one.address, one.since_ms] for pid, one in self._connections.items()}
        return {"creation": self._creation, "connections": connections, "channels": dict(self._channels)}

    def recall(self, state: dict[str, Any]) -> None:
        """Raises LookupError, TypeError or ValueError for a state that is none."""
        self._creation = str(state["creation"])
        for pid, (user, address, since_ms) in state["connections"].items():
            self._open(pid, _Connection(user, address, since_ms))
        for pid, connection in state["channels"].items():
            self._channels.keep(pid, connection)

    def users(self) -> dict[str, int]:
        """How many connections each user has on this node."""
        return dict(self._users)

    def _logged_in(self, message: Message) -> Line | None:
        headers = message.headers
        if headers.get("node") != self._node:
            return None
        pid = str(headers.get("pid"))
        if (creation := pid.strip("<>").split(".")[-3]) != self._creation:
            self._creation = creation
            for known in (self._connections, self._channels, self._reads, self._users):
                known.clear()
        peer = _address(headers.get("peer_host"))
        connection = _Connection(str(headers.get("user")), self._visitors.address(peer), message.at_ms)
        self._visitors.logged_in(peer)
        self._open(pid, connection)
        name = headers.get("name")
        protocol = _words(headers.get("protocol"))
        fields = {"vhost": headers.get("vhost"), "protocol": protocol, "connection": name}
        return Line("logged_in", message.at_ms, {"user": connection.user, "from": connection.address, **fields})

    def _open(self, pid: str, connection: _Connection) -> None:
        self._count(connection.user, 1)
        for forgotten in self._connections.keep(pid, connection):
            self._count(forgotten.user, -1)

    def _count(self, user: str, change: int) -> None:
        count = self._users.get(user, 0) + change
        if count:
            self._users[user] = count
        else:
            self._users.pop(user, None)

    def _logged_out(self, message: Message) -> Line | None:
        connection = self._connections.pop(str(message.headers.get("pid")), None)
        if connection is None:
            return None
        self._count(connection.user, -1)
        seconds = round((message.at_ms - connection.since_ms) / 1000, 1)
        return Line(
            "logged_out",
            message.at_ms,
            {"user": connection.user, "from": connection.address, "seconds": seconds},
        )

    def _channel(self, message: Message) -> None:
        self._channels.keep(str(message.headers.get("pid")), str(message.headers.get("connection")))

    def _channel_closed(self, message: Message) -> None:
        self._channels.pop(str(message.headers.get("pid")), None)

    def _consumer(self, message: Message) -> Line | None:
        channel, queue = str(message.headers.get("channel")), str(message.headers.get("queue"))
        if _node(channel) != self._node:
            self._consumers.keep(queue, _ELSEWHERE)
            return None
        by = self._channels.get(channel, "")
        user = message.headers.get("user_who_performed_action")
        connection = self._connections.get(by) or _Connection(str(user), "", message.at_ms)
        self._consumers.keep(queue, connection)
        read = f"{by or channel} {queue}"
        if queue.startswith((SUBSCRIPTIONS, _DOCUMENTS)) or queue == self._own_queue or read in self._reads:
            return None
        self._reads.keep(read, True)
        fields = {"user": user, "from": connection.address, "queue": queue, "vhost": message.headers.get("vhost")}
        return Line("reading", message.at_ms, fields)

    def _bound(self, message: Message) -> Line | None:
        headers = message.headers
        queue = str(headers.get("destination_name"))
        user = headers.get("user_who_performed_action")
        connection = self._consumers.get(queue, _Connection(str(user), "", message.at_ms))
        if connection is _ELSEWHERE or not headers.get("source_name") or queue == self._own_queue:
            return None
        source, key = headers.get("source_name"), headers.get("routing_key")
        fields = {"exchange": source, "key": key, "queue": queue, "vhost": headers.get("vhost")}
        event = "subscribed" if queue.startswith(SUBSCRIPTIONS) else "bound"
        return Line(event, message.at_ms, {"user": user, "from": connection.address, **fields})

    def _queue_deleted(self, message: Message) -> None:
        self._consumers.pop(str(message.headers.get("name")), None)

    def _logged(self, message: Message) -> Line | None:
        if message.headers.get("node") != self._node:
            return None
        message = replace(message, at_ms=_written_at_ms(message.text) or message.at_ms)
        text = _LOG_PREFIX.sub("", message.text)
        if found := _CHANNEL.match(text):
            if found["code"] not in _REFUSALS:
                return None
            words = {name: found[name].strip() for name in ("vhost", "operation", "code", "reason")}
            return Line(
                "refused", message.at_ms, {"user": found["user"], "from": self._peer(found["name"]), **words}, True
            )
        if text.startswith(_GUARD):
            return Line("cut_off", message.at_ms, {"reason": text.removeprefix(_GUARD).strip()}, True)
        if found := _STOMP_LOGIN.fullmatch(text):
            return self._login_refused(message, found["user"], found["reason"], self._visitors.waiting())
        if found := _AMQP_LOGIN.match(text):
            user = _USER.search(found["reason"])
            return self._login_refused(
                message, user[1] if user else "", found["reason"].strip(), [self._peer(found["name"])]
            )
        return None

    def _login_refused(self, message: Message, user: str, reason: str, clients: list[str]) -> Line:
        """The broker does not say which of the open WebSockets a refused log-in came by."""
        certain = clients[0] if len(clients) == 1 else "unknown"
        perhaps = ",".join(clients[:_MANY]) if len(clients) > 1 else None
        fields = {"user": user, "from": certain, "perhaps": perhaps, "reason": reason}
        return Line("login_refused", message.at_ms, fields, True)

    def _peer(self, name: str) -> str:
        """The client of a connection by its name, ADDRESS:PORT -> ADDRESS:PORT."""
        return self._visitors.address(name.partition(" ")[0].rpartition(":")[0].strip("[]"))


def _node(pid: str) -> str:
    """The node of an Erlang process as events write it: <NODE.CREATION.ID.SERIAL>."""
    return pid.strip("<>").rsplit(".", 3)[0]


def _address(term: object) -> str:
    """An Erlang address, {10,1,2,3} or {0,0,0,0,0,65535,2561,515}, in the usual form."""
    numbers = [int(number) for number in re.findall(r"\d+", str(term))]
    if len(numbers) == 8:
        if numbers[:6] == [0, 0, 0, 0, 0, 0xFFFF]:
            return ".".join(str(part) for number in numbers[6:] for part in divmod(number, 256))
        return ":".join(f"{number:x}" for number in numbers)
    return ".".join(map(str, numbers))


def _written_at_ms(text: str) -> int | None:
    """The time before a log entry's text, which is finer than its message's."""
    try:
        return int(datetime.fromisoformat(" ".join(text[:40].split(" ")[:2])).timestamp() * 1000)
    except ValueError:
        return None


def _words(value: object) -> str:
    """Whatever an event has as a value, as text: bytes come as lists of numbers where they are no string."""
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, int) for item in value):
            return "".join(chr(item) for item in value)
        return ",".join(str(item) for item in value)
    # {'Web STOMP',"1.2"} and {0,9,1}
    text = str(value)
    return re.sub(r"[{}'\"]", "", text).replace(",", " ") if text.startswith("{") else text
