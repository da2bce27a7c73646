"""The audit on a host as Chef made it: who logged in from where, what was subscribed and refused, in the journal."""

from __future__ import annotations

import re
import socket
from contextlib import closing

import pytest
from testinfra.host import Host
from stack.stomp import Refused
from stage.machine import Machine, eventually
from stage.viewer import Viewer

EXPOSURE_LIMIT = 1.5


@pytest.fixture
def own_address(machine: Machine) -> str:
    """The address that the host's network knows us by."""
    with closing(socket.create_connection((machine.address, 443), 5.0)) as connection:
        return str(connection.getsockname()[0])


def line(machine: Machine, event: str, *words: str) -> bool:
    """Whether the audit told such an event with all of these words."""
    lines = machine.run("journalctl --unit hubblecast-audit --no-pager --output cat").splitlines()
    return any(f"event={event} " in one and all(word in one for word in words) for one in lines)


def test_a_log_in_and_what_it_subscribes_to_are_told_with_the_clients_address(
    machine: Machine, own_address: str
) -> None:
    with Viewer(machine.address, user="shop") as viewer:
        viewer.subscribe("*.*.shop.*")
        eventually("logged in", lambda: line(machine, "logged_in", "user=shop", f"from={own_address}"))
        eventually("subscribed", lambda: line(machine, "subscribed", "user=shop", "key=*.*.shop.*"))
    eventually("logged out", lambda: line(machine, "logged_out", "user=shop", f"from={own_address}"))


def test_what_is_refused_is_told(machine: Machine) -> None:
    with pytest.raises(Refused), Viewer(machine.address, user="shop") as viewer:
        viewer.subscribe("*.*.pay.*")
    eventually("refused", lambda: line(machine, "refused", "user=shop", "code=access_refused"))
    with pytest.raises(Refused):
        Viewer(machine.address, user="shop", password="wrong")
    eventually("log-in refused", lambda: line(machine, "login_refused", "user=shop"))


def test_it_counts_them_on_loopback(host: Host) -> None:
    assert host.socket("tcp://127.0.0.1:9809").is_listening
    metrics = host.check_output(
        "python3 -c 'from urllib.request import *; print(urlopen(\"http://127.0.0.1:9809\").read().decode())'"
    )
    counts = {
        event: float(count) for event, count in re.findall(r'audit_events_total\{event="(\w+)"\} ([0-9.e+]+)', metrics)
    }
    assert counts["logged_in"] > 0 and counts["subscribed"] > 0 and counts["refused"] > 0
    assert "hubblecast_audit_up 1.0" in metrics


def test_its_unit_is_locked_in(machine: Machine) -> None:
    score = re.search(
        r"exposure level for \S+: ([0-9.]+)", machine.run("systemd-analyze security hubblecast-audit --no-pager")
    )
    assert score and float(score[1]) <= EXPOSURE_LIMIT
