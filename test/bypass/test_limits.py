"""Whatever a viewer does with its own rights, or leaves undone, costs the broker a bounded amount."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from arena import ATTACKER, FOILED, VICTIM, Arena, Attempt
from attacks import HONEST_KEY
from stack import ports
from stack.rights import end_connections_expression
from stack.stomp import Client, Refused
from stack.websocket import Closed, WebSocket

MIB = 1024 * 1024
QUEUE_LIMIT_BYTES = 16 * MIB
BATCH_BYTES = 8_000
BATCHES = 6_000
PREFETCH = 64
TABS = 3
# What a tab's queue holds, and once more for what is on its way and what the machine has not given back.
TAB_LIMIT_BYTES = 2 * QUEUE_LIMIT_BYTES
EXPIRY_SECONDS = 60.0
WEB_SOCKET_FRAME_BYTES = 65_536
SLOW_SECONDS = 8.0
GUARD_SECONDS = 60.0
# For what the broker sends or does at once; a busy machine takes its time.
ANSWER_SECONDS = 30.0
GUARD_SAYS = "hubblecast_guard: ended Web-STOMP connection"
OWN_KEY = "/exchange/hubble_flows/*.*.shop.*"


@pytest.fixture
def viewer(arena: Arena) -> Iterator[Attempt]:
    viewer = Attempt(arena, ATTACKER.name)
    yield viewer
    viewer.close()


def flood(arena: Arena) -> None:
    """48 MB of the viewer's own flows, every batch confirmed: pika raises at the first one that is refused."""
    arena.publish(b"x" * BATCH_BYTES, (HONEST_KEY,) * BATCHES)


def queues(arena: Arena) -> dict[str, int]:
    """Bytes that lie in each of the attacker's queues, delivered or not."""
    rows = arena.broker.ctl("list_queues", "-p", "hubble", "--no-table-headers", "name", "message_bytes").splitlines()
    found = (row.split("\t") for row in rows if row.startswith("stomp-subscription-shop."))
    return {name: int(count or 0) for name, count in found}


def memory_bytes(arena: Arena) -> int:
    status = Path(f"/proc/{arena.broker.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


def test_stopped_tabs_cost_a_bounded_amount(arena: Arena, viewer: Attempt) -> None:
    # What the flows and their history cost by themselves.
    flood(arena)
    before = memory_bytes(arena)
    kept = [viewer.queue() for _ in range(TABS)]
    try:
        for name in kept:
            page = viewer.stomp(receive_buffer_bytes=4096)
            page.subscribe(OWN_KEY, x_queue_name=name, exclusive="true", ack="client", prefetch_count=str(PREFETCH))
        for _ in range(TABS):
            # Neither acknowledgement nor prefetch: the broker sends as fast as it can to somebody who does not read.
            viewer.stomp(receive_buffer_bytes=4096).subscribe(OWN_KEY, x_queue_name=viewer.queue())
        flood(arena)
        held = queues(arena)
        assert set(kept) <= set(held)
        assert max(held.values()) <= QUEUE_LIMIT_BYTES + PREFETCH * BATCH_BYTES
        # They did fall behind, or this would prove nothing.
        assert min(held[name] for name in kept) > QUEUE_LIMIT_BYTES / 2
        # Twice as much of what they do not read costs no more.
        flood(arena)
        assert memory_bytes(arena) - before < 2 * TABS * TAB_LIMIT_BYTES < 2 * TABS * 2 * BATCHES * BATCH_BYTES / 2
    finally:
        viewer.close()


def test_a_queue_left_behind_goes(arena: Arena, viewer: Attempt) -> None:
    name = viewer.queue()
    client = viewer.stomp()
    client.subscribe(
        OWN_KEY, x_queue_name=name, durable="true", auto_delete="false", exclusive="false", x_expires="999999"
    )
    client.close()
    left_at = time.monotonic()
    assert name in queues(arena)
    # The answer may take seconds: as the question was asked, or later, the queue was there.
    asked_at = left_at
    while name in queues(arena):
        assert asked_at - left_at < EXPIRY_SECONDS + 10.0
        arena.rest(1.0)
        asked_at = time.monotonic()
    assert time.monotonic() - left_at > EXPIRY_SECONDS - 5.0


@pytest.mark.parametrize("kind", ["stream", "quorum"])
def test_a_queue_that_would_outlast_its_viewer_is_deleted(arena: Arena, viewer: Attempt, kind: str) -> None:
    """Neither release keeps a viewer from making a stream, which does not expire, or a quorum queue."""
    name = viewer.queue()
    durable = {"x_queue_type": kind, "durable": "true", "auto_delete": "false", "exclusive": "false"}
    with contextlib.suppress(Refused):
        # It may go before its consumer is there.
        viewer.stomp().subscribe(OWN_KEY, x_queue_name=name, ack="client", prefetch_count="10", **durable)
    said = f"hubblecast_guard: deleted queue {name}"
    deadline = time.monotonic() + GUARD_SECONDS
    while name in queues(arena) or said not in arena.broker.log.read_text(errors="replace"):
        assert time.monotonic() < deadline
        arena.rest(0.2)
    # The flows have not noticed.
    arena.publish(b"{}", (HONEST_KEY,) * 100)
    viewer.close()


def test_a_viewer_s_queue_never_refuses_a_flow(arena: Arena, viewer: Attempt) -> None:
    client = viewer.stomp()
    limits = {"x_max_length": "1", "x_overflow": "reject-publish"}
    client.subscribe(OWN_KEY, x_queue_name=viewer.queue(), ack="client", prefetch_count="1", **limits)
    arena.publish(b"{}", (HONEST_KEY,) * 100)
    viewer.close()


def test_the_operator_s_limits_hold_against_what_a_subscription_asks_for(arena: Arena, viewer: Attempt) -> None:
    client = viewer.stomp()
    wishes = {"x_max_length": "10000000", "x_max_length_bytes": "10000000000", "x_message_ttl": "100000000"}
    name = viewer.queue()
    client.subscribe(OWN_KEY, x_queue_name=name, ack="client", prefetch_count="1", **wishes)
    flood(arena)
    assert queues(arena)[name] <= QUEUE_LIMIT_BYTES + BATCH_BYTES
    viewer.close()


def test_a_slow_tab_costs_a_bounded_amount_and_goes_on(arena: Arena, viewer: Attempt) -> None:
    """It acknowledges one batch in a while, which keeps the broker sending."""
    flood(arena)
    before = memory_bytes(arena)
    name = viewer.queue()
    client = viewer.stomp(receive_buffer_bytes=4096)
    client.subscribe(OWN_KEY, x_queue_name=name, exclusive="true", ack="client", prefetch_count=str(PREFETCH))
    flood(arena)
    flood(arena)
    began = time.monotonic()
    read = 0
    while (slow_for := time.monotonic() - began) < SLOW_SECONDS or (read <= 5 and slow_for < ANSWER_SECONDS):
        for message in client.messages(1.0, count=1):
            client.send("ACK", {"id": message.headers["ack"]})
            read += 1
        time.sleep(0.1)
        if read % 8 == 0:
            flood_a_little(arena)
    held = queues(arena)[name]
    assert QUEUE_LIMIT_BYTES / 2 < held <= QUEUE_LIMIT_BYTES + PREFETCH * BATCH_BYTES
    assert 5 < read < BATCHES / 10
    assert memory_bytes(arena) - before < 2 * TAB_LIMIT_BYTES < 2 * BATCHES * BATCH_BYTES
    # What it has not read is old, and goes; what is new comes.
    arena.publish(b"newest", (HONEST_KEY,))
    newest = b""
    while newest != b"newest":
        (message,) = client.messages(ANSWER_SECONDS, count=1)
        client.send("ACK", {"id": message.headers["ack"]})
        newest = message.body
    viewer.close()


def flood_a_little(arena: Arena) -> None:
    arena.publish(b"x" * BATCH_BYTES, (HONEST_KEY,) * 200)


def web_socket(arena: Arena) -> WebSocket:
    return WebSocket(ports.LOOPBACK, arena.broker.webstomp_port)


def test_a_large_web_socket_frame_ends_its_connection(arena: Arena, viewer: Attempt) -> None:
    client = viewer.stomp()
    client.web_socket.send(b"\n" * (WEB_SOCKET_FRAME_BYTES - 1))
    client.subscribe(OWN_KEY, x_queue_name=viewer.queue(), exclusive="true", ack="client", prefetch_count="1")
    client.web_socket.send(b"\n" * (WEB_SOCKET_FRAME_BYTES + 1))
    with pytest.raises(Refused):
        client.frame(ANSWER_SECONDS)


def guard_ended(arena: Arena) -> int:
    """How many connections the guard has ended so far."""
    return arena.broker.log.read_text(errors="replace").count(GUARD_SAYS)


@pytest.mark.parametrize("logged_in", [False, True], ids=["before a log-in", "after it"])
@pytest.mark.parametrize("begins", [b"SEND\nheader:", b"SEND\ncontent-length:999999999\n\n"], ids=["header", "body"])
def test_a_frame_without_end_ends_its_connection(arena: Arena, viewer: Attempt, begins: bytes, logged_in: bool) -> None:
    """In pieces that are each small enough. RabbitMQ itself takes it until its memory is used up."""
    bystander = viewer.stomp(VICTIM.name)
    before = memory_bytes(arena)
    ended = guard_ended(arena)
    attacker = viewer.stomp().web_socket if logged_in else web_socket(arena)
    sent = 0
    with pytest.raises((OSError, Closed)):
        attacker.send(begins)
        while sent < 500 * MIB:
            attacker.send(b"x" * 60_000)
            sent += 60_000
        attacker.receive(5.0)
    attacker.close()
    assert sent < 200 * MIB
    assert memory_bytes(arena) - before < 512 * MIB
    deadline = time.monotonic() + ANSWER_SECONDS
    while guard_ended(arena) == ended:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    # Nobody else is hurt.
    bystander.request("BEGIN", {"transaction": "t"})


def test_rights_that_are_narrowed_hold_once_the_connections_are_ended(arena: Arena, viewer: Attempt) -> None:
    """RabbitMQ looks at them when a subscription is made: whoever narrows them ends the connections too."""
    client = viewer.stomp()
    name = viewer.queue()
    client.subscribe(OWN_KEY, x_queue_name=name, exclusive="true", ack="client", prefetch_count="10")
    narrow = ("set_topic_permissions", "-p", "hubble", ATTACKER.name, "hubble_flows", "^$")
    arena.broker.ctl(*narrow, "^$")
    try:
        arena.publish(b"still comes", (HONEST_KEY,))
        assert [message.body for message in client.messages(ANSWER_SECONDS, count=1)] == [b"still comes"]
        assert arena.broker.ctl("eval", end_connections_expression(ATTACKER.name)).strip() == "ok"
        with pytest.raises(Refused):
            # It says so first, as an ERROR frame.
            while client.frame(ANSWER_SECONDS) is not None:
                pass
        with pytest.raises(FOILED):
            viewer.stomp().subscribe(OWN_KEY, x_queue_name=viewer.queue(), exclusive="true", ack="client")
    finally:
        (right,) = [topic for topic in ATTACKER.user().topics if topic.exchange == "hubble_flows"]
        arena.broker.ctl(*narrow, right.read)
        viewer.close()
    assert isinstance(viewer.stomp(), Client)
    viewer.close()
