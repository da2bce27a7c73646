"""The status message: how the adapter does, once a second (docs/messages.md)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import json_format

from hubble_adapter import __version__
from hubble_adapter.config.settings import Settings
from hubble_adapter.ledger import Ledger
from hubble_adapter.losses import Losses
from hubble_adapter.protojson import rfc3339
from hubble_adapter.report import Report

__all__ = ["Status"]


class Status:
    """Draws the status document from what the lanes report. Any thread may ask."""

    def __init__(self, adapter_id: str, settings: Settings, report: Callable[[], Report], losses: Losses) -> None:
        self.last_reload_successful = True
        self._id = adapter_id
        self._report = report
        self._losses = losses
        self._started_s = self._turned_s = time.monotonic()
        self._turned = Ledger()
        self._rates = {"received_per_second": 0.0, "confirmed_per_second": 0.0}
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """From now on tell these settings."""
        self._cluster = settings.cluster
        self._filters = {
            "whitelist": [_filter_json(one) for one in settings.filters.whitelist()],
            "blacklist": [_filter_json(one) for one in settings.filters.blacklist()],
        }

    def turn(self, report: Report) -> None:
        """Take the rates anew, over the time since the last turn, from what the lanes report now."""
        now_s, ledger = time.monotonic(), report.ledger
        elapsed_s = max(now_s - self._turned_s, 1e-3)
        self._rates = {
            "received_per_second": round((ledger.received - self._turned.received) / elapsed_s, 1),
            "confirmed_per_second": round((ledger.confirmed - self._turned.confirmed) / elapsed_s, 1),
        }
        self._turned_s, self._turned = now_s, ledger

    def document(self) -> dict[str, object]:
        """Return the status document."""
        now_s, now_ns = time.monotonic(), time.time_ns()
        report = self._report()
        newest_ns = report.newest_ns
        return {
            "v": 1,
            "id": self._id,
            "version": __version__,
            "cluster": self._cluster,
            "epoch": report.epoch,
            "time": rfc3339(now_ns // 1_000_000 * 1_000_000),
            "uptime_seconds": round(now_s - self._started_s, 1),
            "hubble": report.hubble,
            "broker": report.broker,
            "rates": self._rates,
            "ledger": report.ledger.document(),
            "held_bytes": report.held_bytes,
            "losses": self._losses.tell(),
            "nodes": report.nodes,
            "lag_seconds": round((now_ns - newest_ns) / 1e9, 3) if newest_ns else None,
            "filters": self._filters,
            "config": {"last_reload_successful": self.last_reload_successful},
        }

    def confirmed(self, document: Mapping[str, Any]) -> None:
        """The broker has this document: the losses that it tells are told."""
        for loss in document["losses"]["recent"][-1:]:
            self._losses.confirmed(loss["n"])

    def line(self, report: Report) -> str:
        """Return the status in one line, for `systemctl status`."""
        ledger, hubble, broker = report.ledger, report.hubble, report.broker
        return (
            f"hubble {hubble['state']}, broker {broker['state']}, {self._rates['confirmed_per_second']:g} flows/s, "
            f"{ledger.in_flight} in flight, {sum(ledger.dropped.values())} dropped"
        )


def _filter_json(flow_filter: object) -> object:
    return json_format.MessageToDict(flow_filter, preserving_proto_field_name=True)
