from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from testinfra.host import Host
from stage.machine import Machine, eventually
from stage.relay import Relay
from stage.viewer import flows_arrive


@pytest.fixture(scope="session")
def machine() -> Machine:
    """The suite's container, once flows come out of it."""
    machine = Machine(os.environ["KITCHEN_CONTAINER_ID"])
    eventually("flows arrive", lambda: flows_arrive(machine), 60.0)
    return machine


@pytest.fixture(scope="session")
def host(machine: Machine) -> Host:
    return machine.host


@pytest.fixture(scope="session")
def relay() -> Relay:
    return Relay("single-host")


@pytest.fixture(scope="module")
def restored(machine: Machine) -> Iterator[None]:
    """Whatever a module's tests changed by Chef is brought back by Chef."""
    yield
    machine.converge(run_list=["recipe[example_site::adapter]"]).check()
