"""Many viewers in one process, each a STOMP client over a WebSocket as the page is. JSON lines on stdin and stdout:

    {"url": [HOST, PORT], "user": NAME, "password": …, "keys": […], "viewers": N, "deflate": true}  opens N more
    {"measure": SECONDS}                                                                        says what came

A viewer's connection, subscription, prefetch and acknowledgements are the page's (docs/viewers.md). It inflates every
message and counts the flows in it; one viewer of ten also computes what it lost and how late flows are. So that the
clients take little of the machine that they share with the broker, all are in one thread.
"""

from __future__ import annotations

import calendar
import contextlib
import itertools
import json
import re
import resource
import selectors
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from stack.stomp import Client, encode, login_cookie
from stack.websocket import WebSocket

PREFETCH = 64
ACK_EVERY = PREFETCH // 2
FLOW = b'"uuid":'
ONE_OF = 10
HEARTBEAT_SECONDS = 10.0
TIME = re.compile(rb'"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{3})')
ORDINAL = re.compile(rb'"epoch":"([^"]+)","first":(\d+)')


class Viewer:
    """One tab that watches live."""

    def __init__(self, order: dict[str, Any], number: int) -> None:
        host, port = order["url"]
        cookie = login_cookie(order["user"], order["password"])
        # An address for each, as viewers have: nginx counts log-ins by address.
        source = f"127.0.{1 + number // 250}.{1 + number % 250}"
        self.web_socket = WebSocket(host, port, deflate=order["deflate"], headers=[cookie], source=source)
        client = Client(self.web_socket, order["user"], order["password"])
        queue = f"stomp-subscription-{order['user']}.{number:02x}"
        for key in order["keys"]:
            client.subscribe(
                f"/exchange/hubble_flows/{key}",
                x_queue_name=queue,
                exclusive="true",
                ack="client",
                prefetch_count=str(PREFETCH),
            )
        self.web_socket.socket.setblocking(False)
        self.exact = number % ONE_OF == 0
        self.messages = 0
        self.flows = 0
        self.lost = 0
        self.lags_ms: list[float] = []
        self._expected: dict[tuple[bytes, bytes], int] = {}

    def take(self) -> None:
        """Read what is there. Raises OSError or Closed when the broker ended it."""
        for data in self.web_socket.ready():
            if not data.startswith(b"MESSAGE"):
                continue
            self.messages += 1
            flows = data.count(FLOW)
            self.flows += flows
            if self.exact:
                self._account(data, flows)
            if self.messages % ACK_EVERY == 0:
                head = data[: data.index(b"\n\n")]
                ack = re.search(rb"\nack:([^\n]+)", head)
                if ack:
                    self.web_socket.send(encode("ACK", {"id": ack[1].decode()}))

    def _account(self, data: bytes, flows: int) -> None:
        key = re.search(rb"\ndestination:([^\n]+)", data)
        ordinal = ORDINAL.search(data)
        newest = None
        for newest in TIME.finditer(data):
            pass
        if key and ordinal:
            name = (ordinal[1], key[1])
            first = int(ordinal[2])
            self.lost += max(0, first - self._expected.get(name, first))
            self._expected[name] = first + flows
        if newest:
            seconds = _epoch_seconds(newest[1])
            self.lags_ms.append(time.time() * 1000 - (seconds * 1000 + int(newest[2])))


def _epoch_seconds(text: bytes) -> int:
    return calendar.timegm(time.strptime(text.decode(), "%Y-%m-%dT%H:%M:%S"))


class Crowd:
    def __init__(self) -> None:
        self._viewers: list[Viewer] = []
        self._selector = selectors.DefaultSelector()
        self._beat_at_s = time.monotonic()
        self.ended = 0

    def open(self, order: dict[str, Any]) -> int:
        for _ in range(order["viewers"]):
            viewer = Viewer(order, len(self._viewers))
            self._viewers.append(viewer)
            self._selector.register(viewer.web_socket.socket, selectors.EVENT_READ, viewer)
            # Those who are there already go on reading.
            self.read(0.02)
        return len(self._viewers)

    def read(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self._beat()
            for key, _ in self._selector.select(left):
                try:
                    key.data.take()
                except Exception as error:  # noqa: B902 - whatever ended it, the others go on
                    self.ended += 1
                    self._selector.unregister(key.fileobj)
                    print(f"a viewer ended: {error!r}", file=sys.stderr)

    def _beat(self) -> None:
        """STOMP's heartbeat, without which the broker ends a WebSocket after a minute."""
        if time.monotonic() - self._beat_at_s > HEARTBEAT_SECONDS:
            self._beat_at_s = time.monotonic()
            for key in self._selector.get_map().values():
                with contextlib.suppress(OSError):
                    key.data.web_socket.send(b"\n")

    def measure(self, seconds: float) -> dict[str, Any]:
        before = Counter(self._sums())
        for viewer in self._viewers:
            viewer.lags_ms.clear()
        began, cpu = time.monotonic(), _cpu_seconds()
        self.read(seconds)
        took = time.monotonic() - began
        after = Counter(self._sums())
        lags = sorted(itertools.chain.from_iterable(viewer.lags_ms for viewer in self._viewers))
        viewers = max(1, len(self._viewers))
        exact = max(1, sum(viewer.exact for viewer in self._viewers))
        return {
            "viewers": len(self._viewers),
            "ended": self.ended,
            "messages_per_second": (after["messages"] - before["messages"]) / took,
            "flows_per_second_and_viewer": (after["flows"] - before["flows"]) / took / viewers,
            "lost_per_second_and_viewer": (after["lost"] - before["lost"]) / took / exact,
            "wire_bytes_per_second_and_viewer": (after["bytes"] - before["bytes"]) / took / viewers,
            "lag_p50_ms": lags[len(lags) // 2] if lags else None,
            "lag_p99_ms": lags[int(len(lags) * 0.99)] if lags else None,
            "clients_cpu": (_cpu_seconds() - cpu) / took,
        }

    def _sums(self) -> dict[str, int]:
        viewers = self._viewers
        return {
            "messages": sum(viewer.messages for viewer in viewers),
            "flows": sum(viewer.flows for viewer in viewers),
            "lost": sum(viewer.lost for viewer in viewers),
            "bytes": sum(viewer.web_socket.bytes_received for viewer in viewers),
        }


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _orders() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    crowd = Crowd()
    with contextlib.suppress(KeyboardInterrupt):
        for order in _orders():
            answer = crowd.measure(order["measure"]) if "measure" in order else {"viewers": crowd.open(order)}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
