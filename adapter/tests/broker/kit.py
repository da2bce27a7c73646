"""What the broker tests are made of: the adapter as a real process, and a reader of all it publishes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pika

from stack.broker import PrivateBroker
from stack.definitions import ADAPTER, DEMO, EVERYTHING, User

ADAPTER_FOLDER = Path(__file__).parents[2]
TESTER = User("tester", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING)
USERS = (ADAPTER, DEMO, TESTER)


def wait_for(what: str, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Wait until `condition` holds; fail with `what` was waited for."""
    give_up_s = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > give_up_s:
            raise AssertionError(f"waited {timeout_s:g} s in vain for: {what}")
        time.sleep(0.02)


def get(port: int, path: str) -> tuple[int, str]:
    """Return status and text of an answer of the adapter's web server."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Adapter:
    """`hubble_adapter run` as a process of its own."""

    def __init__(self, folder: Path, broker: PrivateBroker, hubble_address: str) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = {
            "reconnect_max_seconds": 2,
            "hubble": {"address": hubble_address},
            "rabbitmq": {"url": broker.url("adapter"), "password_file": str(broker.password_file("adapter"))},
        }
        self.environment: dict[str, str] = {}
        self.log_file = folder / "adapter.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def start(self) -> None:
        config = self._write()
        self._starts += 1
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hubble_adapter", "run", "--config", str(config)],
                cwd=ADAPTER_FOLDER,
                env={"PATH": "/usr/bin:/bin", **self.environment},
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def reload(self) -> None:
        """Write the settings anew and send SIGHUP."""
        self._write()
        self.signal_reload()

    def signal_reload(self) -> None:
        assert self._process is not None
        # It would end a process that does not listen to it yet.
        wait_for("the adapter's start", lambda: self.log.count("part=cli event=start") >= self._starts)
        self._process.send_signal(signal.SIGHUP)

    def _write(self) -> Path:
        config = self.folder / "adapter.yaml"
        config.write_text(json.dumps(self.settings), encoding="utf-8")  # JSON is YAML
        return config

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=15)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def says(self, text: str, timeout_s: float = 20.0) -> None:
        """Wait until a log line holds `text`."""
        wait_for(f"a log line with {text!r}; the log was:\n{self.log}", lambda: text in self.log, timeout_s)


class Reader:
    """Collects every flow and the last status, and checks each message against docs/messages.md as it comes.

    batches: (routing key, body) in the order of arrival. flows: by the flow's JSON text, how often it came in different
    batches: a batch that is repeated (same epoch, key and first) is counted in `repeated_flows` instead.
    """

    def __init__(self, broker: PrivateBroker, user: str = "tester") -> None:
        self._broker, self._user = broker, user
        self.batches: list[tuple[str, dict[str, Any]]] = []
        self.flows: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.repeated_flows = 0
        self.lost_flows = 0
        self._expected: dict[tuple[str, str], int] = {}
        self._stop = threading.Event()
        self._attached = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def status(self) -> dict[str, Any]:
        """The newest status message; waits for the first."""
        wait_for("a status message", lambda: self.statuses, 40.0)
        return self.statuses[-1]

    def uuids(self) -> list[str]:
        return [flow.get("uuid", "") for flow in self.flows]

    def has(self, uuids: list[str], timeout_s: float = 20.0) -> None:
        """Wait until all of `uuids` have come."""
        missing = set(uuids)

        def all_here() -> bool:
            missing.difference_update(self.uuids())
            return not missing

        wait_for(f"{len(uuids)} flows", all_here, timeout_s)

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        self._thread.start()
        assert self._attached.wait(20)
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(10)
        assert not self.faults, self.faults

    def _run(self) -> None:
        # The queue is not exclusive and survives this connection, so that a killed connection loses nothing of the
        # test.
        queue = f"test-reader-{id(self)}"
        while not self._stop.is_set():
            try:
                with self._broker.connect(self._user) as connection:
                    channel = connection.channel()
                    for exchange in ("hubble_flows", "hubble_status"):
                        self._bind(connection, queue, exchange)
                    channel.basic_consume(queue, self._take)
                    self._attached.set()
                    while not self._stop.is_set():
                        connection.process_data_events(0.05)
                    channel.queue_delete(queue)
            except (pika.exceptions.AMQPError, OSError):
                time.sleep(0.05)

    @staticmethod
    def _bind(connection: Any, queue: str, exchange: str) -> None:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        try:
            channel.queue_bind(queue, exchange, "#")
        except pika.exceptions.ChannelClosedByBroker:
            # The adapter has not made it yet; what it will make is what it was told to, which a test may have changed.
            channel = connection.channel()
            channel.exchange_declare(exchange, "topic", durable=True)
            channel.queue_bind(queue, exchange, "#")

    def _take(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        channel.basic_ack(method.delivery_tag)
        try:
            document = json.loads(body)
            if properties.content_type != "application/json":
                self.faults.append(f"content type {properties.content_type}")
            if method.exchange == "hubble_status":
                self._take_status(document)
            else:
                self._take_batch(method.routing_key, document)
        except Exception as error:  # pragma: no cover - a fault of the adapter, shown by the test
            self.faults.append(f"{error!r} in {body[:200]!r}")

    def _take_status(self, status: Mapping[str, Any]) -> None:
        ledger = status["ledger"]
        accounted = sum(ledger[name] for name in ("confirmed", "filtered", "duplicates", "in_flight"))
        if ledger["received"] != accounted + sum(ledger["dropped"].values()):
            self.faults.append(f"the ledger does not add up: {ledger}")
        self.statuses.append(dict(status))

    def _take_batch(self, key: str, batch: dict[str, Any]) -> None:
        if set(batch) != {"v", "cluster", "epoch", "first", "flows"} or batch["v"] != 1 or not batch["flows"]:
            self.faults.append(f"no batch: {batch}")
        words = key.split(".")
        if (
            len(words) != 4
            or words[0] != batch["cluster"]
            or any(set(word) & set("*#. ") or not word for word in words)
        ):
            self.faults.append(f"routing key {key!r}")
        for flow in batch["flows"]:
            if str(flow.get("verdict", "VERDICT_UNKNOWN")) != words[1]:
                self.faults.append(f"verdict {flow.get('verdict')} under {key}")
        place = (batch["epoch"], key)
        expected = self._expected.get(place, 0)
        if batch["first"] < expected:
            self.repeated_flows += len(batch["flows"])
            return
        self.lost_flows += batch["first"] - expected
        self._expected[place] = batch["first"] + len(batch["flows"])
        self.batches.append((key, batch))
        self.flows.extend(batch["flows"])


def by_uuid(flows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found = defaultdict(list)
    for flow in flows:
        found[flow.get("uuid", "")].append(flow)
    return dict(found)
