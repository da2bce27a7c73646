"""The audit in numbers, for Prometheus: `/metrics`. Users are named only once the broker knows them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hubblecast_audit.line import Line

__all__ = ["Metrics"]

EVENTS = (
    "logged_in",
    "logged_out",
    "login_refused",
    "subscribed",
    "reading",
    "bound",
    "refused",
    "cut_off",
    "changed",
    "audit_lost",
)


class Metrics(Collector):
    """Counts lines. `users`: connections by user; `up`: whether the broker is read now."""

    def __init__(self, users: Callable[[], dict[str, int]], up: Callable[[], bool]) -> None:
        self._users = users
        self._up = up
        self._counts = dict.fromkeys(EVENTS, 0)

    def count(self, line: Line) -> None:
        self._counts[line.event] += 1

    def serve(self, listen: str) -> None:
        """Answer at HOST:PORT on threads of its own. Raises OSError."""
        registry = CollectorRegistry()
        registry.register(self)
        ProcessCollector(registry=registry)
        host, _, port = listen.rpartition(":")
        start_http_server(int(port), host.strip("[]"), registry)

    def collect(self) -> Iterator[Any]:
        events = CounterMetricFamily("hubblecast_audit_events", "Lines of the audit", labels=["event"])
        for event, count in self._counts.items():
            events.add_metric([event], count)
        yield events
        open_ones = GaugeMetricFamily("hubblecast_audit_connections", "Open connections of this node", labels=["user"])
        for user, count in self._users().items():
            open_ones.add_metric([user], count)
        yield open_ones
        yield GaugeMetricFamily("hubblecast_audit_up", "1 while the broker's events are read", float(self._up()))
