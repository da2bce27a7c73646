"""A change costs no more than it must, a bad one costs nothing, and secrets can be rotated."""

from __future__ import annotations

import socket
import ssl
import subprocess
from typing import Any

import pytest
from stack.stomp import Refused
from stack.websocket import HandshakeRefused
from stage import secrets
from stage.cluster import Broker, Cluster, settings
from stage.machine import eventually
from stage.viewer import Viewer


pytestmark = pytest.mark.usefixtures("restored")


def given(**values: str) -> dict[str, Any]:
    return {"example_site": {"secrets": {name.replace("__", "."): value for name, value in values.items()}}}


def served(address: str, port: int) -> bytes:
    """The certificate that a server shows."""
    with socket.create_connection((address, port), 10.0) as plain:
        with secrets.trust().wrap_socket(plain, server_hostname=secrets.PAGE_NAME) as tls:
            return tls.getpeercert(binary_form=True) or b""


def log_in(address: str, password: str) -> bool:
    try:
        Viewer(address, "shop", password).__exit__(None, None, None)
    except (Refused, HandshakeRefused):
        return False
    return True


def test_a_setting_that_the_broker_takes_at_once_restarts_nothing(first: Broker) -> None:
    before = first.pid()
    ended = first.converge(settings(vm_memory_high_watermark__relative=0.41, log__file__level="debug")).check()
    assert ended.updated == 2, ended.output[-3000:]
    assert first.pid() == before
    assert first.ctl("eval", "vm_memory_monitor:get_vm_memory_high_watermark().").strip() == "0.41"
    assert "vm_memory_high_watermark.relative = 0.41\n" in first.configuration()


def test_a_broken_setting_changes_nothing_and_says_why(first: Broker) -> None:
    before, configuration = first.pid(), first.configuration()
    ended = first.converge(settings(cluster_partition_handling="pause_minorities"))
    assert ended.code != 0
    assert '"pause_minorities" is not a valid enum value' in ended.output
    assert (first.pid(), first.configuration()) == (before, configuration)


def test_a_setting_of_a_later_version_is_refused_by_name(first: Broker) -> None:
    ended = first.converge(settings(**{"web_stomp__allow_origins__1": "https://flows.example.test"}))
    assert ended.code != 0
    assert "web_stomp.allow_origins.1 needs RabbitMQ 4.2.6, 3.10.8 is installed" in ended.output


def test_no_restart_while_another_node_is_away(cluster: Cluster, first: Broker, complete: None) -> None:
    before, configuration = first.pid(), first.configuration()
    other = cluster.brokers[2]
    other.run("systemctl stop rabbitmq-server")
    try:
        wanted = settings(tcp_listen_options__backlog=300)
        wanted["rabbitmq_webstomp"]["node"]["restart_timeout_seconds"] = 4
        ended = first.converge(wanted)
    finally:
        other.run("systemctl start rabbitmq-server")
    assert ended.code != 0
    assert "rabbit@rmq3 is down, and only one node of a cluster may be away at a time" in ended.output
    assert (first.pid(), first.configuration()) == (before, configuration)


def test_a_rotated_password_takes_effect_on_every_node(cluster: Cluster) -> None:
    cluster.brokers[1].converge(given(shop__password="rotated-5e0c1f7a9b")).check()
    for broker in cluster.brokers:
        assert log_in(broker.address, "rotated-5e0c1f7a9b")
        assert not log_in(broker.address, secrets.read("shop.password"))


def test_a_renewed_certificate_takes_effect_without_a_restart(first: Broker) -> None:
    before, pid = {port: served(first.address, port) for port in (443, 5671)}, first.pid()
    certificate, key = secrets.read("renewed.crt"), secrets.read("renewed.key")
    first.converge(given(broker__crt=certificate, broker__key=key, page__crt=certificate, page__key=key)).check()
    renewed = ssl.PEM_cert_to_DER_cert(certificate)
    assert renewed not in before.values()
    eventually("the renewed certificate", lambda: {served(first.address, port) for port in (443, 5671)} == {renewed})
    assert first.pid() == pid


def test_a_certificate_without_its_key_is_refused(first: Broker) -> None:
    before = served(first.address, 5671)
    ended = first.converge(given(broker__crt=secrets.read("renewed.crt")))
    assert ended.code != 0
    assert "key is not the key of this certificate; nothing was changed" in ended.output
    assert served(first.address, 5671) == before


def test_another_cookie_is_refused(cluster: Cluster, first: Broker) -> None:
    pid = first.pid()
    ended = first.converge(given(rabbitmq__cookie="0123456789abcdef" * 4))
    assert ended.code != 0
    assert "cookie is not the one of this node, which has data: nothing was changed" in ended.output
    assert first.pid() == pid
    with pytest.raises(subprocess.CalledProcessError):
        first.ctl("--erlang-cookie", "0123456789abcdef" * 4, "status")
    assert "0123456789abcdef" * 4 not in ended.output
