"""All parts together: Hubble (mock or real) → adapter → broker, audited → nginx, started as fast as they allow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from stack import audit
from stack.adapter import Adapter, configuration
from stack.audit import Audit
from stack.broker import PrivateBroker
from stack.definitions import ADAPTER, AUDIT
from stack.errors import NotReady
from stack.hubble import MockHubble
from stack.logs import harmless
from stack.nginx import PrivateNginx
from stack.rights import Viewer, all_streams, loopback_settings, publish_expression
from stack.status import StatusReader

_POLL_SECONDS = 0.05
_REMIND_SECONDS = 5.0
_BOOT_TIMEOUT_SECONDS = 90.0
_FIRST_FLOW_TIMEOUT_SECONDS = 30.0
_STATUS_AGE_SECONDS = 5.0

# Who may log in to the page. The captures tell of a shop and of what pays for it, in namespaces of their own.
VIEWERS = (Viewer("demo"), Viewer("shop", namespaces=("shop",)), Viewer("pay", namespaces=("pay",)))
_SEES_ALL = VIEWERS[0].name

Tell = Callable[[str], None]


class Stopped(Exception):
    """Somebody asked for the end while the stack was starting."""


class _Part(Protocol):
    def launch(self) -> None:
        ...

    def ready(self) -> bool:
        ...

    def check(self) -> None:
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """`port`: of the page, checked to be free. `hubble_address`: HOST:PORT of a Relay, None for the mock server."""

    run_dir: Path
    page: Path
    captures: Sequence[Path]
    port: int
    rate_per_second: float
    hubble_address: str | None


class Pipeline:
    """The stack under a run directory. `tell` gets a line for each step; `stop_asked` ends a start early."""

    def __init__(self, settings: Settings, tell: Tell, stop_asked: threading.Event) -> None:
        run, log = settings.run_dir, settings.run_dir / "log"
        self._tell = tell
        self._stop_asked = stop_asked
        self.broker = PrivateBroker(
            run / "broker",
            (ADAPTER, AUDIT, *(viewer.user() for viewer in VIEWERS)),
            log_dir=log,
            streams=all_streams(VIEWERS),
            plugins=(audit.PLUGIN,),
            # One WebSocket, one log-in: RabbitMQ would take any number of guesses on it.
            settings=f"{loopback_settings(VIEWERS)}web_stomp.use_http_auth = true\n{audit.SETTINGS}",
        )
        self.audit = Audit(self.broker, run / "audit", log / "audit.log")
        self.mock: MockHubble | None = None
        if settings.hubble_address is None:
            self.mock = MockHubble(settings.captures, settings.rate_per_second, log / "hubble.log", run / "sent.log")
        self.nginx = PrivateNginx(
            run / "nginx",
            settings.page,
            self.broker.webstomp_port,
            settings.port,
            log_dir=log,
            visitors=self.audit.visitors,
        )
        self.hubble_address = settings.hubble_address or (self.mock.address if self.mock else "")
        adapter_settings = configuration(
            self.hubble_address, self.broker.url(ADAPTER.name), self.broker.password_file(ADAPTER.name)
        )
        self.adapter = Adapter(adapter_settings, run / "adapter.yaml", log / "adapter.log")
        self._status = StatusReader(self.broker, _SEES_ALL)
        # What is meant to run at the moment, by name; `check` looks after these.
        self._wanted: dict[str, Callable[[], None]] = {}

    @property
    def page_url(self) -> str:
        """Address of the page for the viewer of everything."""
        return self.page_urls[_SEES_ALL]

    @property
    def page_urls(self) -> dict[str, str]:
        """Address of the page by viewer, with the log-in in its fragment, which no browser sends to a server."""
        return {
            viewer.name: f"{self.nginx.url}#login={quote(viewer.name, safe='')}:"
            f"{quote(self.broker.password(viewer.name), safe='')}"
            for viewer in VIEWERS
        }

    def start(self) -> None:
        """Start everything and wait for the first confirmed flow. Raises StackError, or Stopped."""
        parts: dict[str, _Part] = {"RabbitMQ": self.broker, "nginx": self.nginx, "the audit": self.audit}
        if self.mock is not None:
            parts["the mock Hubble server"] = self.mock
        self._tell(f"starting {', '.join(parts)}")
        for name, part in parts.items():
            part.launch()
            self._wanted[name] = part.check
        self._wait(parts)
        self.start_adapter()
        self.broker.ctl("eval", publish_expression(VIEWERS))
        self._status.start()
        self._wait_for_flows()

    def check(self) -> None:
        """Raise PartDied if a part that should run does not."""
        for check in self._wanted.values():
            check()

    def status(self) -> dict[str, Any] | None:
        """The adapter's newest status, None when it is silent."""
        return self._status.newest(_STATUS_AGE_SECONDS)

    def stop(self) -> None:
        """End every part, last started first."""
        self._wanted.clear()
        self._status.stop()
        self.adapter.stop()
        self.nginx.stop()
        self.audit.stop()
        if self.mock is not None:
            self.mock.stop()
        self.broker.stop()

    def start_adapter(self) -> None:
        self._tell("starting the adapter")
        self.adapter.launch()
        self._wanted["the adapter"] = self.adapter.check

    def stop_adapter(self) -> None:
        self._wanted.pop("the adapter", None)
        self.adapter.stop()

    def start_broker(self) -> None:
        self.broker.launch()
        self._wanted["RabbitMQ"] = self.broker.check
        self._wait({"RabbitMQ": self.broker})

    def kill_broker(self) -> None:
        self._wanted.pop("RabbitMQ", None)
        self.broker.kill()

    def _wait(self, parts: dict[str, _Part]) -> None:
        """Return once all these parts are ready; tells about each, and every 5 s what is still waited for."""
        began = reminded = time.monotonic()
        pending = dict(parts)
        while True:
            for name in [name for name, part in pending.items() if part.ready()]:
                del pending[name]
                self._tell(f"{name} is ready after {time.monotonic() - began:.1f} s")
            if not pending:
                return
            reminded = self._pause(reminded, lambda: f"waiting for {', '.join(pending)}")
            if time.monotonic() - began > _BOOT_TIMEOUT_SECONDS:
                raise NotReady(f"{', '.join(pending)} not ready after {_BOOT_TIMEOUT_SECONDS:.0f} s")

    def _wait_for_flows(self) -> None:
        """Return at the first flow that the broker confirmed. A real Relay may be silent: then at the first status."""
        began = reminded = time.monotonic()
        while True:
            status = self.status()
            if status and status.get("ledger", {}).get("confirmed", 0) > 0:
                self._tell(f"the broker confirmed the first flows after {time.monotonic() - began:.1f} s")
                return
            if status and self.mock is None:
                self._tell(f"no flow yet: {describe(status)}")
                return
            if time.monotonic() - began > _FIRST_FLOW_TIMEOUT_SECONDS:
                why = f"{describe(status)} (log: {self.adapter.log})"
                raise NotReady(f"no flow was confirmed within {_FIRST_FLOW_TIMEOUT_SECONDS:.0f} s: {why}")
            reminded = self._pause(reminded, lambda: f"waiting for the first flow: {describe(self.status())}")

    def _pause(self, reminded: float, what: Callable[[], str]) -> float:
        self.check()
        if self._stop_asked.wait(_POLL_SECONDS):
            raise Stopped
        if time.monotonic() - reminded > _REMIND_SECONDS:
            self._tell(what())
            return time.monotonic()
        return reminded


def describe(status: dict[str, Any] | None) -> str:
    """One line about the adapter's two connections and its rates."""
    if status is None:
        return "the adapter says nothing"
    rates = status.get("rates", {})
    words = [
        f"{rates.get('received_per_second', 0):.0f} flows/s from Hubble",
        f"{rates.get('confirmed_per_second', 0):.0f}/s confirmed",
        f"{status.get('ledger', {}).get('confirmed', 0)} in all",
    ]
    for side in ("hubble", "broker"):
        link = status.get(side, {})
        if link.get("state") not in ("streaming", "ready"):
            words.append(f"{side} {link.get('state')} {link.get('error') or ''}")
    return harmless(", ".join(words))


def seen_by(viewer: Viewer) -> str:
    """What a viewer sees, in words."""
    if viewer.namespaces is None:
        return "sees everything"
    return f"sees the namespace{'s' if len(viewer.namespaces) > 1 else ''} {', '.join(viewer.namespaces)} only"
