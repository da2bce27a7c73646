"""A viewer's password opens nothing but Web-STOMP from the broker's own host, where nginx is."""

from __future__ import annotations

import re
import subprocess

import pika
import pika.exceptions
import pytest
from arena import ATTACKER, VICTIM, Arena
from stack import ports
from stack.stomp import Client, Refused
from stack.websocket import WebSocket


def address_of_this_machine() -> str:
    """One that is not of the loopback. Traffic to it does not leave the machine."""
    addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True).stdout.split()
    return next(address for address in addresses if "." in address)


def log_in(arena: Arena, user: str, address: str, port: int) -> None:
    credentials = pika.PlainCredentials(user, arena.broker.password(user))
    pika.BlockingConnection(pika.ConnectionParameters(address, port, "hubble", credentials)).close()


def test_amqp_takes_a_viewer_from_the_broker_s_own_host_only(arena: Arena) -> None:
    log_in(arena, ATTACKER.name, ports.LOOPBACK, arena.outside_port)
    with pytest.raises(pika.exceptions.ProbableAuthenticationError, match="403"):
        log_in(arena, ATTACKER.name, address_of_this_machine(), arena.outside_port)
    # The same way with the same rights, but without `loopback_users`.
    log_in(arena, VICTIM.name, address_of_this_machine(), arena.outside_port)


def test_web_stomp_listens_to_nginx_alone(arena: Arena) -> None:
    WebSocket(ports.LOOPBACK, arena.broker.webstomp_port).close()
    with pytest.raises(OSError):
        WebSocket(address_of_this_machine(), arena.broker.webstomp_port, timeout_seconds=2.0)


def test_no_other_protocol_listens(arena: Arena) -> None:
    listeners = arena.broker.ctl("eval", "[element(3, L) || L <- rabbit_networking:node_listeners(node())].")
    assert set(re.findall(r"[a-z/-]+", listeners)) == {"amqp", "clustering", "http", "http/web-stomp"}


def test_a_user_s_connections_are_limited(arena: Arena) -> None:
    limit = ATTACKER.limits.connections
    word = arena.broker.password(ATTACKER.name)
    clients = []
    try:
        with pytest.raises(Refused, match="access denied"):
            for _ in range(limit + 1):
                clients.append(Client(WebSocket(ports.LOOPBACK, arena.broker.webstomp_port), ATTACKER.name, word))
        assert len(clients) >= limit - 1
        # Another user is not hindered.
        name = VICTIM.name
        Client(WebSocket(ports.LOOPBACK, arena.broker.webstomp_port), name, arena.broker.password(name)).close()
    finally:
        for client in clients:
            client.close()
        # The broker counts a connection until it has noticed the end of it: who comes next would be refused.
        arena.await_no_connection(ATTACKER.name)


def test_a_viewer_has_no_more_queues_than_names(arena: Arena) -> None:
    """Every name that its right covers is two lower-case hexadecimal digits long."""
    for suffix in ("0af", "a", "aG", "AF", "a.", ""):
        word = arena.broker.password(ATTACKER.name)
        client = Client(WebSocket(ports.LOOPBACK, arena.broker.webstomp_port), ATTACKER.name, word)
        with pytest.raises(Refused):
            client.subscribe("/exchange/hubble_flows/*.*.shop.*", x_queue_name=f"stomp-subscription-shop.{suffix}")
        client.close()
