"""Nodes that go, by themselves and all together."""

from __future__ import annotations

import time

import pytest
from stage.cluster import NAMES, Cluster, Follower
from stage.losses import assert_told
from stage.machine import docker, eventually
from stage.relay import Relay
from stage.viewer import Viewer

MOST_SILENCE_SECONDS = 10.0
# Two seconds of them.
AWAY_FLOWS = 100
RETURN_SECONDS = 60.0
REBOOT_SECONDS = 120.0

pytestmark = pytest.mark.usefixtures("complete")


@pytest.mark.parametrize("index", range(len(NAMES)))
def test_a_killed_node_stops_nobody_loses_nothing_and_returns(cluster: Cluster, relay: Relay, index: int) -> None:
    victim = cluster.brokers[index]
    others = cluster.others(victim)
    began = time.time()
    # One who read from the victim, and one who did not.
    moved = Follower([broker.address for broker in (victim, *others)])
    stayed = Follower([broker.address for broker in others])
    with moved, stayed:
        eventually("flows for both", lambda: min(moved.count, stayed.count) > 0)
        began_following = time.time()
        victim.kill()
        eventually("the others see it gone", lambda: cluster.agree(others))
        while_away = (moved.count, stayed.count)
        eventually(
            "flows arrive for both while it is away",
            lambda: moved.count > while_away[0] + AWAY_FLOWS and stayed.count > while_away[1] + AWAY_FLOWS,
            MOST_SILENCE_SECONDS,
        )
        ended = time.time()
        victim.start()
        eventually("it is back", cluster.complete, RETURN_SECONDS)
    assert moved.log_ins > 1
    assert max(moved.longest_silence(), stayed.longest_silence()) < MOST_SILENCE_SECONDS
    sent = relay.sent(began_following, ended)
    assert len(sent) > 100
    assert sent - stayed.uuids == set(), "a viewer of a node that stayed has all of it"
    assert_told(cluster, began, sent)


def test_a_reboot_of_all_machines_brings_all_back(cluster: Cluster, relay: Relay) -> None:
    began = time.time()
    time.sleep(2.0)
    docker("restart", "--time", "1", *NAMES, "adapter1", timeout_seconds=120.0)
    eventually("the cluster is back", cluster.complete, REBOOT_SECONDS)
    for broker in cluster.brokers:
        with Viewer(broker.address) as viewer:
            viewer.subscribe()
            assert list(viewer.flows(60.0, count=5)), f"flows through {broker.container}"
    before = relay.sent(began, began + 1.0)
    eventually("what was there before is there", lambda: not before - cluster.stored(began, cluster.brokers[0]).uuids)
    # Nor has the machine that was let in anew anything left to do.
    ended = cluster.brokers[-1].converge().check()
    assert ended.updated == 0, ended.output[-3000:]
