"""What the converges made out of four bare machines."""

from __future__ import annotations

import json
import socket
import ssl

import pytest
from stage import secrets
from stage.cluster import NAMES, Cluster
from stage.machine import eventually
from stage.viewer import Viewer

INDEXES = range(len(NAMES))
# AMQP without TLS, STOMP, Web-STOMP, metrics, management, the streams' own protocol, MQTT.
CLOSED_PORTS = (5672, 61613, 61614, 15674, 15673, 15692, 15672, 5552, 1883, 9808, 9809)


@pytest.mark.parametrize("index", INDEXES)
def test_each_node_sees_one_cluster_of_three(cluster: Cluster, index: int) -> None:
    status = cluster.brokers[index].status()
    assert sorted(status["disk_nodes"]) == [f"rabbit@{name}" for name in NAMES]
    assert status["partitions"] == {}
    assert status["alarms"] == []
    assert status["cluster_name"] == "hubble"


@pytest.mark.parametrize("index", INDEXES)
def test_flows_arrive_through_the_page_of_each_node(cluster: Cluster, index: int) -> None:
    with Viewer(cluster.brokers[index].address) as viewer:
        viewer.subscribe()
        assert len(list(viewer.flows(15.0, count=20))) == 20


def test_a_viewer_of_a_namespace_sees_no_other(cluster: Cluster) -> None:
    with Viewer(cluster.brokers[1].address, user="shop") as viewer:
        viewer.subscribe("*.*.shop.*")
        flows = list(viewer.flows(15.0, count=20))
    assert flows
    assert all(flow.get("source", {}).get("namespace") == "shop" for flow in flows)


def test_each_stream_has_a_copy_on_each_node(cluster: Cluster) -> None:
    queues = json.loads(
        cluster.brokers[0].ctl("list_queues", "-p", "hubble", "name", "type", "members", "--formatter", "json")
    )
    streams = {
        queue["name"]: sorted(queue["members"])
        for queue in queues
        if queue["type"] in ("stream", "rabbit_stream_queue")
    }
    assert {"hubble_history", "hubble_history.shop", "hubble_status_history"} <= set(streams)
    assert all(members == [f"rabbit@{name}" for name in NAMES] for members in streams.values()), streams


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("port", CLOSED_PORTS)
def test_what_must_not_listen_does_not(cluster: Cluster, index: int, port: int) -> None:
    assert not cluster.brokers[index].listens(port)


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("port", [443, 5671])
def test_what_listens_shows_the_sites_certificate(cluster: Cluster, index: int, port: int) -> None:
    with socket.create_connection((cluster.brokers[index].address, port), 10.0) as plain:
        with secrets.trust().wrap_socket(plain, server_hostname=secrets.PAGE_NAME) as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")


def test_between_nodes_nobody_talks_without_a_certificate_of_the_site(cluster: Cluster) -> None:
    address = cluster.brokers[0].address
    stranger = ssl.create_default_context(cafile=str(secrets.FOLDER / "ca.crt"))
    # In TLS 1.3 a client learns only with its first reading that it was refused.
    stranger.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((address, 25672), 10.0) as plain, pytest.raises((ssl.SSLError, ConnectionError)):
        stranger.wrap_socket(plain, server_hostname="rmq1")
    member = ssl.create_default_context(cafile=str(secrets.FOLDER / "ca.crt"))
    member.maximum_version = ssl.TLSVersion.TLSv1_2
    member.load_cert_chain(secrets.FOLDER / "broker.crt", secrets.FOLDER / "broker.key")
    with socket.create_connection((address, 25672), 10.0) as plain:
        with member.wrap_socket(plain, server_hostname="rmq1") as tls:
            assert tls.getpeercert()


@pytest.mark.parametrize("index", INDEXES)
def test_each_node_is_audited(cluster: Cluster, index: int) -> None:
    broker = cluster.brokers[index]
    assert broker.host.service("hubblecast-audit").is_running
    with Viewer(broker.address, user="shop") as viewer:
        viewer.subscribe("*.*.shop.*")
        eventually("told", lambda: "event=subscribed" in broker.run("journalctl --unit hubblecast-audit --output cat"))


@pytest.mark.parametrize("index", INDEXES)
def test_no_secret_is_readable_for_others(cluster: Cluster, index: int) -> None:
    broker = cluster.brokers[index]
    files = ["/var/lib/rabbitmq/.erlang.cookie", "/etc/rabbitmq/rabbitmq.conf", "/etc/rabbitmq/rabbitmq-env.conf"]
    files += broker.run("ls /etc/rabbitmq/tls/*.key").split()
    for file in files:
        assert broker.host.file(file).mode & 0o007 == 0, file
    processes = broker.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert secrets.read("rabbitmq.cookie").strip() not in processes
    assert "guest" not in broker.ctl("list_users")
