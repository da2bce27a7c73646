"""Other settings that come while the adapter is on its way to a peer, and not yet there."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker
from stack.ports import free_port

from hubble_adapter.backoff import Backoff
from hubble_adapter.bridge import Bridge
from hubble_adapter.config import Settings, load
from hubble_adapter.link import State
from hubble_adapter.supervisor import Supervisor
from tests.broker.kit import Adapter, Reader, wait_for
from tests.broker.test_faults import burst
from tests.oracle.proxy import Proxy


@pytest.fixture
def silent(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """A way to the peer whose fixture the test names, on which nothing passes; connections come about."""
    peer = request.getfixturevalue(request.param)
    proxy = Proxy(f"127.0.0.1:{peer.amqp_port}" if isinstance(peer, PrivateBroker) else peer.address)
    proxy.blackhole(True)
    yield proxy
    proxy.close()


@pytest.mark.parametrize("silent", ["hubble"], indirect=True)
def test_while_it_connects_to_hubble_the_old_address_is_left_alone(
    adapter: Adapter, hubble: MockHubble, silent: Proxy, reader: Reader
) -> None:
    with MockHubble() as other:
        adapter.settings["hubble"]["address"] = silent.address
        adapter.start()
        adapter.says("part=broker event=ready")
        adapter.settings["hubble"]["address"] = other.address
        adapter.reload()
        adapter.says("event=reloaded")
        silent.blackhole(False)
        other.wait_for_streams()
        reader.has(burst(other))
        assert not hubble.requests


@pytest.mark.parametrize("silent", ["broker"], indirect=True)
def test_while_it_logs_in_to_a_broker_one_connection_is_left(
    adapter: Adapter, hubble: MockHubble, broker: PrivateBroker, silent: Proxy, reader: Reader
) -> None:
    adapter.settings["rabbitmq"]["url"] = f"amqp://adapter@{silent.address}/hubble"
    adapter.start()
    hubble.wait_for_streams()
    adapter.settings["rabbitmq"]["url"] = broker.url("adapter")
    adapter.reload()
    adapter.says("event=reloaded")
    silent.blackhole(False)
    uuids = burst(hubble)
    reader.has(uuids)
    wait_for("the last confirmation", lambda: reader.status["ledger"]["confirmed"] == len(uuids))
    assert sorted(reader.uuids()) == sorted(uuids)
    assert adapter.log.count("part=broker event=ready") == 1
    # One that was given up ends as soon as it comes about.
    wait_for("one connection with one channel", lambda: opened(broker) == ["1"])


def opened(broker: PrivateBroker) -> list[str]:
    """How many channels each of the adapter's connections has."""
    rows = json.loads(broker.ctl("list_connections", "user", "channels", "--formatter", "json"))
    return [str(row["channels"]) for row in rows if row["user"] == "adapter"]


class NeverAgain(random.Random):
    """Draws the longest wait there is."""

    def uniform(self, a: float, b: float) -> float:
        return b


def test_while_it_waits_for_the_next_try_the_wait_ends(
    tmp_path: Path, hubble: MockHubble, broker: PrivateBroker, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "hubble_adapter.lane.Backoff", lambda **_: Backoff(first_s=3600.0, cap_s=3600.0, chance=NeverAgain())
    )
    right = Adapter(tmp_path, broker, hubble.address).settings

    def settings(relay: str, url: str) -> Settings:
        file = tmp_path / "adapter.yaml"
        file.write_text(
            json.dumps(right | {"hubble": {"address": relay}, "rabbitmq": right["rabbitmq"] | {"url": url}})
        )
        return load(file, {})

    away = f"127.0.0.1:{free_port()}"
    bridge = Bridge(settings(away, f"amqp://adapter@{away}/hubble"), Supervisor({}))
    stop, reload = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=bridge.run, args=(stop, reload, lambda: settings(hubble.address, broker.url("adapter"))), daemon=True
    )
    thread.start()
    try:
        for link in (bridge.carrier.hubble.link, bridge.carrier.publisher.link):
            wait_for("an hour of waiting", lambda: link.state is State.WAITING, 40)
        reload.set()
        hubble.wait_for_streams()
        reader.has(burst(hubble))
    finally:
        stop.set()
        thread.join(20)
