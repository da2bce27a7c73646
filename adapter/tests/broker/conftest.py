from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker

from tests.broker.kit import USERS, Adapter, Reader


@pytest.fixture(scope="session")
def session_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    broker = PrivateBroker(tmp_path_factory.mktemp("broker"), USERS)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def broker(session_broker: PrivateBroker) -> Iterator[PrivateBroker]:
    """A broker that runs and has no exchanges of ours."""
    if not session_broker.running:
        session_broker.start()
    with session_broker.connect("tester") as connection:
        for exchange in ("hubble_flows", "hubble_status"):
            connection.channel().exchange_delete(exchange)
    yield session_broker
    if not session_broker.running:
        session_broker.start()


@pytest.fixture
def hubble() -> Iterator[MockHubble]:
    with MockHubble(nodes=("default/node-1", "default/node-2")) as server:
        yield server


@pytest.fixture
def adapter(tmp_path: Path, broker: PrivateBroker, hubble: MockHubble) -> Iterator[Adapter]:
    """An adapter between the two, not started yet."""
    process = Adapter(tmp_path, broker, hubble.address)
    yield process
    process.kill()


@pytest.fixture
def reader(broker: PrivateBroker) -> Iterator[Reader]:
    with Reader(broker).reading() as collecting:
        yield collecting
