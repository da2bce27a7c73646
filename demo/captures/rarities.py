"""Flows that are rare, and so forgotten in tests: other protocols and drops, sockets, no IP, no endpoints."""

from __future__ import annotations

from cluster import CART, CHECKOUT, FRONTEND_1, HEALTH, HOST, LEDGER, NODES, PAYMENT, PROMETHEUS, WORLD, Json, Peer
from tape import Tape, ethernet, ip, tcp, udp

_DROPS = (
    (132, "INVALID_SOURCE_IP", "bpf_lxc.c"),
    (144, "UNKNOWN_ICMPV4_TYPE", "icmp.h"),
    (151, "STALE_OR_UNROUTABLE_IP", "bpf_lxc.c"),
    (155, "CT_MAP_INSERTION_FAILED", "conntrack.h"),
    (158, "SERVICE_BACKEND_NOT_FOUND", "lb.h"),
    (169, "FIB_LOOKUP_FAILED", "fib.h"),
    (189, "AUTH_REQUIRED", "auth.h"),
    (195, "UNENCRYPTED_TRAFFIC", "bpf_host.c"),
    (196, "TTL_EXCEEDED", "ipv4.h"),
)


def add_rarities(tape: Tape) -> None:
    """Three rounds of them, at the tape's end."""
    for _ in range(3):
        _icmp(tape)
        _other_transports(tape)
        _sockets(tape)
        _drops(tape)
        _without_ip(tape)
        _overlay(tape)


def _seen(tape: Tape, node: str, source: Peer, destination: Peer, l4: Json, summary: str, version: int = 4) -> None:
    tape.add(
        node,
        verdict="FORWARDED",
        ethernet=ethernet(source, destination),
        IP=ip(source, destination, version),
        l4=l4,
        source=source.endpoint(),
        destination=destination.endpoint(),
        Type="L3_L4",
        event_type={"type": 4},
        traffic_direction="INGRESS",
        trace_observation_point="TO_ENDPOINT",
        trace_reason="NEW",
        is_reply=False,
        Summary=summary,
    )


def _icmp(tape: Tape) -> None:
    _seen(tape, CART.node, HOST, CART, {"ICMPv4": {"type": 8}}, "ICMPv4 EchoRequest")
    _seen(tape, CART.node, WORLD, CART, {"ICMPv4": {"type": 3, "code": 4}}, "ICMPv4 DestinationUnreachable")
    _seen(tape, CHECKOUT.node, HEALTH, CHECKOUT, {"ICMPv6": {"type": 128}}, "ICMPv6 EchoRequest", version=6)
    _seen(tape, CHECKOUT.node, HOST, CHECKOUT, {"ICMPv6": {"type": 135}}, "ICMPv6 NeighborSolicitation", version=6)


def _other_transports(tape: Tape) -> None:
    sctp = {"SCTP": {"source_port": tape.ephemeral_port(), "destination_port": 3868}}
    _seen(tape, LEDGER.node, PAYMENT, LEDGER, sctp, "SCTP")
    _seen(tape, NODES[0], HOST, HOST, {"VRRP": {"type": 1, "vrid": 51, "priority": 100}}, "VRRP")
    _seen(tape, NODES[0], HOST, HOST, {"IGMP": {"type": 22, "group_address": "239.1.2.3"}}, "IGMP")
    kafka = {"api_version": 7, "api_key": "produce", "correlation_id": 4711, "topic": "orders"}
    tape.add(
        CHECKOUT.node,
        verdict="FORWARDED",
        IP=ip(CHECKOUT, LEDGER),
        l4=tcp(tape.ephemeral_port(), 9092),
        source=CHECKOUT.endpoint(),
        destination=LEDGER.endpoint(),
        Type="L7",
        l7={"type": "REQUEST", "kafka": kafka},
        event_type={"type": 129},
        traffic_direction="EGRESS",
        is_reply=False,
        Summary="Kafka request produce correlation id 4711 topic 'orders'",
    )


def _sockets(tape: Tape) -> None:
    """Socket load-balancing: the service's address before, the chosen pod's after the translation."""
    port = tape.ephemeral_port()
    service = Peer("service", 0, "10.96.0.42")
    for verdict, point, peer in (
        ("TRACED", "SOCK_XLATE_POINT_PRE_DIRECTION_FWD", service),
        ("TRANSLATED", "SOCK_XLATE_POINT_POST_DIRECTION_FWD", CART),
    ):
        tape.add(
            FRONTEND_1.node,
            verdict=verdict,
            IP=ip(FRONTEND_1, peer),
            l4=tcp(port, CART.port),
            source=FRONTEND_1.endpoint(),
            destination=peer.endpoint() if peer.namespace else {},
            Type="SOCK",
            event_type={"type": 7, "sub_type": 1 if verdict == "TRACED" else 2},
            destination_service={"name": "cart", "namespace": "shop"},
            traffic_direction="EGRESS",
            sock_xlate_point=point,
            socket_cookie=str(10_000 + tape.random.randrange(90_000)),
            cgroup_id=str(20_000 + tape.random.randrange(9_000)),
            Summary="TCP",
        )


def _drops(tape: Tape) -> None:
    for code, name, file in _DROPS:
        tape.add(
            PAYMENT.node,
            verdict="DROPPED",
            drop_reason=code,
            ethernet=ethernet(CHECKOUT, PAYMENT),
            IP=ip(CHECKOUT, PAYMENT),
            l4={"ICMPv4": {"type": 42}} if code == 144 else tcp(tape.ephemeral_port(), PAYMENT.port, ("SYN",)),
            source=CHECKOUT.endpoint(),
            destination=PAYMENT.endpoint(),
            Type="L3_L4",
            event_type={"type": 1, "sub_type": code},
            traffic_direction="INGRESS",
            drop_reason_desc=name,
            auth_type="SPIRE" if name == "AUTH_REQUIRED" else None,
            file={"name": file, "line": 100 + tape.random.randrange(900)},
            Summary="ICMPv4" if code == 144 else "TCP Flags: SYN",
        )


def _without_ip(tape: Tape) -> None:
    """ARP has no IP, and a VLAN frame that is dropped has neither IP nor endpoints."""
    tape.add(
        CART.node,
        verdict="FORWARDED",
        ethernet=ethernet(CART, HOST),
        source=CART.endpoint(),
        destination=HOST.endpoint(),
        Type="L3_L4",
        event_type={"type": 4, "sub_type": 3},
        traffic_direction="EGRESS",
        trace_observation_point="TO_STACK",
        interface={"index": 9},
        Summary="ARP",
    )
    tape.add(
        NODES[2],
        verdict="DROPPED",
        drop_reason=182,
        ethernet={"source": "02:42:00:00:99:01", "destination": "ff:ff:ff:ff:ff:ff"},
        Type="L3_L4",
        event_type={"type": 1, "sub_type": 182},
        drop_reason_desc="VLAN_FILTERED",
        file={"name": "bpf_host.c", "line": 77},
        Summary="Ethernet",
    )
    tape.add(
        NODES[1],
        verdict="VERDICT_UNKNOWN",
        ethernet=ethernet(PROMETHEUS, CART),
        IP=ip(PROMETHEUS, CART),
        l4=udp(tape.ephemeral_port(), 8125),
        source=PROMETHEUS.endpoint(),
        destination=CART.endpoint(),
        Type="L3_L4",
        event_type={"type": 3, "sub_type": 4},
        debug_capture_point="DBG_CAPTURE_DELIVERY",
        interface={"index": 12, "name": "lxc0badc0ffee"},
        Summary="UDP",
    )


def _overlay(tape: Tape) -> None:
    """A tunnelled packet as the network sees it, with an IP trace id."""
    outer = {"source": "192.168.56.11", "destination": "192.168.56.13", "ipVersion": "IPv4"}
    tape.add(
        PAYMENT.node,
        verdict="FORWARDED",
        ethernet=ethernet(PAYMENT, LEDGER),
        IP=ip(PAYMENT, LEDGER, encrypted=True),
        l4=tcp(tape.ephemeral_port(), LEDGER.port, ("SYN", "ECE", "CWR")),
        source=PAYMENT.endpoint(),
        destination=LEDGER.endpoint(),
        Type="L3_L4",
        node_labels=["k8s:topology.kubernetes.io/zone=zone-a"],
        event_type={"type": 4, "sub_type": 4},
        traffic_direction="EGRESS",
        trace_observation_point="TO_OVERLAY",
        trace_reason="NEW",
        is_reply=False,
        tunnel={"protocol": "VXLAN", "IP": outer, "l4": udp(49152, 8472), "vni": PAYMENT.identity},
        ip_trace_id={"trace_id": str(tape.random.getrandbits(63)), "ip_option_type": 136},
        Summary="TCP Flags: SYN, ECE, CWR",
    )
