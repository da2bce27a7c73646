"""`python -m mock_hubble`, from outside."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
from typing import Any, Iterator

import grpc
import pytest
from mock_hubble.tests.client import Client, Follower

from mock_hubble.capture import read


class Process:
    """A running mock server; `address` once it said where it listens."""

    def __init__(self, root: pathlib.Path, *arguments: str | pathlib.Path) -> None:
        folders = (root / "test" / "integration", root / "adapter")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mock_hubble", "--listen", "127.0.0.1:0", *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.ready = self.process.stdout.readline()
        found = re.match(r"mock_hubble: listening on (\S+:\d+) ", self.ready)
        self.address = found.group(1) if found else ""

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        self.process.send_signal(with_signal)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out, err


@pytest.fixture
def run(root: pathlib.Path) -> Iterator[Any]:
    started: list[Process] = []

    def start(*arguments: str | pathlib.Path) -> Process:
        started.append(Process(root, *arguments))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.fixture
def shop(root: pathlib.Path) -> pathlib.Path:
    return root / "demo" / "captures" / "shop.jsonl"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_logs_and_ends(ending: signal.Signals, run: Any, shop: pathlib.Path, tmp_path: pathlib.Path) -> None:
    log = tmp_path / "sent.log"
    mock = run("--rate", "400", "--sent-log", log, shop)
    assert "nodes=3" in mock.ready and "flows=402" in mock.ready and "rate=400/s" in mock.ready
    before_ns = time.time_ns()
    with Client(mock.address) as client:
        call = client.get_flows(follow=True)
        received = [next(call).flow.uuid for _ in range(101)][1:]
        begin = time.monotonic()
        while not log.stat().st_size:
            assert time.monotonic() - begin < 3, "nothing in the sent log"
            time.sleep(0.05)
        call.cancel()
    code, out, err = mock.end(ending)
    assert (code, err) == (0, "") and re.fullmatch(r"mock_hubble: stopped after \d+ flows sent\n", out)
    lines = [line.split(" ") for line in log.read_text().splitlines()]
    assert [uuid for uuid, _ in lines][:100] == received
    assert len(lines) == int(out.split()[3])
    assert all(before_ns < int(time_ns) < time.time_ns() for _, time_ns in lines)


def test_every_recorded_flow_once(run: Any, shop: pathlib.Path) -> None:
    mock = run("--rate", "5000", "--as-recorded", "--wait-for-client", shop)
    recorded = read(shop)
    with Client(mock.address) as client:
        follower = Follower(client.get_flows(follow=True))
        messages = [follower.next() for _ in range(len(recorded) + 1)]
    arrived = {message.flow.uuid: message.flow for message in messages[1:]}
    assert arrived == {flow.uuid: flow for flow in recorded}  # nodes do not wait for each other: any order
    assert mock.end()[0] == 0


def test_nodes_personality_and_version(run: Any, shop: pathlib.Path) -> None:
    two = run("--nodes", "2", shop)
    agent = run("--personality", "agent", "--hubble-version", "1.17.0", shop)
    with Client(two.address) as client:
        assert [node.name for node in client.observer("GetNodes").nodes] == ["default/node-1", "default/node-2"]
    with Client(agent.address) as client:
        assert client.observer("ServerStatus").version == "1.17.0"
        assert all(flow.HasField("flow") for flow in client.get_flows(number=3))


def test_misbehaviour_by_signal(run: Any, shop: pathlib.Path) -> None:
    mock = run("--rate", "50", shop)
    for order in (signal.SIGUSR1, signal.SIGHUP):
        with Client(mock.address) as client:
            follower = Follower(client.get_flows(follow=True))
            follower.uuid()
            mock.process.send_signal(order)
            message = follower.next()
            while not isinstance(message, grpc.RpcError):
                message = follower.next()
            assert message.code() is grpc.StatusCode.UNAVAILABLE
    with Client(mock.address) as client:
        assert client.observer("ServerStatus").num_connected_nodes.value == 3
        mock.process.send_signal(signal.SIGUSR2)
        time.sleep(0.5)
        with pytest.raises(grpc.RpcError) as caught:
            list(client.get_flows(0.3, number=1))
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        mock.process.send_signal(signal.SIGUSR2)
        assert client.flows(number=1)
    assert mock.end()[0] == 0


def test_misbehaviour_by_the_clock(run: Any, shop: pathlib.Path) -> None:
    mock = run("--rate", "10", "--lost-every", "0.2", "--cut-every", "1", shop)
    with Client(mock.address) as client, pytest.raises(grpc.RpcError) as caught:
        lost = 0
        for message in client.get_flows(follow=True):
            lost += message.lost_events.num_events_lost
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE and lost >= 100


def test_without_captures_it_serves_nothing(run: Any) -> None:
    mock = run()
    with Client(mock.address) as client:
        assert client.flows() == []
    assert mock.end() == (0, "mock_hubble: stopped after 0 flows sent\n", "")


def test_a_bad_capture_is_one_line(run: Any, tmp_path: pathlib.Path) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"flow":{}}\n{"flow":\n')
    mock = run(bad)
    out, err = mock.process.communicate(timeout=10)
    assert mock.process.returncode == 1 and mock.ready == out == ""
    assert re.fullmatch(rf"mock_hubble: {bad}:2: [^\n]+\n", err)


def test_a_taken_port_is_one_line(run: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        mock = run("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        _, err = mock.process.communicate(timeout=10)
    assert mock.process.returncode == 1
    assert re.fullmatch(r"mock_hubble: cannot listen on [^\n]+ the port is taken[^\n]+\n", err)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--rate", "0"], "above 0"),
        (["--rate", "inf"], "above 0"),
        (["--listen", "4245"], "HOST:PORT"),
        (["--listen", "h:70000"], "HOST:PORT"),
        (["--nodes", "0"], "above 0"),
        (["--personality", "ui"], "invalid choice"),
        (["--lost-every", "x"], "above 0"),
        (["--sort-entries", "-1"], "expected"),
        (["--ring-capacity", "100"], "2^n-1"),
        (["--personality", "agent", "--nodes", "2"], "exactly one"),
        (["--tls-cert", "x"], "--tls-key"),
        (["--tls-cert", "/gone.pem", "--tls-key", "/gone.key"], "/gone.key"),
        (["--sent-log", "/gone/sent.log"], "/gone/sent.log"),
        (["/gone.jsonl"], "/gone.jsonl"),
    ],
)
def test_wrong_arguments(arguments: list[str], words: str, run: Any) -> None:
    mock = run(*arguments)
    _, err = mock.process.communicate(timeout=10)
    assert mock.process.returncode in (1, 2) and words in err and "Traceback" not in err
