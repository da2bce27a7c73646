"""Somebody who looks at flows from outside: Web-STOMP over TLS, through nginx, as a browser does it."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from stack.stomp import Client, Refused
from stack.websocket import HandshakeRefused, WebSocket
from stage import secrets
from stage.machine import Machine

# Ends of queues' names: those who view at the same time have different ones.
_NUMBERS = itertools.cycle(range(256))


def login(user: str, password: str) -> str:
    """The header by which a page logs in: browsers send no Authorization with a WebSocket, nginx makes one of this."""
    return "Cookie: hubble_login=" + base64.b64encode(f"{user}:{password}".encode()).decode()


class Viewer:
    """A log-in at the page's address. Raises stack.stomp.Refused, stack.websocket.HandshakeRefused or OSError."""

    def __init__(self, address: str, user: str = "noc", password: str | None = None, port: int = 443) -> None:
        password = secrets.read(f"{user}.password") if password is None else password
        web_socket = WebSocket(
            address, port, tls=secrets.trust(), name=secrets.PAGE_NAME, headers=[login(user, password)]
        )
        self._user = user
        self._client = Client(web_socket, user, password)

    def __enter__(self) -> Viewer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def subscribe(self, pattern: str = "*.*.*.*", exchange: str = "hubble_flows") -> None:
        """Bind to the exchange with a queue as docs/viewers.md has it."""
        queue = f"stomp-subscription-{self._user}.{next(_NUMBERS):02x}"
        self._client.subscribe(f"/exchange/{exchange}/{pattern}", x_queue_name=queue, exclusive="true")

    def flows(self, seconds: float, count: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the flows that arrive within so many seconds, `count` at most."""
        left = count
        deadline = time.monotonic() + seconds
        while (left is None or left > 0) and time.monotonic() < deadline:
            for message in self._client.messages(deadline - time.monotonic(), count=1):
                batch = json.loads(message.body)["flows"]
                yield from batch if left is None else batch[:left]
                left = None if left is None else left - len(batch)

    def statuses(self, seconds: float, count: int = 1) -> list[dict[str, Any]]:
        """The statuses that arrive within so many seconds, after `subscribe("*.adapter", "hubble_status")`."""
        return [json.loads(message.body) for message in self._client.messages(seconds, count=count)]


def flows_arrive(machine: Machine) -> bool:
    """Whether a viewer of everything gets a flow within 2 s; not, if it cannot even log in."""
    try:
        with Viewer(machine.address) as viewer:
            viewer.subscribe()
            return bool(list(viewer.flows(2.0, count=1)))
    except (OSError, Refused, HandshakeRefused):
        return False
