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
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.protojson import rfc3339

__all__ = ["Status"]


class Status:
    """Draws the status document from the parts. Any thread may ask.

    hubble, broker: the two links' own parts of the document.
    """

    def __init__(
        self,
        adapter_id: str,
        settings: Settings,
        outbox: Outbox,
        losses: Losses,
        nodes: Nodes,
        hubble: Callable[[], dict[str, object]],
        broker: Callable[[], dict[str, object]],
    ) -> None:
        self.last_reload_successful = True
        self._id = adapter_id
        self._outbox = outbox
        self._losses = losses
        self._nodes = nodes
        self._hubble = hubble
        self._broker = broker
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

    def turn(self) -> None:
        """Take the rates anew, over the time since the last turn."""
        now_s, (ledger, _, _) = time.monotonic(), self._outbox.snapshot()
        elapsed_s = max(now_s - self._turned_s, 1e-3)
        self._rates = {
            "received_per_second": round((ledger.received - self._turned.received) / elapsed_s, 1),
            "confirmed_per_second": round((ledger.confirmed - self._turned.confirmed) / elapsed_s, 1),
        }
        self._turned_s, self._turned = now_s, ledger

    def document(self) -> dict[str, object]:
        """Return the status document."""
        now_s, now_ns = time.monotonic(), time.time_ns()
        ledger, held_bytes, newest_ns = self._outbox.snapshot()
        return {
            "v": 1,
            "id": self._id,
            "version": __version__,
            "cluster": self._cluster,
            "epoch": self._outbox.epoch,
            "time": rfc3339(now_ns // 1_000_000 * 1_000_000),
            "uptime_seconds": round(now_s - self._started_s, 1),
            "hubble": self._hubble(),
            "broker": self._broker(),
            "rates": self._rates,
            "ledger": ledger.document(),
            "held_bytes": held_bytes,
            "losses": self._losses.tell(),
            "nodes": self._nodes.document(),
            "lag_seconds": round((now_ns - newest_ns) / 1e9, 3) if newest_ns else None,
            "filters": self._filters,
            "config": {"last_reload_successful": self.last_reload_successful},
        }

    def confirmed(self, document: Mapping[str, Any]) -> None:
        """The broker has this document: the losses that it tells are told."""
        for loss in document["losses"]["recent"][-1:]:
            self._losses.confirmed(loss["n"])

    def line(self) -> str:
        """Return the status in one line, for `systemctl status`."""
        ledger, _, _ = self._outbox.snapshot()
        hubble, broker = self._hubble(), self._broker()
        return (
            f"hubble {hubble['state']}, broker {broker['state']}, {self._rates['confirmed_per_second']:g} flows/s, "
            f"{ledger.in_flight} in flight, {sum(ledger.dropped.values())} dropped"
        )


def _filter_json(flow_filter: object) -> object:
    return json_format.MessageToDict(flow_filter, preserving_proto_field_name=True)
