"""The demo as a whole: it serves, obeys, ends cleanly however it ends, and says in one line why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from processes import all_command_lines, belonging_to
from stack.stomp import Client, Refused, encode, login_cookie
from stack.websocket import HandshakeRefused, WebSocket

DEMO = Path(__file__).resolve().parent.parent / "demo.py"
PYTHON = "/usr/bin/python3"
START_SECONDS = 60.0
END_SECONDS = 30.0
# What the demo itself ends. The Erlang machine's helpers, forks of it while it boots, end by themselves right after it.
PARTS = ("hubble_adapter", "mock_hubble", "hubblecast_audit", "nginx", "bin/epmd")


class Demo:
    """demo.py with --json, on the smallest page that nginx can serve."""

    def __init__(self, run_dir: Path, page: Path) -> None:
        self.run_dir = run_dir
        command = [PYTHON, str(DEMO), "--json", "--run-dir", str(run_dir), "--page", str(page), "--port", "0"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DEMO_")}
        with (run_dir.parent / "stderr").open("w") as stderr:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment
            )

    def line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the demo ended: {self.stderr}"
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def order(self, word: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.line()

    def end(self) -> int:
        try:
            return self.process.wait(END_SECONDS)
        finally:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()

    @property
    def stderr(self) -> str:
        return (self.run_dir.parent / "stderr").read_text()

    def pid_of(self, word: str) -> int:
        """The process with this word in its command line."""
        return next(pid for pid, command in belonging_to(self.run_dir).items() if word in command)

    def leaves_nothing(self, *, at_once: Sequence[str] = ()) -> bool:
        """Whether everything ends. `at_once`: what must have ended by now, by words of its command line."""
        commands = belonging_to(self.run_dir).values()
        if any(word in command for word in at_once for command in commands):
            return False
        deadline = time.monotonic() + 20.0
        while belonging_to(self.run_dir) and time.monotonic() < deadline:
            time.sleep(0.1)
        return belonging_to(self.run_dir) == {}


STREAM = {"ack": "client-individual", "prefetch_count": "100"}


@pytest.fixture
def demo(tmp_path: Path, page: Path) -> Iterator[Demo]:
    running = Demo(tmp_path / "run", page)
    yield running
    if running.process.poll() is None:
        running.process.terminate()
    running.end()
    assert running.leaves_nothing()


def test_it_serves_obeys_and_leaves_nothing(demo: Demo) -> None:
    ready = demo.line()
    assert ready["ready"] is True
    with urllib.request.urlopen(ready["page"], timeout=5.0) as response:
        assert b"hubblecast" in response.read()
    fragment = urllib.parse.urlsplit(ready["url"]).fragment
    user, _, password = fragment.removeprefix("login=").partition(":")
    assert (urllib.parse.unquote(user), urllib.parse.unquote(password)) == (ready["user"], ready["password"])
    assert Path(ready["sent_log"]).is_file()

    secrets = list((demo.run_dir / "broker" / "secrets").iterdir())
    assert {path.name for path in secrets} == {
        f"{name}.password" for name in ("adapter", "audit", "demo", "pay", "shop")
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets} == {0o600}
    assert stat.S_IMODE(demo.run_dir.stat().st_mode) == 0o700
    for secret in (path.read_text() for path in secrets):
        assert not [line for line in all_command_lines() if secret in line]
        assert not [log for log in (demo.run_dir / "log").iterdir() if secret in log.read_text(errors="replace")]

    broker = demo.pid_of("beam.smp")
    assert demo.order("kill-broker") == {"done": "kill-broker"}
    assert broker not in belonging_to(demo.run_dir)
    assert demo.order("start-broker") == {"done": "start-broker"}
    assert demo.pid_of("beam.smp") != broker
    assert demo.order("stop-adapter") == {"done": "stop-adapter"}
    assert not [command for command in belonging_to(demo.run_dir).values() if "hubble_adapter" in command]
    assert demo.order("start-adapter") == {"done": "start-adapter"}
    assert "unknown command: dance" in demo.order("dance")["error"]
    assert "already running" in demo.order("start-adapter")["error"]
    assert demo.order("quit") == {"done": "quit"}
    assert demo.end() == 0
    assert demo.leaves_nothing(at_once=(*PARTS, "beam.smp"))


def following(ready: dict[str, Any], name: str, digits: str) -> tuple[Client, dict[str, Any]]:
    """A viewer who gets all flows that its document lets it have, and the document. `digits` end its queue's name."""
    password = ready["viewers"][name]["password"]
    cookie = login_cookie(name, password)
    client = Client(WebSocket("127.0.0.1", ready["ports"]["page"], headers=[cookie]), name, password)
    client.subscribe(f"/amq/queue/hubble_viewer.{name}", **STREAM, x_stream_offset="last")
    document = json.loads(client.messages(20.0, count=1)[-1].body)
    queue = {"x_queue_name": f"{document['queue']}{digits}", "exclusive": "true"}
    try:
        for key in document["flows"]:
            client.subscribe(f"/exchange/hubble_flows/{key}", **queue, ack="client", prefetch_count="64")
    except Refused:
        client.close()
        raise
    return client, document


@pytest.mark.parametrize(("name", "theirs"), [("shop", ["shop"]), ("pay", ["pay"]), ("demo", None)])
def test_each_viewer_sees_its_own_live_and_from_the_past(demo: Demo, name: str, theirs: list[str] | None) -> None:
    ready = demo.line()
    viewer = ready["viewers"][name]
    fragment = urllib.parse.urlsplit(viewer["url"]).fragment
    assert urllib.parse.unquote(fragment) == f"login={name}:{viewer['password']}"

    try:
        client, document = following(ready, name, "af")
    except Refused:
        # The demo reads its own status as this viewer, with a queue that is named by chance.
        if name != "demo":
            raise
        client, document = following(ready, name, "fa")
    assert (document["user"], document["namespaces"]) == (name, theirs)
    # Those that came while a receipt was waited for come on top.
    live = client.messages(20.0, count=20)
    past = []
    for stream in document["history"]:
        client.subscribe(f"/amq/queue/{stream}", **STREAM, x_stream_offset="first")
        past += client.messages(20.0, count=20)
    assert min(len(live), len(past)) >= 20
    for message in live + past:
        assert message.headers["destination"].startswith("/exchange/hubble_flows/")
        ends = message.headers["destination"].rpartition("/")[2].split(".")[2:]
        assert theirs is None or set(ends) & set(theirs), message.headers
        for flow in json.loads(message.body)["flows"]:
            namespaces = {flow.get(end, {}).get("namespace") for end in ("source", "destination")}
            assert theirs is None or namespaces & set(theirs), flow
    client.close()
    assert demo.order("quit") == {"done": "quit"}


def test_a_web_socket_has_one_log_in_and_nginx_lets_few_of_them_pass(demo: Demo) -> None:
    ready = demo.line()
    right = ready["viewers"]["shop"]["password"]
    port = ready["ports"]["page"]
    # The guess of the handshake stays, even if the right password follows.
    web_socket = WebSocket("127.0.0.1", port, headers=[login_cookie("shop", "guess")])
    login = {"accept-version": "1.2", "host": "hubble", "login": "shop"}
    for password in ("another guess", right):
        web_socket.send(encode("CONNECT", {**login, "passcode": password}))
        answer = web_socket.receive(5.0)
        assert answer is not None and answer.startswith(b"ERROR\nmessage:Bad CONNECT")
    web_socket.close()
    with pytest.raises(Refused):
        Client(WebSocket("127.0.0.1", port), "shop", right)

    statuses = []
    for _ in range(200):
        try:
            WebSocket("127.0.0.1", port, headers=[login_cookie("shop", "guess")]).close()
        except HandshakeRefused as refused:
            statuses.append(refused.status)
    assert set(statuses) == {429}
    # The burst, and one a second of what it took to get here.
    assert 200 - len(statuses) < 140
    assert demo.order("quit") == {"done": "quit"}


def test_a_dead_part_ends_it_with_one_line(demo: Demo) -> None:
    assert demo.line()["ready"] is True
    os.kill(demo.pid_of("mock_hubble"), signal.SIGKILL)
    assert demo.end() == 1
    last = demo.stderr.splitlines()[-1]
    assert last.startswith("demo: the mock Hubble server was ended by SIGKILL: ")
    assert demo.leaves_nothing(at_once=(*PARTS, "beam.smp"))


def test_the_end_of_stdin_ends_it(demo: Demo) -> None:
    assert demo.line()["ready"] is True
    assert demo.process.stdin is not None
    demo.process.stdin.close()
    assert demo.process.wait(END_SECONDS) == 0
    assert demo.leaves_nothing(at_once=(*PARTS, "beam.smp"))


def test_a_killed_demo_takes_all_along(demo: Demo) -> None:
    assert demo.line()["ready"] is True
    demo.process.kill()
    assert demo.end() == -signal.SIGKILL
    assert demo.leaves_nothing()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_it_starts_ends_it(demo: Demo, number: signal.Signals) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "waiting" not in demo.stderr and "nginx is ready" not in demo.stderr and time.monotonic() < deadline:
        time.sleep(0.02)
    demo.process.send_signal(number)
    assert demo.end() == 0
    assert demo.stderr.splitlines()[-1].endswith("stopped")
    assert demo.leaves_nothing(at_once=PARTS)


def refused(page: Path, run_dir: Path, **settings: str) -> str:
    """The only line that the demo says when it may not even begin; asserts that it ends with 1 and starts nothing."""
    done = subprocess.run(
        [PYTHON, str(DEMO), "--run-dir", str(run_dir), "--page", str(page)],
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert not (run_dir / "log").exists()
    (line,) = done.stderr.splitlines()
    return line


def test_a_taken_port_is_told(tmp_path: Path, page: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        line = refused(page, tmp_path / "run", DEMO_PORT=str(port))
    assert line.startswith(f"demo: port {port} on 127.0.0.1 is taken by ")
    assert line.endswith("choose another with DEMO_PORT")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"DEMO_PORT": "http"}, "demo: DEMO_PORT=http is no port"),
        ({"DEMO_PORT": "70000"}, "demo: DEMO_PORT=70000 is no port"),
        ({"DEMO_RATE": "fast"}, "demo: DEMO_RATE=fast is no rate"),
        ({"DEMO_RATE": "0"}, "demo: DEMO_RATE=0 is no rate"),
        ({"DEMO_RATE": "nan"}, "demo: DEMO_RATE=nan is no rate"),
        ({"DEMO_HUBBLE": "relay"}, "demo: DEMO_HUBBLE=relay is no address"),
    ],
)
def test_settings_that_make_no_sense_are_told(tmp_path: Path, page: Path, settings: dict[str, str], told: str) -> None:
    assert refused(page, tmp_path / "run", **{"DEMO_PORT": "0", **settings}).startswith(told)


def test_it_replays_what_a_cluster_sends(demo: Demo) -> None:
    """The captures of what no cluster sends are for tests, which name them."""
    assert demo.line()["ready"] is True
    command = belonging_to(demo.run_dir)[demo.pid_of("mock_hubble")]
    assert "shop.jsonl" in command and "odd.jsonl" not in command
    assert demo.order("quit") == {"done": "quit"}


def test_a_capture_that_is_not_there_is_told(tmp_path: Path, page: Path) -> None:
    command = [PYTHON, str(DEMO), "--run-dir", str(tmp_path / "run"), "--page", str(page), "nowhere.jsonl"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=END_SECONDS)
    assert done.returncode == 1
    assert done.stderr.startswith("demo: there is no capture nowhere.jsonl: ")


def test_a_page_that_is_not_built_is_told(tmp_path: Path) -> None:
    line = refused(tmp_path / "nowhere", tmp_path / "run", DEMO_PORT="0")
    assert line.startswith("demo: the page is not built: ")


def test_two_demos_do_not_share_a_run_directory(demo: Demo, page: Path) -> None:
    assert demo.line()["ready"] is True
    done = subprocess.run(
        [PYTHON, str(DEMO), "--run-dir", str(demo.run_dir), "--page", str(page), "--port", "0"],
        capture_output=True,
        text=True,
        timeout=END_SECONDS,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"demo: another demo (process {demo.process.pid}) runs in ")
    assert demo.order("quit") == {"done": "quit"}
