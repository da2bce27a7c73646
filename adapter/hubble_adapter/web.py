"""Metrics and health over HTTP: `/metrics`, `/livez`, `/readyz`. Their meaning stands in docs/operations.md.

Every counter is drawn from the ledger and the losses when it is asked for; the hot path knows nothing of metrics.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from hubble_adapter.errors import AdapterError
from hubble_adapter.link import State
from hubble_adapter.report import Report
from hubble_adapter.times import CONFIRM_BUCKETS_S

__all__ = ["Web"]

Document = dict[str, Any]  # the status document of docs/messages.md


class Web:
    """Answers on its own thread.

    listen: HOST:PORT.
    document: gives the status document; report: what that does not tell.
    """

    def __init__(
        self,
        listen: str,
        document: Callable[[], Document],
        report: Callable[[], Report],
    ) -> None:
        self._document = document
        self._report = report
        registry = CollectorRegistry()
        registry.register(_Metrics(document, report))
        ProcessCollector(registry=registry)
        self._metrics = make_wsgi_app(registry)
        host, _, port = listen.rpartition(":")
        try:
            self._server = make_server(host.strip("[]"), int(port), self._answer, _Server, _Handler)
        except OSError as error:
            raise AdapterError(f"cannot listen on {listen} (http.listen): {error.strerror or error}") from error
        self.address = f"{host}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, name="web", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            return self._metrics(environ, start_response)  # type: ignore[no-any-return]
        if path == "/livez":
            good, text = self._report().turning, "the loops turn"
            text = text if good else "a loop does not turn"
        elif path == "/readyz":
            document = self._document()
            hubble, broker = document["hubble"]["state"], document["broker"]["state"]
            good = hubble == State.STREAMING.value and broker == State.READY.value
            text = f"hubble {hubble}, broker {broker}"
        else:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"here are /metrics, /livez and /readyz\n"]
        start_response("200 OK" if good else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [f"{text}\n".encode()]


class _Server(WSGIServer):
    allow_reuse_address = True
    # One slow scraper must not keep the next one waiting for ever: each request is short, each connection is bounded.
    timeout = 5.0


class _Handler(WSGIRequestHandler):
    timeout = 5.0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Log nothing: a scrape every few seconds is no news."""


class _Metrics(Collector):
    """The status document in Prometheus' terms."""

    def __init__(self, document: Callable[[], Document], report: Callable[[], Report]) -> None:
        self._document = document
        self._report = report

    def collect(self) -> Iterator[Any]:
        document = self._document()
        ledger = document["ledger"]
        for name, text in (
            ("received", "Flows received from Hubble"),
            ("confirmed", "Flows that the broker confirmed"),
            ("filtered", "Flows that a server sent against the filters it was given"),
            ("duplicates", "Flows that had been received before"),
        ):
            yield CounterMetricFamily(f"hubble_adapter_flows_{name}", text, ledger[name])
        dropped = CounterMetricFamily("hubble_adapter_flows_dropped", "Flows given up", labels=["reason"])
        for reason, count in ledger["dropped"].items():
            dropped.add_metric([reason], count)
        yield dropped
        yield GaugeMetricFamily("hubble_adapter_flows_in_flight", "Flows not confirmed yet", ledger["in_flight"])
        yield GaugeMetricFamily("hubble_adapter_held_bytes", "Bytes of these flows in memory", document["held_bytes"])
        lost = CounterMetricFamily("hubble_adapter_events_lost", "Events known to be lost", labels=["source"])
        for source, count in document["losses"]["total"].items():
            lost.add_metric([source], count)
        yield lost
        counts, sum_s = self._report().confirm_times
        bounds = [*map(str, CONFIRM_BUCKETS_S), "+Inf"]
        confirm = HistogramMetricFamily(
            "hubble_adapter_confirm_seconds", "Time from a batch's first flow to the broker's confirmation"
        )
        confirm.add_metric([], list(zip(bounds, itertools.accumulate(counts))), sum_s)
        yield confirm
        state = GaugeMetricFamily("hubble_adapter_link_state", "1 for the state a link is in", labels=["link", "state"])
        for link in ("hubble", "broker"):
            for one in State:
                state.add_metric([link, one.value], float(document[link]["state"] == one.value))
        yield state
        nodes = document["nodes"]
        yield GaugeMetricFamily("hubble_adapter_nodes_connected", "Nodes that Relay reads from", nodes["connected"])
        yield GaugeMetricFamily(
            "hubble_adapter_nodes_not_connected", "Nodes that Relay cannot read from", nodes["not_connected_total"]
        )
        if document["lag_seconds"] is not None:
            yield GaugeMetricFamily("hubble_adapter_lag_seconds", "Now minus the newest flow", document["lag_seconds"])
        reload_good = document["config"]["last_reload_successful"]
        yield GaugeMetricFamily(
            "hubble_adapter_config_last_reload_successful", "1 unless the last reload was refused", float(reload_good)
        )
        yield InfoMetricFamily("hubble_adapter_build", "The adapter's version", {"version": document["version"]})
