"""The suite `cluster`: three brokers and an adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stage.cluster import Broker, Cluster
from stage.machine import eventually
from stage.relay import Relay

READY_SECONDS = 90.0


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture(scope="session")
def relay() -> Relay:
    return Relay("cluster")


@pytest.fixture(scope="session")
def first(cluster: Cluster) -> Broker:
    return cluster.brokers[0]


@pytest.fixture
def complete(cluster: Cluster) -> Iterator[None]:
    """A test that leaves a node behind fails itself, and not the next one."""
    yield
    eventually("the cluster is complete again", cluster.complete, READY_SECONDS)


@pytest.fixture(scope="module")
def restored(cluster: Cluster) -> Iterator[None]:
    """What a module's tests changed by Chef is brought back by Chef."""
    yield
    for converge in cluster.converge():
        converge.check()
