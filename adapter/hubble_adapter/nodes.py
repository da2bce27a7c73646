"""Which nodes Relay reads from, as its node status messages tell (contract 2.6)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from hubble_adapter.wire import relay_pb2

__all__ = ["Nodes", "joined_nodes"]

# Names that one status message holds; a cluster may have thousands of nodes, and all of them may be away at once.
_MOST_NAMES = 100


class Nodes:
    """The last known state of each node. The reading thread tells, the status asks.

    A server that is no Relay but an agent says nothing of nodes: all counts stay 0.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connected: set[str] = set()
        self._away: dict[str, tuple[str, str]] = {}

    def restart(self) -> None:
        """Forget everything: a new stream begins, and Relay tells all states anew."""
        with self._lock:
            self._connected.clear()
            self._away.clear()

    def tell(self, event: relay_pb2.NodeStatusEvent) -> None:
        """Note what a node status message says."""
        state = relay_pb2.NodeState.DESCRIPTOR.values_by_number.get(event.state_change)
        name_of_state = state.name if state else str(event.state_change)
        with self._lock:
            for name in event.node_names:
                if event.state_change == relay_pb2.NODE_CONNECTED:
                    self._away.pop(name, None)
                    self._connected.add(name)
                else:
                    self._connected.discard(name)
                    self._away[name] = (name_of_state, event.message[:200])

    def heard(self, name: str) -> None:
        """Note that a flow of this node arrived: Relay adds nodes that come back without a word (contract 2.6)."""
        if name in self._away:
            with self._lock:
                self._away.pop(name, None)
                self._connected.add(name)

    def document(self) -> dict[str, object]:
        """Return the nodes as the status message has them."""
        with self._lock:
            away = sorted(self._away.items())[:_MOST_NAMES]
            return {
                "connected": len(self._connected),
                "not_connected_total": len(self._away),
                "not_connected": [
                    {"name": name, "state": state, "message": message} for name, (state, message) in away
                ],
            }


def joined_nodes(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what several readers, none of which tells of another one's nodes, know together."""
    away = sorted((node for one in documents for node in one["not_connected"]), key=lambda node: str(node["name"]))
    return {
        "connected": sum(one["connected"] for one in documents),
        "not_connected_total": sum(one["not_connected_total"] for one in documents),
        "not_connected": away[:_MOST_NAMES],
    }
