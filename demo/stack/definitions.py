"""What a private broker holds from its first second: the vhost, its users with their rights, the limit on readers.

Pure: makes RabbitMQ's definitions document, does no I/O.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

VHOST = "hubble"
NOTHING = "^$"
EVERYTHING = ".*"


@dataclass(frozen=True, slots=True)
class TopicRight:
    """Regular expressions for the routing keys (write) and binding keys (read) that a user may use on one exchange."""

    exchange: str
    write: str
    read: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections and channels a user may have at a time. A STOMP connection holds one channel."""

    connections: int
    channels: int


@dataclass(frozen=True, slots=True)
class User:
    """A broker user and the regular expressions of the names that it may configure, write and read in the vhost."""

    name: str
    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    topics: tuple[TopicRight, ...] = ()
    limits: Limits | None = None
    vhost: str = VHOST


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream queue, bound to `exchange` (None: to no exchange) by each of `keys`. `retention`: its arguments."""

    name: str
    exchange: str | None
    keys: tuple[str, ...]
    retention: Mapping[str, str | int]


# Without a topic right every key is allowed, so each user gets one for each exchange it can reach.
ADAPTER = User(
    name="adapter",
    configure="^(hubble_flows|hubble_status)$",
    write="^(hubble_flows|hubble_status)$",
    topics=(
        TopicRight("hubble_flows", write=EVERYTHING, read=NOTHING),
        TopicRight("hubble_status", write=EVERYTHING, read=NOTHING),
    ),
)
# Web-STOMP declares a queue stomp-subscription-… for each subscription: its user configures, writes (binds), reads it.
DEMO = User(
    name="demo",
    configure="^stomp-subscription-.*",
    write="^stomp-subscription-.*",
    read="^(stomp-subscription-.*|hubble_flows|hubble_status)$",
    topics=(
        TopicRight("hubble_flows", write=NOTHING, read=EVERYTHING),
        TopicRight("hubble_status", write=NOTHING, read=EVERYTHING),
    ),
)

# The broker's own events and log are in its default vhost.
EVENTS_VHOST = "/"
AUDIT_QUEUE = "hubblecast_audit"
AUDIT = User(
    name="audit",
    configure=f"^{AUDIT_QUEUE}$",
    write=f"^{AUDIT_QUEUE}$",
    read=rf"^({AUDIT_QUEUE}|amq\.rabbitmq\.(event|log))$",
    vhost=EVENTS_VHOST,
)

SUBSCRIPTIONS = "^stomp-subscription-"

# What a subscription's queue may cost, whatever its owner asked for. The oldest batches go first: the default overflow.
_QUEUE_LIMIT_BYTES = 16 * 1024 * 1024
_QUEUE_LIMITS = {
    "max-length": 20_000,
    "max-length-bytes": _QUEUE_LIMIT_BYTES,
    "message-ttl": 60_000,
    "expires": 60_000,
}
# Nothing keeps a viewer from making its queue a stream, which takes no limit from an operator policy and never expires.
_STREAM_LIMITS = {
    "max-age": "1m",
    "max-length-bytes": _QUEUE_LIMIT_BYTES,
    "stream-max-segment-size-bytes": 4 * 1024 * 1024,
}
_QUEUES_LIMIT = 2_000


def document(users: Sequence[User], hashes: Mapping[str, str], streams: Sequence[Stream] = ()) -> str:
    """RabbitMQ's definitions as JSON. `hashes`: password hash by user name, as `credentials.broker_hash` makes it.

    With `streams` come the exchanges that they are bound to.
    """
    return json.dumps(
        {
            "vhosts": [{"name": name} for name in sorted({VHOST, *(user.vhost for user in users)})],
            "users": [_user(user, hashes[user.name]) for user in users],
            "permissions": [
                {
                    "user": user.name,
                    "vhost": user.vhost,
                    "configure": user.configure,
                    "write": user.write,
                    "read": user.read,
                }
                for user in users
            ],
            "topic_permissions": [
                {
                    "user": user.name,
                    "vhost": VHOST,
                    "exchange": topic.exchange,
                    "write": topic.write,
                    "read": topic.read,
                }
                for user in users
                for topic in user.topics
            ],
            "policies": [_limit_policy("hubble_subscriptions", _STREAM_LIMITS)],
            "parameters": [
                _parameter("operator_policy", "hubble_subscriptions", _operator_policy(_QUEUE_LIMITS)),
                _parameter("vhost-limits", "limits", {"max-queues": _QUEUES_LIMIT}),
            ],
            "global_parameters": [],
            "exchanges": [
                _exchange(name) for name in sorted({stream.exchange for stream in streams if stream.exchange})
            ],
            "queues": [_queue(stream) for stream in streams],
            "bindings": [_binding(stream, key) for stream in streams for key in stream.keys],
        },
        indent=1,
    )


def _user(user: User, password_hash: str) -> dict[str, object]:
    found: dict[str, object] = {
        "name": user.name,
        "password_hash": password_hash,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
    }
    if user.limits is not None:
        found["limits"] = {"max-connections": user.limits.connections, "max-channels": user.limits.channels}
    return found


def _limit_policy(name: str, limits: Mapping[str, object]) -> dict[str, object]:
    return {"vhost": VHOST, "name": name, **_operator_policy(limits)}


def _operator_policy(limits: Mapping[str, object]) -> dict[str, object]:
    return {"pattern": SUBSCRIPTIONS, "apply-to": "queues", "priority": 0, "definition": limits}


def _parameter(component: str, name: str, value: Mapping[str, object]) -> dict[str, object]:
    return {"vhost": VHOST, "component": component, "name": name, "value": value}


def _exchange(name: str) -> dict[str, object]:
    kind: dict[str, object] = {"type": "topic", "durable": True, "auto_delete": False, "internal": False}
    return {"vhost": VHOST, "name": name, **kind, "arguments": {}}


def _queue(stream: Stream) -> dict[str, object]:
    arguments: dict[str, object] = {"x-queue-type": "stream", **stream.retention}
    return {"vhost": VHOST, "name": stream.name, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(stream: Stream, key: str) -> dict[str, object]:
    ends = {"source": stream.exchange, "destination": stream.name, "destination_type": "queue"}
    return {"vhost": VHOST, **ends, "routing_key": key, "arguments": {}}
