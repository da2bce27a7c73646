"""A change costs no more than it must, a bad one costs nothing, and secrets can be rotated.

Chef takes most of a converge for itself, on one processor. So the nodes are converged at the same moment, each for
another test.
"""

from __future__ import annotations

import ssl
import subprocess
from typing import Any

import pytest
from stack.stomp import Refused
from stack.websocket import HandshakeRefused
from stage import secrets
from stage.cluster import Broker, Cluster, given, settings
from stage.machine import Converge, eventually, merged
from stage.viewer import Viewer

ROTATED_PASSWORD = "rotated-5e0c1f7a9b"
OTHER_COOKIE = "0123456789abcdef" * 4


@pytest.fixture(scope="module")
def changes() -> list[dict[str, Any]]:
    """Another password for all nodes; with it a setting for the first, and for the last a certificate."""
    certificate, key = secrets.read("renewed.crt"), secrets.read("renewed.key")
    password = given(shop__password=ROTATED_PASSWORD)
    setting = settings(vm_memory_high_watermark__relative=0.41, log__file__level="debug")
    files = given(broker__crt=certificate, broker__key=key, page__crt=certificate, page__key=key)
    return [merged(password, setting), password, merged(password, files)]


@pytest.fixture(scope="module")
def pids(cluster: Cluster) -> list[str]:
    return [broker.pid() for broker in cluster.brokers]


@pytest.fixture(scope="module")
def changed(cluster: Cluster, changes: list[dict[str, Any]], pids: list[str], restored: None) -> None:
    for ended in cluster.converge_each(changes):
        ended.check()
    certificate = ssl.PEM_cert_to_DER_cert(secrets.read("renewed.crt"))
    renewed = cluster.brokers[-1]
    eventually("the renewed certificate", lambda: {renewed.certificate(port) for port in (443, 5671)} == {certificate})


@pytest.fixture(scope="module")
def states(cluster: Cluster, changed: None) -> list[tuple[str, str, bytes]]:
    return [broker.state() for broker in cluster.brokers]


@pytest.fixture(scope="module")
def refused(cluster: Cluster, changes: list[dict[str, Any]], states: list[tuple[str, str, bytes]]) -> list[Converge]:
    """A wrong setting for the first node, a certificate without its key for the next, another cookie for the last."""
    wrong = [
        settings(cluster_partition_handling="pause_minorities"),
        given(broker__crt=secrets.read("renewed.crt")),
        given(rabbitmq__cookie=OTHER_COOKIE),
    ]
    return cluster.converge_each([merged(*both) for both in zip(changes, wrong)])


def log_in(address: str, password: str) -> bool:
    try:
        Viewer(address, "shop", password).__exit__(None, None, None)
    except (Refused, HandshakeRefused):
        return False
    return True


def test_a_setting_that_the_broker_takes_at_once_restarts_nothing(
    first: Broker, pids: list[str], changed: None
) -> None:
    assert first.pid() == pids[0]
    assert first.ctl("eval", "vm_memory_monitor:get_vm_memory_high_watermark().").strip() == "0.41"
    assert "vm_memory_high_watermark.relative = 0.41\n" in first.configuration()


def test_a_rotated_password_takes_effect_on_every_node(cluster: Cluster, changed: None) -> None:
    for broker in cluster.brokers:
        assert log_in(broker.address, ROTATED_PASSWORD)
        assert not log_in(broker.address, secrets.read("shop.password"))


def test_a_renewed_certificate_takes_effect_without_a_restart(cluster: Cluster, pids: list[str], changed: None) -> None:
    assert [broker.pid() for broker in cluster.brokers] == pids
    assert cluster.brokers[-1].certificate(443) != cluster.brokers[0].certificate(443)


def test_a_broken_setting_changes_nothing_and_says_why(
    first: Broker, states: list[tuple[str, str, bytes]], refused: list[Converge]
) -> None:
    refused[0].check_refused('"pause_minorities" is not a valid enum value')
    assert first.state() == states[0]


def test_a_certificate_without_its_key_is_refused(
    cluster: Cluster, states: list[tuple[str, str, bytes]], refused: list[Converge]
) -> None:
    refused[1].check_refused("key is not the key of this certificate; nothing was changed")
    assert cluster.brokers[1].state() == states[1]


def test_another_cookie_is_refused(
    cluster: Cluster, states: list[tuple[str, str, bytes]], refused: list[Converge]
) -> None:
    broker = cluster.brokers[-1]
    refused[2].check_refused("cookie is not the one of this node, which has data: nothing was changed")
    assert OTHER_COOKIE not in refused[2].output
    assert broker.state() == states[2]
    with pytest.raises(subprocess.CalledProcessError):
        broker.ctl("--erlang-cookie", OTHER_COOKIE, "status")
