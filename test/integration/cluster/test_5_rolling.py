"""A change that needs a restart, on all nodes at once. Last, as taking it back would be another such round."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from stage.cluster import Cluster, Follower, settings
from stage.losses import assert_told
from stage.machine import eventually
from stage.relay import Relay

pytestmark = pytest.mark.usefixtures("complete")


class Outages:
    """Watches which brokers can be connected to, all the time of the block. `most`: how many were away at once."""

    def __init__(self, cluster: Cluster) -> None:
        self._addresses = [broker.address for broker in cluster.brokers]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.most = 0
        self.seen: set[str] = set()

    def __enter__(self) -> Outages:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10.0)

    def _watch(self) -> None:
        while not self._stop.is_set():
            away = [address for address in self._addresses if not self._up(address)]
            self.most = max(self.most, len(away))
            self.seen.update(away)
            time.sleep(0.1)

    @staticmethod
    def _up(address: str) -> bool:
        try:
            socket.create_connection((address, 5671), 2.0).close()
        except OSError:
            return False
        return True


def test_a_setting_that_needs_a_restart_takes_the_nodes_one_by_one(cluster: Cluster, relay: Relay) -> None:
    began = time.time()
    with Outages(cluster) as outages, Follower([broker.address for broker in cluster.brokers]) as follower:
        eventually("flows", lambda: follower.count > 0)
        for ended in cluster.converge(settings(tcp_listen_options__backlog=256)):
            ended.check()
    assert len(outages.seen) == 3, "each node has restarted"
    assert outages.most == 1, "never two at a time"
    assert follower.longest_silence() < 10.0
    sent = relay.sent(began, time.time() - 1.0)
    assert len(sent) > 100
    assert_told(cluster, began, sent)
