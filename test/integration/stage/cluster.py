"""Three brokers: what each says of the cluster, what their history holds, and a viewer who goes to whichever is up."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from stack.stomp import Client, Refused
from stack.websocket import Closed, HandshakeRefused, WebSocket

from stage import secrets
from stage.machine import Converge, Machine, docker
from stage.viewer import Viewer, login

NAMES = ("rmq1", "rmq2", "rmq3")
_PROGRAMS = "/usr/lib/rabbitmq/bin"
# The broker reads as many before it sends the first: with 60,000 that takes it 20 s.
_PREFETCH = 1000
_QUIET_SECONDS = 5.0
_RETRY_SECONDS = 0.3
_EACH_SEES_JUST = (
    "All = lists:sort([%s]), "
    "Sees = fun(Node) -> lists:sort(rpc:call(Node, rabbit_mnesia, cluster_nodes, [running])) =:= All end, "
    # A node runs for the others before its plugins do, Web-STOMP among them.
    "Booted = fun(Node) -> rpc:call(Node, rabbit_boot_state, get, []) =:= ready end, "
    "lists:all(fun(Node) -> Sees(Node) andalso Booted(Node) end, All)."
)


def settings(**values: Any) -> dict[str, Any]:
    """Attributes for a converge with these lines of rabbitmq.conf; `__` stands for the dot in a name."""
    return {
        "rabbitmq_webstomp": {"node": {"settings": {name.replace("__", "."): value for name, value in values.items()}}}
    }


def given(**values: str) -> dict[str, Any]:
    """Attributes for a converge with these secrets; `__` stands for the dot in a name."""
    return {"example_site": {"secrets": {name.replace("__", "."): value for name, value in values.items()}}}


class Broker(Machine):
    """The container of that name."""

    @property
    def erlang_name(self) -> str:
        return f"rabbit@{self.container}"

    def tool(self, program: str, *arguments: str) -> str:
        """What one of RabbitMQ's own programs printed. Raises CalledProcessError."""
        done = subprocess.run(
            ["docker", "exec", "--user", "rabbitmq", "--env", "HOME=/var/lib/rabbitmq", "--env", "LANG=C.UTF-8"]
            + [self.container, f"{_PROGRAMS}/{program}", "--quiet", *arguments],
            capture_output=True,
            text=True,
            timeout=90.0,
        )
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, [program, *arguments], done.stdout, done.stderr)
        return done.stdout

    def ctl(self, *arguments: str) -> str:
        return self.tool("rabbitmqctl", *arguments)

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads(self.ctl("cluster_status", "--formatter", "json"))
        return status

    def pid(self) -> str:
        return self.unit("rabbitmq-server", "MainPID")["MainPID"]

    def configuration(self) -> str:
        return self.run("cat /etc/rabbitmq/rabbitmq.conf")

    def certificate(self, port: int) -> bytes:
        """The certificate that it shows there, in DER."""
        with socket.create_connection((self.address, port), 10.0) as plain:
            with secrets.trust().wrap_socket(plain, server_hostname=secrets.PAGE_NAME) as tls:
                return tls.getpeercert(binary_form=True) or b""

    def state(self) -> tuple[str, str, bytes]:
        """What a converge that is refused must not change."""
        return self.pid(), self.configuration(), self.certificate(5671)

    def listens(self, port: int) -> bool:
        """Whether something outside can connect to this port."""
        return subprocess.run(["timeout", "2", "bash", "-c", f"exec 3<>/dev/tcp/{self.address}/{port}"]).returncode == 0

    def kill(self) -> None:
        docker("kill", self.container)

    def start(self) -> None:
        docker("start", self.container)


@dataclass(frozen=True, slots=True)
class History:
    """What was read from a stream. `told_lost`: how many flows its batches' ordinals say are missing between them."""

    uuids: frozenset[str]
    told_lost: int


class Cluster:
    def __init__(self) -> None:
        self.brokers = tuple(Broker(name) for name in NAMES)
        self.adapter = Machine("adapter1")

    def others(self, broker: Broker) -> list[Broker]:
        return [other for other in self.brokers if other is not broker]

    def converge(self, attributes: dict[str, Any] | None = None) -> list[Converge]:
        """Converge all brokers at the same moment."""
        return self.converge_each([attributes] * len(self.brokers))

    def converge_each(self, attributes: Sequence[dict[str, Any] | None]) -> list[Converge]:
        """The same, each broker with its own attributes."""
        with ThreadPoolExecutor(len(self.brokers)) as pool:
            return list(pool.map(Broker.converge, self.brokers, attributes))

    def complete(self) -> bool:
        """Whether all brokers run, as each of them sees it."""
        return self.agree(self.brokers)

    def agree(self, brokers: Sequence[Broker]) -> bool:
        """Whether these run and no others, as each of them sees it.

        The first one asks for all: a command of RabbitMQ's takes a second by itself.
        """
        nodes = ", ".join(broker.erlang_name for broker in brokers)
        try:
            return brokers[0].ctl("eval", _EACH_SEES_JUST % nodes).strip() == "true"
        except subprocess.CalledProcessError:
            return False

    def stored(self, since: float, at: Broker) -> History:
        """The history of all flows since then (seconds since 1970), read from this broker."""
        web_socket = WebSocket(
            at.address,
            443,
            tls=secrets.trust(),
            name=secrets.PAGE_NAME,
            headers=[login("noc", secrets.read("noc.password"))],
        )
        client = Client(web_socket, "noc", secrets.read("noc.password"))
        try:
            client.subscribe(
                "/amq/queue/hubble_history",
                ack="client-individual",
                prefetch_count=str(_PREFETCH),
                x_stream_offset=f"timestamp={int(since) - 10}",
            )
            found: set[str] = set()
            expected: dict[tuple[str, str], int] = {}
            lost = 0
            now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
            newest = ""
            # The consumer goes on live at the stream's end, so this ends with the flows of now.
            while newest < now and (messages := client.messages(_QUIET_SECONDS, count=50)):
                for message in messages:
                    client.send("ACK", {"id": message.headers["ack"]})
                    batch = json.loads(message.body)
                    flows = batch["flows"]
                    found.update(flow["uuid"] for flow in flows)
                    key = (batch["epoch"], message.headers["destination"])
                    # docs/messages.md, "Counting loss".
                    next_ordinal = expected.get(key, batch["first"])
                    lost += max(0, batch["first"] - next_ordinal)
                    expected[key] = max(next_ordinal, batch["first"] + len(flows))
                    newest = max(newest, *(flow["time"][: len(now)] for flow in flows))
            return History(frozenset(found), lost)
        finally:
            client.close()


class Follower:
    """A viewer as the page is one: it reads from one of the brokers, and from the next when that one goes.

    `with Follower(addresses) as follower: …`; then `follower.longest_silence()`.
    """

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = list(addresses)
        self._stop = threading.Event()
        self._arrivals: list[float] = []
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self.log_ins = 0
        self.uuids: set[str] = set()

    def __enter__(self) -> Follower:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._arrivals.append(time.monotonic())
        self._stop.set()
        self._thread.join(30.0)

    @property
    def count(self) -> int:
        """How many flows have arrived."""
        return len(self._arrivals)

    def longest_silence(self) -> float:
        """The longest time between two flows, in seconds, up to the end of the block."""
        times = sorted(self._arrivals)
        return max((later - earlier for earlier, later in zip(times, times[1:])), default=float("inf"))

    def _follow(self) -> None:
        while not self._stop.is_set():
            address = self._addresses[0]
            try:
                with Viewer(address) as viewer:
                    self.log_ins += 1
                    viewer.subscribe()
                    while not self._stop.is_set():
                        for flow in viewer.flows(0.5):
                            self._arrivals.append(time.monotonic())
                            self.uuids.add(flow["uuid"])
            except (OSError, Refused, HandshakeRefused, Closed, TimeoutError):
                self._addresses.append(self._addresses.pop(0))
                time.sleep(_RETRY_SECONDS)
