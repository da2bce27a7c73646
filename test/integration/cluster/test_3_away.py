"""A machine that lost its data: what Chef refuses while it is away, and how it comes back."""

from __future__ import annotations

import json

import pytest
from stage.cluster import Broker, Cluster, settings
from stage.machine import Converge


@pytest.fixture(scope="module")
def lost(cluster: Cluster) -> Broker:
    *_, lost = cluster.brokers
    lost.run("systemctl stop rabbitmq-server; rm -rf /var/lib/rabbitmq/mnesia/*")
    return lost


@pytest.fixture(scope="module")
def states(cluster: Cluster, lost: Broker) -> list[tuple[str, str, bytes]]:
    return [broker.state() for broker in cluster.others(lost)]


@pytest.fixture(scope="module")
def refused(cluster: Cluster, states: list[tuple[str, str, bytes]]) -> list[Converge]:
    """A setting that needs a restart for the first node, one of a later version for the next, none for the last."""
    restart = settings(tcp_listen_options__backlog=300)
    restart["rabbitmq_webstomp"]["node"]["restart_timeout_seconds"] = 4
    return cluster.converge_each([restart, settings(web_stomp__allow_origins__1="https://flows.example.test"), None])


def test_no_restart_while_another_node_is_away(
    first: Broker, states: list[tuple[str, str, bytes]], refused: list[Converge]
) -> None:
    refused[0].check_refused("rabbit@rmq3 is down, and only one node of a cluster may be away at a time")
    assert first.state() == states[0]


def test_a_setting_of_a_later_version_is_refused_by_name(
    cluster: Cluster, states: list[tuple[str, str, bytes]], refused: list[Converge]
) -> None:
    refused[1].check_refused("web_stomp.allow_origins.1 needs RabbitMQ 4.2.6, 3.10.8 is installed")
    assert cluster.brokers[1].state() == states[1]


def test_a_machine_that_lost_its_data_makes_no_cluster_of_its_own(lost: Broker, refused: list[Converge]) -> None:
    refused[2].check_refused("knows this node as a member, but it has no data")
    assert lost.pid() == "0"


def test_it_is_let_in_once_the_old_one_is_forgotten(
    cluster: Cluster, first: Broker, lost: Broker, refused: list[Converge], complete: None
) -> None:
    forget = {"example_site": {"lost": lost.erlang_name}}
    assert first.converge(forget, ["recipe[example_site::forget]"]).check().updated == 1
    lost.converge().check()
    streams = json.loads(first.ctl("list_queues", "-p", "hubble", "name", "members", "--formatter", "json"))
    assert all(lost.erlang_name in stream["members"] for stream in streams if "members" in stream and stream["members"])
