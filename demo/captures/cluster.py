"""The made-up cluster: three nodes, the pods on them, and the peers outside.

Everything is invented: addresses are of private or documentation ranges, names end in `example`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Tuple

Json = Dict[str, Any]

CLUSTER = "default"
NODES = ("default/node-1", "default/node-2", "default/node-3")


@dataclass(frozen=True)
class Peer:
    """An endpoint as flows tell it. `port` is the one that it serves; `ipv6` is empty for a peer without."""

    name: str
    identity: int
    ipv4: str
    ipv6: str = ""
    mac: str = ""
    node: str = ""
    namespace: str = ""
    workload: str = ""
    kind: str = ""
    endpoint_id: int = 0
    port: int = 0
    labels: Tuple[str, ...] = ()
    dns_names: Tuple[str, ...] = field(default=())

    @property
    def service_name(self) -> str:
        """The Kubernetes service's fully qualified name."""
        return f"{self.workload}.{self.namespace}.svc.cluster.local"

    def service(self) -> Optional[Json]:
        """As flow.Service in JSON; None outside of the cluster."""
        return {"name": self.workload, "namespace": self.namespace} if self.namespace else None

    def endpoint(self) -> Json:
        """As flow.Endpoint in JSON."""
        if not self.namespace:
            return {"identity": self.identity, "labels": list(self.labels)}
        return {
            "ID": self.endpoint_id,
            "identity": self.identity,
            "cluster_name": CLUSTER,
            "namespace": self.namespace,
            "labels": list(self.labels),
            "pod_name": self.name,
            "workloads": [{"name": self.workload, "kind": self.kind}],
        }


def _pod(
    name: str, workload: str, namespace: str, identity: int, node: int, host: int, port: int, kind: str = "Deployment"
) -> Peer:
    return Peer(
        name=name,
        identity=identity,
        ipv4=f"10.0.{node}.{host}",
        ipv6=f"fd00:10:0:{node}::{host:x}",
        mac=f"02:42:0a:00:{node:02x}:{host:02x}",
        node=NODES[node - 1],
        namespace=namespace,
        workload=workload,
        kind=kind,
        endpoint_id=node * 1000 + host,
        port=port,
        labels=(
            f"k8s:app={workload}",
            f"k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name={namespace}",
            f"k8s:io.cilium.k8s.policy.cluster={CLUSTER}",
            f"k8s:io.cilium.k8s.policy.serviceaccount={workload}",
            f"k8s:io.kubernetes.pod.namespace={namespace}",
        ),
    )


FRONTEND_1 = _pod("frontend-5d8f9c7b6d-k2xvq", "frontend", "shop", 20101, 1, 11, 8080)
FRONTEND_2 = _pod("frontend-5d8f9c7b6d-w7hnz", "frontend", "shop", 20101, 2, 12, 8080)
CART = _pod("cart-7c4b8d6f5-9rjtm", "cart", "shop", 20102, 2, 21, 7070)
CHECKOUT = _pod("checkout-66f7d9c8b4-xq5lp", "checkout", "shop", 20103, 3, 31, 5050)
PAYMENT = _pod("payment-84d5c7f9b6-t8wkc", "payment", "pay", 20201, 1, 41, 9443)
LEDGER = _pod("ledger-0", "ledger", "pay", 20202, 3, 42, 5432, "StatefulSet")
PROMETHEUS = _pod("prometheus-0", "prometheus", "monitoring", 20301, 2, 51, 9090, "StatefulSet")
COREDNS_1 = _pod("coredns-6799fbcd5-4bq7s", "coredns", "kube-system", 20401, 1, 61, 53)
COREDNS_2 = _pod("coredns-6799fbcd5-mz9dl", "coredns", "kube-system", 20401, 3, 62, 53)
SHOPPERS = (FRONTEND_1, FRONTEND_2, CART, CHECKOUT)
PODS = (*SHOPPERS, PAYMENT, LEDGER, PROMETHEUS, COREDNS_1, COREDNS_2)

WORLD = Peer("world", 2, "203.0.113.77", "2001:db8:77::10", port=443, labels=("reserved:world",))
BANK = Peer(
    "bank",
    16777217,
    "198.51.100.20",
    "2001:db8:20::443",
    port=443,
    labels=("cidr:198.51.100.20/32", "fqdn:api.bank.example", "reserved:world"),
    dns_names=("api.bank.example",),
)
HOST = Peer("host", 1, "10.0.1.1", "fd00:10:0:1::1", mac="02:42:0a:00:01:01", labels=("reserved:host",))
REMOTE_NODE = Peer("remote-node", 6, "192.168.56.12", "fd00:56::12", port=10250, labels=("reserved:remote-node",))
APISERVER = Peer(
    "kube-apiserver",
    7,
    "192.168.56.10",
    "fd00:56::10",
    port=6443,
    labels=("reserved:kube-apiserver", "reserved:remote-node"),
)
HEALTH = Peer("health", 4, "10.0.2.3", "fd00:10:0:2::3", port=4240, labels=("reserved:health",))
