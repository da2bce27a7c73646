"""The answers to the unary calls: what an agent says of itself, and what Relay makes of many."""

from __future__ import annotations

from typing import Any, Iterable

from hubble_adapter.wire import observer_pb2, relay_pb2
from mock_hubble.node import Node

_MOST_UNAVAILABLE_NAMED = 10


def relay_status(nodes: Iterable[Node], version: str, now_ns: int) -> Any:
    """Relay's observer.ServerStatusResponse: sums, the oldest uptime, and some names of nodes that it cannot reach."""
    response = observer_pb2.ServerStatusResponse(version=version)
    response.num_connected_nodes.value = 0
    response.num_unavailable_nodes.value = 0
    for node in nodes:
        if not node.up:
            response.num_unavailable_nodes.value += 1
            if len(response.unavailable_nodes) < _MOST_UNAVAILABLE_NAMED:
                response.unavailable_nodes.append(node.name)
            continue
        status = node.status(now_ns)
        response.num_connected_nodes.value += 1
        response.num_flows += status.num_flows
        response.max_flows += status.max_flows
        response.seen_flows += status.seen_flows
        response.flows_rate += status.flows_rate
        response.uptime_ns = max(response.uptime_ns, status.uptime_ns)
    return response


def relay_nodes(nodes: Iterable[Node], tls: bool, now_ns: int) -> Any:
    """Relay's observer.GetNodesResponse: every node, and the status of those that it reaches."""
    response = observer_pb2.GetNodesResponse()
    for node in nodes:
        told = response.nodes.add(name=node.name, address=node.address)
        told.tls.enabled = tls
        told.tls.server_name = node.tls_name if tls else ""
        told.state = relay_pb2.NODE_CONNECTED if node.up else relay_pb2.NODE_UNAVAILABLE
        if node.up:
            status = node.status(now_ns)
            for field in ("version", "uptime_ns", "num_flows", "max_flows", "seen_flows"):
                setattr(told, field, getattr(status, field))
    return response


def namespaces(nodes: Iterable[Node], now_ns: int) -> Any:
    """observer.GetNamespacesResponse: what the reachable nodes saw in the last hour, by cluster and name."""
    seen: set[tuple[str, str]] = set()
    for node in nodes:
        if node.up:
            seen |= node.namespaces(now_ns)
    response = observer_pb2.GetNamespacesResponse()
    for cluster, namespace in sorted(seen):
        response.namespaces.add(cluster=cluster, namespace=namespace)
    return response
