"""The four words of a flow's routing key: CLUSTER.VERDICT.SOURCE.DESTINATION (docs/messages.md).

A word decides who may see a flow, so nothing that a workload can name may pass for another's word: what is no legal
name becomes `_unknown`, never something mended, and what is not a namespace begins with an underscore, which no
namespace does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hubble_adapter.wire import flow_pb2

__all__ = ["UNKNOWN", "cluster_word", "endpoint_word", "verdict_word"]

UNKNOWN = "_unknown"

# A namespace of Kubernetes is an RFC 1123 label; capitals are let through because other installers allow them in
# clusters.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", re.ASCII)
_RESERVED_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?", re.ASCII)

# Contract section 4, "Reserved identities".
_RESERVED_IDENTITIES = {
    1: "_host",
    2: "_world",
    3: "_unmanaged",
    4: "_health",
    5: "_init",
    6: "_remote-node",
    7: "_kube-apiserver",
    8: "_ingress",
    9: "_world-ipv4",
    10: "_world-ipv6",
}


def name_word(name: str) -> str:
    """Return a namespace's or cluster's name as a word: itself where it is a legal name, else `_unknown`."""
    return name if _NAME.fullmatch(name) else UNKNOWN


def endpoint_word(namespace: str, identity: int, labels: Iterable[str]) -> str:
    """Return an endpoint's word: its namespace, else its reserved identity, else `_unknown`.

    A CIDR identity has a number of its own and carries `reserved:world` among its labels, hence the look at those.
    """
    if namespace:
        return name_word(namespace)
    if identity in _RESERVED_IDENTITIES:
        return _RESERVED_IDENTITIES[identity]
    for label in labels:
        if label.startswith("reserved:"):
            name = label[len("reserved:") :]
            return f"_{name}" if _RESERVED_NAME.fullmatch(name) else UNKNOWN
    return UNKNOWN


def cluster_word(node_name: str, default: str) -> str:
    """Return the cluster of a node: what stands before the `/` of its name, else `default` (contract 2.9)."""
    cluster, slash, _ = node_name.partition("/")
    return name_word(cluster) if slash else default


def verdict_word(verdict: int) -> str:
    """Return the verdict's name, or the decimal number of one that is not known."""
    value = flow_pb2.Verdict.DESCRIPTOR.values_by_number.get(verdict)
    return str(value.name) if value else str(verdict)
