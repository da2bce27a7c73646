"""What the audit makes of events that a single private broker does not show: other nodes, restarts, endless crowds."""

from __future__ import annotations

from typing import Any

import pytest
from hubblecast_audit.line import Line
from hubblecast_audit.trail import EVENTS, Message, Trail
from hubblecast_audit.visitors import Visitors

HERE, THERE = "rabbit@rmq1", "rabbit@rmq2"
QUEUE = "stomp-subscription-shop.af"
LOG = "2026-11-25 14:23:48.380524+00:00 [error] <0.9.0> "
LOG_AT_MS = 1_795_616_628_380


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def visitors(clock: Clock) -> Visitors:
    return Visitors(clock)


@pytest.fixture
def trail(visitors: Visitors) -> Trail:
    return Trail(HERE, visitors, "hubblecast_audit.audit-rmq1")


def event(key: str, **headers: Any) -> Message:
    return Message(EVENTS, key, 1_000, headers)


def log(text: str, node: str = HERE) -> Message:
    return Message("amq.rabbitmq.log", "error", 1_000, {"node": node}, text)


def pid(number: int, node: str = HERE, creation: int = 7) -> str:
    return f"<{node}.{creation}.{number}.0>"


def logged_in(number: int, node: str = HERE, creation: int = 7, user: str = "shop") -> Message:
    address = {"peer_host": "{127,100,100,107}", "name": "127.100.100.107:55 -> 127.0.0.1:15674"}
    return event("connection.created", node=node, pid=pid(number, node, creation), user=user, vhost="hubble", **address)


def bound() -> Message:
    what = {"source_name": "hubble_flows", "routing_key": "#", "vhost": "hubble"}
    return event("binding.created", destination_name=QUEUE, user_who_performed_action="shop", **what)


def test_what_happens_on_another_node_is_told_there(trail: Trail) -> None:
    refusal = LOG + "STOMP login failed for user 'shop': authentication failed\n"
    messages = [
        logged_in(1, THERE),
        event("channel.created", pid=pid(2, THERE), connection=pid(1, THERE)),
        event("consumer.created", channel=pid(2, THERE), queue=QUEUE, user_who_performed_action="shop"),
        bound(),
        log(refusal, THERE),
        event("connection.closed", node=THERE, pid=pid(1, THERE)),
    ]
    assert [trail.take(message) for message in messages] == [None] * len(messages)
    assert trail.users() == {}
    told = trail.take(log(refusal))
    assert told and (told.event, told.at_ms) == ("login_refused", LOG_AT_MS)


def test_a_node_that_restarts_has_ended_all_its_connections(trail: Trail) -> None:
    trail.take(logged_in(1))
    trail.take(logged_in(2))
    assert trail.users() == {"shop": 2}
    trail.take(logged_in(3, creation=8))
    assert trail.users() == {"shop": 1}
    assert trail.take(event("connection.closed", node=HERE, pid=pid(1))) is None


def test_an_endless_crowd_is_forgotten_from_its_oldest_on(trail: Trail) -> None:
    for number in range(20_050):
        trail.take(logged_in(number, user="old" if number < 50 else "new"))
    assert trail.users() == {"new": 20_000}


def test_a_state_is_taken_over(trail: Trail, visitors: Visitors) -> None:
    trail.take(logged_in(1))
    next_one = Trail(HERE, visitors, "q")
    next_one.recall(trail.state())
    assert next_one.users() == {"shop": 1}
    told = next_one.take(event("connection.closed", node=HERE, pid=pid(1)))
    assert told and told.fields["user"] == "shop"


def test_who_reads_history_is_told_once_a_connection(trail: Trail) -> None:
    def reads(queue: str, number: int) -> Line | None:
        user = {"user_who_performed_action": "shop", "vhost": "hubble"}
        return trail.take(event("consumer.created", channel=pid(number + 50), queue=queue, **user))

    for number in (1, 2):
        trail.take(logged_in(number))
        trail.take(event("channel.created", pid=pid(number + 50), connection=pid(number)))
    assert reads("hubble_viewer.shop", 1) is None, "its own rights"
    told = reads("hubble_history.shop", 1)
    assert told and told.fields["queue"] == "hubble_history.shop" and told.fields["user"] == "shop"
    assert reads("hubble_history.shop", 1) is None, "the next bit of it"
    assert reads("hubble_status_history", 1)
    assert reads("hubble_history.shop", 2), "another page"


def test_what_the_guard_cut_off_is_told(trail: Trail) -> None:
    said = "hubblecast_guard: ended Web-STOMP connection <0.9.0>, which held 34 MiB\n"
    told = trail.take(log(LOG + said))
    assert told and told.warning and "event=cut_off" in str(told) and "held 34 MiB" in str(told)


@pytest.mark.parametrize("text", ["something else", "", LOG, LOG + "Channel error on connection <0.1.0> (x"])
def test_the_rest_of_the_log_is_none_of_its_business(trail: Trail, text: str) -> None:
    assert trail.take(log(text)) is None


def test_a_client_waits_for_ten_seconds_at_most(visitors: Visitors, clock: Clock) -> None:
    for said in (
        b"<190>Nov 25 14:12:48 visitor: 127.100.100.107 10.1.2.3",
        b"<190>x visitor: 127.100.100.108 2001:db8::1",
    ):
        visitors.told(said)
    visitors.logged_in("127.100.100.107")
    assert visitors.waiting() == ["2001:db8::1"]
    assert (visitors.address("127.100.100.107"), visitors.address("127.0.0.1")) == ("10.1.2.3", "127.0.0.1")
    clock.now_s = 10.5
    assert visitors.waiting() == []


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b": 10.0.0.1 10.0.0.2", b": 127.1.1.1 evil\n", b"x" * 5_000])
def test_what_nginx_does_not_say_is_left_alone(visitors: Visitors, said: bytes) -> None:
    visitors.told(said)
    assert visitors.waiting() == []


def test_a_line_is_one_short_line() -> None:
    line = str(Line("refused", 0, {"user": 'a"\n\x1b[31m\\b', "reason": "x" * 1_000, "none": None}))
    assert line.startswith("event=refused at=1970-01-01T00:00:00.000Z user=")
    assert line.isprintable() and len(line) < 400 and "none" not in line
