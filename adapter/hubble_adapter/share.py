"""Which nodes' flows are whose, where several workers read from one Relay (setting `workers`). Pure.

Each worker but the last asks for nodes by name, the last one for all but those. So every node is somebody's, one that
joins later included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hubble_adapter.wire import flow_pb2

__all__ = ["EVERYTHING", "Share", "shares"]

# What a pattern for nodes says letter by letter (contract 2.3). A node with another name is the last worker's.
_PLAIN = re.compile(r"{0}/{0}".format(r"[-0-9_a-z]+(?:\.[-0-9_a-z]+)*"), re.ASCII)
# What a node costs beside its flows, in flows a second.
_NODE_COSTS = 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one worker reads.

    nodes: full names, CLUSTER/NODE. others: whether it is all nodes but these; else it is these.
    """

    nodes: frozenset[str] = frozenset()
    others: bool = True

    def has(self, node: str) -> bool:
        """Tell whether a node is in it."""
        return (_full(node) in self.nodes) != self.others

    def whitelist(self, asked: list[flow_pb2.FlowFilter]) -> list[flow_pb2.FlowFilter]:
        """Return `asked`, none of which names nodes, for these nodes alone: one filter must match, with all its fields
        (contract 2.3).
        """
        if self.others:
            return asked
        narrowed = []
        for one in asked or [flow_pb2.FlowFilter()]:
            narrower = flow_pb2.FlowFilter()
            narrower.CopyFrom(one)
            narrower.node_name.extend(sorted(self.nodes))
            narrowed.append(narrower)
        return narrowed

    def blacklist(self, asked: list[flow_pb2.FlowFilter]) -> list[flow_pb2.FlowFilter]:
        """Return `asked` without the nodes that are others'."""
        if not self.others or not self.nodes:
            return asked
        return [*asked, flow_pb2.FlowFilter(node_name=sorted(self.nodes))]


EVERYTHING = Share()


def shares(flows_per_second: Mapping[str, float], workers: int) -> list[Share]:
    """Return the shares of so many workers, or of fewer where there are not as many nodes, about as busy as each other.

    flows_per_second: by node.
    """
    rates = {_full(name): rate for name, rate in flows_per_second.items()}
    workers = max(1, min(workers, len(rates)))
    parts: list[set[str]] = [set() for _ in range(workers)]
    loads = [0.0] * workers
    for name in sorted(rates, key=lambda name: (-rates[name], name)):
        lightest = loads.index(min(loads)) if _PLAIN.fullmatch(name) else workers - 1
        parts[lightest].add(name)
        loads[lightest] += rates[name] + _NODE_COSTS
    named = [Share(frozenset(part), others=False) for part in parts[:-1] if part]
    return [*named, Share(frozenset().union(*parts[:-1]))]


def _full(name: str) -> str:
    """Return a node's full name: one without its cluster's is of `default` (contract 2.3)."""
    return name if "/" in name else f"default/{name}"
