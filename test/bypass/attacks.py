"""Ways to get at another's flows, or to forge or break them. Each is a function of an Attempt.

It runs before the bait is laid; what it returns, if anything, runs afterwards. Whatever the broker refuses ends it.
"""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pika
from arena import VICTIM_QUEUE, Attempt
from stack import ports

Run = Callable[[Attempt], "After"]
After = Run | None
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Attack:
    """`goal`: the bait is read, a message forged, or something broken. `bites`: it succeeds without rights."""

    name: str
    run: Run
    goal: Literal["read", "forge", "break"] = "read"
    bites: bool = True


ATTACKS: list[Attack] = []


def attack(goal: Literal["read", "forge", "break"], *, bites: bool = True) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        ATTACKS.append(Attack(run.__name__, run, goal, bites))
        return run

    return add


def subscription(name: str, destination: str, bites: bool = True, /, **headers: str) -> None:
    """Add the attack of one SUBSCRIBE. `{queue}` in a header's value is a queue of one's own."""

    def run(attempt: Attempt) -> None:
        named = {header: value.replace("{queue}", attempt.queue()) for header, value in headers.items()}
        attempt.stomp().subscribe(destination, **named)

    ATTACKS.append(Attack(name, run, "read", bites))


# What the adapter publishes, and nobody forged.
HONEST_KEY = "default.FORWARDED.shop.shop"

# Patterns. Those that do not bite are no wildcards to RabbitMQ; to a careless regular expression they could look like
# a right.
_PATTERNS = {
    "#": True,
    "#.#": True,
    "#.#.#.#.#.#.#": True,
    "*.#": True,
    "#.*": True,
    "*.*.*.*": True,
    "*.*.*.#": True,
    "*.*.*.*.#": True,
    "#.*.*.*.*": True,
    "*.*.pay.*": True,
    "*.*.*.pay": True,
    "*.*.pay.#": True,
    "*.*.#.pay": True,
    "#.pay": True,
    "#.pay.#": True,
    "#.pay.*": True,
    "default.DROPPED.pay._world": True,
    "default.*.pay._world": True,
    "default.#": True,
    "*.DROPPED.*.*": True,
    "*.*._world.*": True,
    "*.*.*._world": True,
    "*.*.kube-system.*": True,
    "shop.*.*.*": True,
    "shop.#": True,
    "*.shop.*.*": True,
    "#.shop.#": True,
    "#.#.shop.#": True,
    "#.shop.*.*": True,
    "*.shop.#": True,
    "*.*.shop-2.*": True,
    "*.*.*.xshop": True,
    "*.*.shop.#.pay": False,
    "*.*.pay.shop.*": False,
    "*.*.shop.*.*": False,
    "*.*..shop": False,
    "..shop.*": False,
    "*.*.shop.": False,
    ".*.shop.*": False,
    "*.*.shop": False,
    "*.*.*.shop.": False,
    "*.*.shop*.*": False,
    "*.*.*shop.*": False,
    "*.*.sho?.*": False,
    "*.*.[ps].*": False,
    "*.*.shop|pay.*": False,
    "*.*.(shop|pay).*": False,
    "*.*.{shop,pay}.*": False,
    "*.*.pay.*\n*.*.shop.*": False,
    "*.*.shop.*\n#": False,
    "*.*.shop.*\r": False,
    "*.*.shop.*\x00#": False,
    "*.*.ſhop.*": False,
    "*.*.ｓhop.*": False,
    "*.*.sh\u200bop.*": False,
    "＊.＊.pay.＊": False,
    "*.*.SHOP.*": False,
    " *.*.pay.*": False,
    "*.*.%70ay.*": False,
    "%2A.%2A.pay.%2A": False,
    "*.*.shop.*%00": False,
    f"*.*.shop.{'a' * 64}": False,
    f"*.*.{'a' * 200}.shop": False,
    f"{'*.' * 100}shop": False,
    f"*.*.shop.{'x' * 300}": False,
    "^.*$": False,
    ".*": False,
    "$": False,
}
for _pattern, _bites in _PATTERNS.items():
    _shown = _pattern if len(_pattern) < 40 else f"{_pattern[:30]}…{len(_pattern)}"
    subscription(f"pattern {_shown!r}", f"/exchange/hubble_flows/{_pattern}", _bites, x_queue_name="{queue}")

# Destinations.
_STREAM: Headers = {"ack": "client-individual", "prefetch_count": "100", "x_stream_offset": "last"}
subscription("no pattern", "/exchange/hubble_flows", False, x_queue_name="{queue}")
subscription("a name of the broker's choice", "/exchange/hubble_flows/*.*.pay.*")
subscription("another's queue by /queue", f"/queue/{VICTIM_QUEUE}")
subscription("another's queue by /amq/queue", f"/amq/queue/{VICTIM_QUEUE}")
subscription("another's queue by /reply-queue", f"/reply-queue/{VICTIM_QUEUE}")
subscription("another's queue by its bare name", VICTIM_QUEUE)
subscription(
    "another's queue by x-queue-name",
    "/exchange/hubble_flows/*.*.shop.*",
    x_queue_name=VICTIM_QUEUE,
    durable="true",
    auto_delete="false",
    exclusive="false",
    id_="x",
)
subscription("another's history by /amq/queue", "/amq/queue/hubble_history.pay", **_STREAM)
subscription("all of the history by /amq/queue", "/amq/queue/hubble_history", **_STREAM)
subscription("another's history by /reply-queue", "/reply-queue/hubble_history.pay", **_STREAM)
subscription("another cluster's history", "/amq/queue/hubble_history.shop@prod", False, **_STREAM)
subscription(
    "another's history by x-queue-name",
    "/exchange/hubble_flows/*.*.shop.*",
    False,
    **_STREAM,
    x_queue_name="hubble_history.pay",
)
subscription("history with a wildcard", "/amq/queue/hubble_history.*", False, **_STREAM)
subscription("history with a line's end", "/amq/queue/hubble_history.pay\n", False, **_STREAM)
subscription("history by an escaped dot", "/amq/queue/hubble_history%2Epay", False, **_STREAM)
subscription("the trace", "/exchange/amq.rabbitmq.trace/#", x_queue_name="{queue}")
subscription("the trace of one exchange", "/exchange/amq.rabbitmq.trace/publish.hubble_flows", x_queue_name="{queue}")
subscription("/topic", "/topic/#", False)
subscription("/topic with an own queue", "/topic/*.*.pay.*", False, x_queue_name="{queue}")
subscription("/temp-queue", "/temp-queue/pay", False)
subscription("the pseudo-queue of replies", "/amq/queue/amq.rabbitmq.reply-to", False)
subscription("a headers exchange", "/exchange/amq.headers/#", False, x_queue_name="{queue}")
subscription("the default exchange", f"/exchange/amq.default/{VICTIM_QUEUE}", False, x_queue_name="{queue}")
subscription(
    "a path out of the exchange", "/exchange/hubble_status%2F..%2Fhubble_flows/#", False, x_queue_name="{queue}"
)

# Headers.
_QUEUE: Headers = {"durable": "true", "auto_delete": "false", "exclusive": "false"}
_HEADERS: dict[str, Headers] = {
    "a stream of one's own": {**_QUEUE, **_STREAM, "x_queue_type": "stream"},
    "a quorum queue of one's own": {**_QUEUE, "ack": "client", "x_queue_type": "quorum"},
    "a durable subscription": {"durable": "true", "auto_delete": "false"},
    "a persistent subscription": {"persistent": "true"},
    "binding headers": {"x_match": "any", "CC": "*.*.pay.*", "BCC": "#", "routing_key": "#"},
    "a second destination": {"Destination": "/exchange/hubble_flows/*.*.shop.*"},
    "a selector": {"selector": "1=1", "activemq.prefetchSize": "1000"},
}
for _name, _headers in _HEADERS.items():
    # The key is allowed to `open` alone: on a right of one's own these headers must not widen anything.
    subscription(f"{_name}, another's key", "/exchange/hubble_flows/*.*.pay.*", x_queue_name="{queue}", **_headers)
    subscription(
        f"{_name}, one's own key", "/exchange/hubble_flows/*.*.shop.*", False, x_queue_name="{queue}", **_headers
    )


@attack("read")
def one_s_own_key_first_and_another_s_on_the_same_queue(attempt: Attempt) -> None:
    client, queue = attempt.stomp(), attempt.queue()
    client.subscribe("/exchange/hubble_flows/*.*.shop.*", "1", x_queue_name=queue)
    client.subscribe("/exchange/hubble_flows/*.*.pay.*", "2", x_queue_name=queue)


@attack("read")
def another_s_key_in_a_transaction(attempt: Attempt) -> None:
    client = attempt.stomp()
    client.request("BEGIN", {"transaction": "t"})
    client.subscribe("/exchange/hubble_flows/#", x_queue_name=attempt.queue(), transaction="t")
    client.request("COMMIT", {"transaction": "t"})


@attack("read", bites=False)
def another_s_name_with_one_s_own_password(attempt: Attempt) -> None:
    password = attempt.arena.broker.password(attempt.user)
    attempt.stomp("pay", password).subscribe(
        "/exchange/hubble_flows/*.*.pay.*", x_queue_name="stomp-subscription-pay.af"
    )


@attack("read", bites=False)
def no_password(attempt: Attempt) -> None:
    attempt.stomp("pay", "").subscribe("/amq/queue/hubble_history.pay", **_STREAM)


@attack("read", bites=False)
def guest(attempt: Attempt) -> None:
    attempt.stomp("guest", "guest").subscribe("/exchange/hubble_flows/#")


@attack("read", bites=False)
def another_vhost(attempt: Attempt) -> None:
    attempt.stomp(vhost="/").subscribe("/exchange/hubble_flows/#")


@attack("read")
def the_management_s_messages(attempt: Attempt) -> After:
    return lambda _: _manage(
        attempt,
        f"queues/hubble/{VICTIM_QUEUE}/get",
        {"count": 100, "ackmode": "ack_requeue_true", "encoding": "auto"},
    )


@attack("forge")
def the_management_s_publish(attempt: Attempt) -> None:
    message: dict[str, object] = {
        "properties": {},
        "routing_key": "default.DROPPED.pay.pay",
        "payload_encoding": "string",
    }
    _manage(attempt, "exchanges/hubble/hubble_flows/publish", {**message, "payload": attempt.secret})


@attack("break")
def the_management_s_definitions(attempt: Attempt) -> None:
    _manage(attempt, "definitions")
    _manage(attempt, f"queues/hubble/{VICTIM_QUEUE}", method="DELETE")


def _manage(attempt: Attempt, path: str, body: Mapping[str, object] | None = None, method: str | None = None) -> None:
    url = f"http://{ports.LOOPBACK}:{attempt.arena.management_port}/api/{path}"
    login = f"{attempt.user}:{attempt.arena.broker.password(attempt.user)}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        "Content-Type": "application/json",
    }
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10.0) as response:
            attempt.took.append(response.read())
    except urllib.error.HTTPError as error:
        attempt.took.append(error.read())


# Over AMQP, for whoever reaches its port from the broker's own host.
def binding(name: str, key: str, *, bites: bool = True) -> None:
    def run(attempt: Attempt) -> None:
        channel, queue = attempt.amqp(), attempt.queue()
        channel.queue_declare(queue, exclusive=True)
        channel.queue_bind(queue, "hubble_flows", key)
        channel.basic_consume(queue, attempt.take, auto_ack=True)

    ATTACKS.append(Attack(f"AMQP: {name}", run, "read", bites))


for _key, _bites in {
    "#": True,
    "*.*.pay.*": True,
    "*.*.*.*": True,
    "#.shop.#": True,
    "": False,
    "*.*.shop.*\n#": False,
}.items():
    binding(f"binding {_key!r}", _key, bites=_bites)


@attack("read")
def amqp_an_exchange_of_one_s_own_bound_to_all_flows(attempt: Attempt) -> None:
    channel, exchange, queue = attempt.amqp(), attempt.queue(), attempt.queue()
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    channel.exchange_bind(exchange, "hubble_flows", "#")
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, exchange, "")
    channel.basic_consume(queue, attempt.take, auto_ack=True)


@attack("read", bites=False)
def amqp_an_exchange_of_one_s_own_bound_to_one_s_flows_and_that_by_all(attempt: Attempt) -> None:
    channel, exchange, queue = attempt.amqp(), attempt.queue(), attempt.queue()
    channel.exchange_declare(exchange, "topic", auto_delete=True)
    channel.exchange_bind(exchange, "hubble_flows", "*.*.shop.*")
    channel.queue_declare(queue, exclusive=True)
    channel.queue_bind(queue, exchange, "#")
    channel.basic_consume(queue, attempt.take, auto_ack=True)


@attack("read")
def amqp_get_from_another_s_queue(attempt: Attempt) -> After:
    channel = attempt.amqp()
    return lambda _: attempt.took.append(channel.basic_get(VICTIM_QUEUE, auto_ack=True)[2] or b"")


@attack("read")
def amqp_another_s_queue_bound_to_an_exchange_of_one_s_own(attempt: Attempt) -> None:
    channel = attempt.amqp()
    channel.basic_consume(VICTIM_QUEUE, attempt.take, auto_ack=True)


@attack("read")
def amqp_another_s_history(attempt: Attempt) -> None:
    channel = attempt.amqp()
    channel.basic_qos(prefetch_count=100)
    channel.basic_consume("hubble_history.pay", attempt.take, arguments={"x-stream-offset": "last"})


@attack("read")
def amqp_a_queue_of_the_server_s_naming(attempt: Attempt) -> None:
    channel = attempt.amqp()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "hubble_flows", "#")
    channel.basic_consume(queue, attempt.take, auto_ack=True)


@attack("read")
def amqp_another_s_queue_made_to_dead_letter_to_mine(attempt: Attempt) -> None:
    channel, queue, mine = attempt.amqp(), f"{attempt.queue()}x", attempt.queue()
    channel.queue_declare(mine, exclusive=True)
    channel.basic_consume(mine, attempt.take, auto_ack=True)
    arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": mine, "x-message-ttl": 0}
    channel.queue_declare(queue, exclusive=True, arguments=arguments)
    channel.queue_bind(queue, "hubble_flows", "#")


# Forged: a flow or a status that the adapter did not publish, a document that nobody wrote.
def sending(name: str, destination: str, bites: bool = True, /, **headers: str) -> None:
    """Add the attack of one SEND."""
    named = {header.replace("_", "-"): value for header, value in headers.items()}

    def run(attempt: Attempt) -> None:
        attempt.stomp().request("SEND", {"destination": destination, **named}, attempt.secret.encode())

    ATTACKS.append(Attack(f"send {name}", run, "forge", bites))


sending("a flow", "/exchange/hubble_flows/default.DROPPED.pay.pay")
sending("a flow of one's own namespace", "/exchange/hubble_flows/default.DROPPED.shop.shop")
sending("a status", "/exchange/hubble_status/default.adapter")
sending("into another's queue", f"/amq/queue/{VICTIM_QUEUE}")
sending("into another's history", "/amq/queue/hubble_history.pay")
sending("into another's history by /queue", "/queue/hubble_history.pay", False)
sending("another's document", "/amq/queue/hubble_viewer.pay")
sending("one's own document", "/amq/queue/hubble_viewer.shop", False)
sending("by /topic with CC", "/topic/any", False, CC="default.DROPPED.pay.pay", BCC="hubble_history.pay")
sending("with reply-to", "/exchange/hubble_flows/default.DROPPED.pay.pay", reply_to="/temp-queue/mine")
sending("to nowhere with reply-to", "/temp-queue/pay", False, reply_to="/temp-queue/mine")


@attack("forge")
def send_in_a_transaction(attempt: Attempt) -> None:
    client = attempt.stomp()
    client.request("BEGIN", {"transaction": "t"})
    client.send(
        "SEND",
        {"destination": "/exchange/hubble_flows/default.DROPPED.pay.pay", "transaction": "t"},
        attempt.secret.encode(),
    )
    client.request("COMMIT", {"transaction": "t"})


def _dead_letter(name: str, exchange: str, key: str) -> None:
    """One's own flows, by a queue that keeps nothing, under a key of another's."""

    def run(attempt: Attempt) -> After:
        attempt.stomp().subscribe(
            "/exchange/hubble_flows/*.*.shop.*",
            x_queue_name=attempt.queue(),
            ack="client",
            prefetch_count="1",
            x_message_ttl="1",
            x_dead_letter_exchange=exchange,
            x_dead_letter_routing_key=key,
        )
        return lambda _: attempt.arena.publish(attempt.secret.encode(), (HONEST_KEY,) * 5)

    ATTACKS.append(Attack(f"dead-letter {name}", run, "forge"))


_dead_letter("to the flows", "hubble_flows", "default.DROPPED.pay.pay")
_dead_letter("to the statuses", "hubble_status", "default.adapter")
_dead_letter("into another's queue by the default exchange", "", VICTIM_QUEUE)


def publishing(
    name: str, exchange: str, key: str, headers: dict[str, object] | None = None, *, bites: bool = True
) -> None:
    def run(attempt: Attempt) -> None:
        channel = attempt.amqp()
        channel.confirm_delivery()
        channel.basic_publish(exchange, key, attempt.secret.encode(), pika.BasicProperties(headers=headers))

    ATTACKS.append(Attack(f"AMQP: publish {name}", run, "forge", bites))


publishing("a flow", "hubble_flows", "default.DROPPED.pay.pay")
publishing("by CC through the default exchange", "", "nowhere", {"CC": ["hubble_history.pay"]})
publishing("by BCC through the default exchange", "", "nowhere", {"BCC": ["hubble_viewer.pay"]})
publishing(
    "by CC under a key of one's own", "hubble_flows", "default.DROPPED.shop.shop", {"CC": ["default.DROPPED.pay.pay"]}
)
publishing("into another's document", "", "hubble_viewer.pay")


@attack("forge")
def amqp_the_flows_bound_to_an_exchange_of_one_s_own(attempt: Attempt) -> None:
    channel, exchange = attempt.amqp(), attempt.queue()
    channel.exchange_declare(exchange, "topic", auto_delete=True)
    channel.exchange_bind("hubble_flows", exchange, "#")
    channel.basic_publish(exchange, "default.DROPPED.pay.pay", attempt.secret.encode())


@attack("forge")
def amqp_the_flows_as_the_alternate_of_an_exchange_of_one_s_own(attempt: Attempt) -> None:
    channel, exchange = attempt.amqp(), attempt.queue()
    channel.exchange_declare(exchange, "topic", arguments={"alternate-exchange": "hubble_flows"})
    channel.basic_publish(exchange, "default.DROPPED.pay.pay", attempt.secret.encode())
    channel.exchange_delete(exchange)


@attack("forge")
def amqp_another_s_history_bound_to_an_exchange_of_one_s_own(attempt: Attempt) -> None:
    channel, exchange = attempt.amqp(), attempt.queue()
    channel.exchange_declare(exchange, "fanout", auto_delete=True)
    channel.queue_bind("hubble_history.pay", exchange, "")
    channel.basic_publish(exchange, "", attempt.secret.encode())


# Broken: exchanges, streams, bindings, another's queue.
@attack("break")
def unsubscribe_as_if_another_s_queue_were_a_durable_subscription(attempt: Attempt) -> None:
    client = attempt.stomp()
    queue = attempt.queue()
    client.subscribe("/topic/mine", "mine", x_queue_name=queue)
    headers = {"id": "mine", "destination": "/topic/mine", "durable": "true"}
    client.request("UNSUBSCRIBE", {**headers, "x-queue-name": VICTIM_QUEUE})


@attack("break")
def acknowledge_all_of_another_s_queue(attempt: Attempt) -> None:
    client = attempt.stomp()
    client.subscribe(f"/amq/queue/{VICTIM_QUEUE}", "mine", ack="auto")
    client.messages(0.3)


@attack("break")
def amqp_delete_the_flows(attempt: Attempt) -> None:
    attempt.amqp().exchange_delete("hubble_flows")


@attack("break")
def amqp_delete_the_history(attempt: Attempt) -> None:
    attempt.amqp().queue_delete("hubble_history.pay")


@attack("break")
def amqp_delete_another_s_document(attempt: Attempt) -> None:
    attempt.amqp().queue_delete("hubble_viewer.pay")


@attack("break")
def amqp_delete_another_s_queue(attempt: Attempt) -> None:
    attempt.amqp().queue_delete(VICTIM_QUEUE)


@attack("break")
def amqp_purge_another_s_queue(attempt: Attempt) -> None:
    attempt.amqp().queue_purge(VICTIM_QUEUE)


@attack("break")
def amqp_unbind_another_s_history(attempt: Attempt) -> None:
    attempt.amqp().queue_unbind("hubble_history.pay", "hubble_flows", "*.*.pay.*")


@attack("break")
def amqp_make_the_flows_a_fanout(attempt: Attempt) -> None:
    channel = attempt.amqp()
    channel.exchange_delete("hubble_flows")
    attempt.amqp().exchange_declare("hubble_flows", "fanout", durable=True)
