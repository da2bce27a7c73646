"""Several workers are one adapter to everybody: one ledger, one status, one position, and no flow twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker
from stack.ports import free_port
from stack.process import children_of

from tests.broker.kit import Adapter, Reader, get, wait_for
from tests.broker.test_flows import flow

NODES = tuple(f"default/node-{n}" for n in range(1, 6))


@pytest.fixture
def hubble() -> Iterator[MockHubble]:
    with MockHubble(nodes=NODES) as server:
        yield server


@pytest.fixture
def team(adapter: Adapter, tmp_path: Path) -> Adapter:
    """An adapter of three workers, not started yet."""
    adapter.settings |= {"workers": 3, "state_directory": str(tmp_path)}
    return adapter


def burst(hubble: MockHubble) -> list[str]:
    """Send flows on each node; return their uuids."""
    return [uuid for node in NODES for uuid in hubble.emit_many([flow() for _ in range(40)], node)]


def started(team: Adapter, hubble: MockHubble, streams: int = 3) -> list[int]:
    """Start it, wait for its streams, and return the workers' process ids."""
    team.start()
    hubble.wait_for_streams(streams)
    return children_of(team.pid)


def test_each_flow_comes_once_and_one_ledger_has_them_all(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    assert len(started(team, hubble)) == 3
    uuids = burst(hubble)
    reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)
    wait_for("all in the ledger", lambda: reader.status["ledger"]["confirmed"] == len(uuids))
    status = reader.status
    assert status["ledger"]["received"] == len(uuids)
    assert len({one["id"] for one in reader.statuses}) == 1
    assert (status["hubble"]["state"], status["broker"]["state"]) == ("streaming", "ready")
    assert status["nodes"]["connected"] == len(NODES)
    epochs = {batch["epoch"] for _, batch in reader.batches}
    assert len(epochs) == 3
    assert all(epoch.startswith(f"{status['epoch']}-") for epoch in epochs)
    assert team.stop() == 0
    assert f"event=stopped received={len(uuids)} confirmed={len(uuids)}" in team.log


def test_losses_are_told_once_and_with_their_node(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    started(team, hubble)
    for node in NODES:
        hubble.lost(7, node=node)
    wait_for("the losses", lambda: reader.status["losses"]["total"]["PERF_EVENT_RING_BUFFER"] >= 7 * len(NODES))
    time.sleep(1.5)  # one that another worker tells too would stand in the next news
    assert reader.status["losses"]["total"]["PERF_EVENT_RING_BUFFER"] == 7 * len(NODES)
    assert sorted(loss["node"] for loss in reader.status["losses"]["recent"]) == sorted(NODES)


def test_a_node_that_joins_or_is_away_is_one_workers(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    hubble.node_down(NODES[1])
    started(team, hubble)
    wait_for("one node away", lambda: reader.status["nodes"]["not_connected_total"] == 1)
    assert [node["name"] for node in reader.status["nodes"]["not_connected"]] == [NODES[1]]
    newcomer = [flow(node_name="default/newcomer", uuid=f"00000000-0000-4000-8000-{n:012d}") for n in range(9)]
    uuids = hubble.emit_many(newcomer, NODES[0], as_given=True)
    reader.has(uuids)
    assert sorted(reader.uuids()) == sorted(uuids)


def test_restart_goes_on_where_all_of_them_stopped(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    started(team, hubble)
    uuids = burst(hubble)
    reader.has(uuids)
    assert team.stop() == 0
    uuids += burst(hubble)
    # With another number of workers, too.
    team.settings["workers"] = 2
    started(team, hubble, 2)
    reader.has(uuids)
    assert all(request.HasField("since") for request in hubble.requests[-2:])
    assert reader.lost_flows == 0
    assert reader.status["losses"]["total"]["gap"] == 0


def test_a_team_that_is_killed_before_its_first_flow_left_where_to_go_on(
    team: Adapter, hubble: MockHubble, reader: Reader, tmp_path: Path
) -> None:
    started(team, hubble)
    wait_for("a position", (tmp_path / "position.json").exists)
    team.kill()
    while_away = burst(hubble)
    started(team, hubble)
    reader.has(while_away)
    assert sorted(reader.uuids()) == sorted(while_away)


def test_a_worker_that_ends_ends_the_adapter_and_nothing_is_lost(
    team: Adapter, hubble: MockHubble, reader: Reader, tmp_path: Path
) -> None:
    pids = started(team, hubble)
    reader.has(burst(hubble))
    wait_for("a position", (tmp_path / "position.json").exists)
    os.kill(pids[1], signal.SIGKILL)
    wait_for("the end of the adapter", lambda: not team.running)
    assert 'event=failed error="worker 2 ended by itself' in team.log
    while_away = burst(hubble)
    started(team, hubble)
    reader.has(while_away)
    assert reader.lost_flows == 0


def test_an_adapter_that_is_killed_leaves_no_worker_behind(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    pids = started(team, hubble)
    team.kill()
    wait_for("the end of the workers", lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_signal_to_all_of_them_is_the_adapters(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    pids = started(team, hubble)
    for pid in pids:  # as systemd does, which sends it to every process of the service
        os.kill(pid, signal.SIGTERM)
    uuids = burst(hubble)
    reader.has(uuids)
    assert team.stop() == 0
    assert f"event=stopped received={len(uuids)} confirmed={len(uuids)}" in team.log


def test_a_reload_reaches_each_worker(team: Adapter, hubble: MockHubble, reader: Reader) -> None:
    started(team, hubble)
    team.settings["filters"] = {"verdicts": ["DROPPED"]}
    team.reload()
    wait_for("three more streams", lambda: len(hubble.requests) == 6)
    assert [list(one.verdict) for one in hubble.requests[-1].whitelist] == [[2]]
    wait_for("their filters", lambda: reader.status["filters"]["whitelist"] == [{"verdict": ["DROPPED"]}])
    hubble.wait_for_streams(3)
    burst(hubble)
    wanted = [hubble.emit(flow(verdict="DROPPED"), node) for node in NODES]
    reader.has(wanted)
    assert sorted(reader.uuids()) == sorted(wanted)
    team.settings["workers"] = 4
    team.reload()
    team.says("event=needs_restart settings=workers")


def test_waits_for_relay_and_an_agent_gets_one_worker(tmp_path: Path, broker: PrivateBroker, reader: Reader) -> None:
    address = f"127.0.0.1:{free_port()}"
    team = Adapter(tmp_path, broker, f"127.0.0.1:{free_port()}")
    team.settings["hubble"]["request_timeout_seconds"] = 2
    team.settings |= {"workers": 3, "reconnect_max_seconds": 0.5, "http": {"listen": f"127.0.0.1:{free_port()}"}}
    team.start()
    try:
        team.says("part=hubble event=failed")
        team.settings["hubble"]["address"] = address
        team.reload()
        port = int(team.settings["http"]["listen"].rpartition(":")[2])
        wait_for("its web server", lambda: "event=serving" in team.log)
        assert get(port, "/livez")[0] == 200
        assert get(port, "/readyz")[0] == 503
        assert "hubble_adapter_flows_received_total 0.0" in get(port, "/metrics")[1]
        with MockHubble(address, personality="agent") as hubble:
            team.says("event=one_worker")
            hubble.wait_for_streams(1)
            wait_for("the others' end", lambda: len(children_of(team.pid)) == 1)
            uuids = hubble.emit_many([flow() for _ in range(50)])
            reader.has(uuids)
            wait_for("readiness", lambda: get(port, "/readyz")[0] == 200)
            assert "hubble_adapter_confirm_seconds_count" in get(port, "/metrics")[1]
            assert team.stop() == 0
    finally:
        team.kill()
