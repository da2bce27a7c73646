"""`hubble-adapter tail`: flows from the broker to standard output, for people and for `hubble observe`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import pika
import pika.exceptions

from hubble_adapter.amqp import connection_parameters, in_words
from hubble_adapter.config.settings import Broker, RabbitMQ
from hubble_adapter.errors import BrokerError
from hubble_adapter.summary import summary

__all__ = ["HISTORY", "Wanted", "compact", "json_line", "moment", "tail"]

HISTORY = "hubble_history"

# Batches on the way to a slow terminal; what comes on top of them the broker drops, oldest first.
_PREFETCH = 64
_QUEUE_ARGUMENTS = {"x-max-length": 10_000, "x-overflow": "drop-head"}
_NOT_FOUND, _ACCESS_REFUSED = 404, 403
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flows: those whose routing key matches `key`; with `since` also the past from then on, out of `stream`."""

    key: str = "#"
    since: datetime | None = None
    stream: str = HISTORY


def moment(text: str, now: datetime) -> datetime:
    """Return the time that `text` names: how long ago (`90s`, `5m`, `1h30m`, `2d`), or RFC 3339.

    Raises ValueError with what would be right.
    """
    if re.fullmatch(r"(\d{1,6}[smhd])+", text):
        parts = re.findall(r"(\d+)([smhd])", text)
        return now - sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"{text!r} is no time: 90s, 5m, 1h30m or 2d ago, or 2026-01-02T03:04:05Z") from None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def tail(settings: RabbitMQ, wanted: Wanted, write: Callable[[dict[str, Any]], None]) -> None:
    """Hand every wanted flow to `write`, until the broker or the caller ends it. The first broker that is there is
    asked.

    Raises BrokerError.
    """
    for broker in settings.brokers:
        try:
            connection = pika.BlockingConnection(connection_parameters(settings, broker))
        except (pika.exceptions.AMQPError, OSError) as error:
            problem = BrokerError(in_words(error, broker))
            continue
        with connection:
            _read(connection, settings, broker, wanted, write)
        return
    raise problem


def _read(
    connection: Any, settings: RabbitMQ, broker: Broker, wanted: Wanted, write: Callable[[dict[str, Any]], None]
) -> None:
    try:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=_PREFETCH)
        if wanted.since is None:
            queue = channel.queue_declare("", exclusive=True, arguments=_QUEUE_ARGUMENTS).method.queue
            channel.queue_bind(queue, settings.exchange_name, wanted.key)
            batches = channel.consume(queue)
        else:
            # A stream begins at a chunk of messages, some of which are older than what was asked for.
            batches = channel.consume(wanted.stream, arguments={"x-stream-offset": wanted.since})
        for method, _, body in batches:
            if wanted.since is None or matches(wanted.key.split("."), method.routing_key.split(".")):
                for flow in flows_of(body):
                    if wanted.since is None or not _before(flow, wanted.since):
                        write(flow)
            channel.basic_ack(method.delivery_tag)
    except (pika.exceptions.AMQPError, OSError) as error:
        code = getattr(error, "reply_code", 0)
        if wanted.since is not None and code in (_NOT_FOUND, _ACCESS_REFUSED):
            what = "keeps no history under the name" if code == _NOT_FOUND else f"lets user {broker.user} not read"
            raise BrokerError(f"the broker {what} {wanted.stream}; --stream names another") from error
        raise BrokerError(in_words(error, broker)) from error


def matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether a routing key matches a binding key, both in words: * is one, # any number of them."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(matches(pattern[1:], words[count:]) for count in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and matches(pattern[1:], words[1:])


def _before(flow: dict[str, Any], since: datetime) -> bool:
    """Tell whether a flow is older; one whose time cannot be read is not."""
    text = str(flow.get("time", ""))
    try:
        # Python reads microseconds at most.
        return datetime.fromisoformat(text[:26].rstrip("Z") + "+00:00") < since
    except ValueError:
        return False


def flows_of(body: bytes) -> Iterator[dict[str, Any]]:
    """Yield the flows of a message; none where it is not of this contract (docs/messages.md)."""
    try:
        batch = json.loads(body)
    except ValueError:
        return
    flows = batch.get("flows") if isinstance(batch, dict) and batch.get("v") == 1 else None
    yield from (flow for flow in flows or [] if isinstance(flow, dict))


def json_line(flow: dict[str, Any]) -> str:
    """Return a flow as `hubble observe -o jsonpb` prints it: with its summary, and with its node and time beside it."""
    beside = {name: flow[name] for name in ("node_name", "time") if name in flow}
    summed_up = {"Summary": text} if (text := summary(flow)) else {}
    return json.dumps({"flow": {**flow, **summed_up}, **beside})


def compact(flow: dict[str, Any]) -> str:
    """Return a flow in one line. What a workload named is stripped of all that would steer a terminal."""
    l4 = flow.get("l4", {})
    protocol = next(iter(l4), "-")
    verdict = flow.get("verdict", "-")
    reason = f" ({flow['drop_reason_desc']})" if "drop_reason_desc" in flow else ""
    ends = [_end(flow, side, l4.get(protocol, {}).get(f"{side}_port")) for side in ("source", "destination")]
    text = f"{flow.get('time', '-')} {ends[0]} -> {ends[1]} {protocol} {verdict}{reason}"
    return "".join(c if c.isprintable() else "?" for c in text)


def _end(flow: dict[str, Any], side: str, port: object) -> str:
    endpoint = flow.get(side, {})
    name = endpoint.get("pod_name", "")
    if name:
        name = f"{endpoint.get('namespace', '')}/{name}"
    else:
        reserved = [label for label in endpoint.get("labels", []) if label.startswith("reserved:")]
        name = flow.get("IP", {}).get(side, "") or next(iter(reserved), "?")
    return f"{name}:{port}" if port else str(name)
