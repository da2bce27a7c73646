"""Ports: the free ones are free, the taken ones are told."""

from __future__ import annotations

import os
import socket

import pytest
from stack import ports
from stack.errors import NotReady, PortTaken, StackError


def test_free_ports_are_free_different_and_below_the_ephemeral_range() -> None:
    found = ports.free_ports(20)
    assert len(set(found)) == 20
    assert all(20_000 <= port <= 32_000 for port in found)
    for port in found:
        socket.create_server((ports.LOOPBACK, port)).close()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_taken_port_is_told_with_its_holder_and_the_remedy(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken) as raised:
            ports.claim(port, setting="DEMO_PORT")
    text = str(raised.value)
    assert text.startswith(f"port {port} on 127.0.0.1 is taken by ")
    assert f"(process {os.getpid()})" in text
    assert text.endswith("choose another with DEMO_PORT")


def test_a_port_that_was_just_closed_is_free() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((ports.LOOPBACK, port))
        connection, _ = server.accept()
        connection.close()  # this side now keeps the port in TIME_WAIT
        client.close()
    assert ports.claim(port, setting="DEMO_PORT") == port


@pytest.mark.parametrize("port", [-1, 65_536])
def test_what_is_no_port_is_told(port: int) -> None:
    with pytest.raises(StackError, match=f"DEMO_PORT={port} is no port"):
        ports.claim(port, setting="DEMO_PORT")


def test_zero_means_any_free_port() -> None:
    assert ports.claim(0, setting="DEMO_PORT") > 0


def test_waiting_ends_with_the_one_waited_for_or_in_time() -> None:
    def dead() -> None:
        raise StackError("it died")

    with pytest.raises(StackError, match="it died"):
        ports.wait_until(lambda: False, alive=dead, what="it", timeout_seconds=5.0)
    with pytest.raises(NotReady, match="it was not ready after 0 s"):
        ports.wait_until(lambda: False, alive=lambda: None, what="it", timeout_seconds=0.1)
