"""The status message: how the adapter does, once a second (docs/messages.md)."""

from __future__ import annotations

import time

from google.protobuf import json_format

from hubble_adapter import __version__
from hubble_adapter.config.settings import Settings
from hubble_adapter.hubble import HubbleStream
from hubble_adapter.ledger import Ledger
from hubble_adapter.link import Link
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.protojson import rfc3339

__all__ = ["Status"]


class Status:
    """Draws the status document from the parts. Asked once a second by the publisher, whose link it also tells."""

    def __init__(
        self, adapter_id: str, settings: Settings, outbox: Outbox, losses: Losses, nodes: Nodes, hubble: HubbleStream
    ) -> None:
        self.broker: Link | None = None
        self._id = adapter_id
        self._cluster = settings.cluster
        self._outbox = outbox
        self._losses = losses
        self._nodes = nodes
        self._hubble = hubble
        self._filters = {
            "whitelist": [_filter_json(one) for one in settings.filters.whitelist()],
            "blacklist": [_filter_json(one) for one in settings.filters.blacklist()],
        }
        self._started_s = time.monotonic()
        self._last_s = self._started_s
        self._last = Ledger()

    def document(self) -> dict[str, object]:
        """Return the document; the rates in it are those since the last call."""
        now_s, now_ns = time.monotonic(), time.time_ns()
        ledger, held_bytes, newest_ns = self._outbox.snapshot()
        elapsed_s = max(now_s - self._last_s, 1e-3)
        rates = {
            "received_per_second": round((ledger.received - self._last.received) / elapsed_s, 1),
            "confirmed_per_second": round((ledger.confirmed - self._last.confirmed) / elapsed_s, 1),
        }
        self._last_s, self._last = now_s, ledger
        return {
            "v": 1,
            "id": self._id,
            "version": __version__,
            "cluster": self._cluster,
            "epoch": self._outbox.epoch,
            "time": rfc3339(now_ns // 1_000_000 * 1_000_000),
            "uptime_seconds": round(now_s - self._started_s, 1),
            "hubble": self._hubble.link.document() | {"version": self._hubble.server_version},
            "broker": self.broker.document() if self.broker else {},
            "rates": rates,
            "ledger": ledger.document(),
            "held_bytes": held_bytes,
            "losses": self._losses.tell(),
            "nodes": self._nodes.document(),
            "lag_seconds": round((now_ns - newest_ns) / 1e9, 3) if newest_ns else None,
            "filters": self._filters,
        }


def _filter_json(flow_filter: object) -> object:
    return json_format.MessageToDict(flow_filter, preserving_proto_field_name=True)
