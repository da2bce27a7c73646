"""A morning in a shop: who speaks with whom, what is refused, and what else an agent reports."""

from __future__ import annotations

from cluster import (
    APISERVER,
    BANK,
    CART,
    CHECKOUT,
    COREDNS_2,
    FRONTEND_1,
    FRONTEND_2,
    HOST,
    LEDGER,
    PAYMENT,
    PODS,
    PROMETHEUS,
    REMOTE_NODE,
    SHOPPERS,
    WORLD,
    Peer,
)
from conversation import connection, drop, policy, policy_verdict, trace
from l7 import http_exchange, l7, resolve
from rarities import add_rarities
from tape import Tape, ethernet, flags_summary, ip, tcp, udp

_PAGES = ("/", "/products/42", "/cart", "/search?q=teapot", "/img/teapot.webp", "/checkout")


def make() -> str:
    """The lines of shop.jsonl."""
    tape = Tape("shop")
    for round_number in range(3):
        for shopper in (FRONTEND_1, FRONTEND_2):
            _web_visit(tape, shopper)
            resolve(tape, shopper, CART)
            http_exchange(tape, shopper, CART, "GET", f"/api/v1/cart/{tape.random.randrange(9000)}", 200)
        resolve(tape, CHECKOUT, PAYMENT)
        http_exchange(tape, CHECKOUT, PAYMENT, "POST", "/charge", (201, 402, 503)[round_number], version=6)
        connection(tape, PAYMENT, LEDGER)
        _bank(tape, ok=round_number != 1)
        _scrapes(tape)
        _refusals(tape, round_number)
        _kube(tape)
    add_rarities(tape)
    return tape.lines()


def _web_visit(tape: Tape, frontend: Peer) -> None:
    """A customer from the world, seen as the ingress gateway hands it over."""
    port = tape.ephemeral_port()
    customer = WORLD
    path = tape.random.choice(_PAGES)
    syn = tcp(port, frontend.port, ("SYN",))
    policy_verdict(
        tape,
        customer,
        frontend,
        syn,
        flags_summary(("SYN",)),
        "INGRESS",
        "FORWARDED",
        policy_match_type=4,
        ingress_allowed_by=[policy("storefront", "shop", "NetworkPolicy")],
    )
    for reply, flags in ((False, ("SYN",)), (True, ("SYN", "ACK")), (False, ("PSH", "ACK")), (False, ("RST", "ACK"))):
        if reply:
            l4 = tcp(frontend.port, port, flags)
            trace(tape, frontend.node, frontend, customer, l4, point=3, reply=True, summary=flags_summary(flags))
        else:
            trace(
                tape,
                frontend.node,
                customer,
                frontend,
                tcp(port, frontend.port, flags),
                reason="NEW" if flags == ("SYN",) else "ESTABLISHED",
                summary=flags_summary(flags),
            )
    http = {"method": "GET", "url": f"http://shop.example{path}", "protocol": "HTTP/2", "headers": []}
    l7(
        tape,
        frontend.node,
        customer,
        frontend,
        tcp(port, frontend.port),
        {"type": "REQUEST", "http": http},
        "FORWARDED",
        f"HTTP/2 GET http://shop.example{path}",
    )


def _bank(tape: Tape, ok: bool) -> None:
    """Out to a bank by its DNS name, leaving the node behind its address; once the policy does not allow it."""
    port = tape.ephemeral_port()
    syn, summary = tcp(port, 443, ("SYN",)), flags_summary(("SYN",))
    if not ok:
        drop(tape, PAYMENT, BANK, syn, summary, "EGRESS", egress_denied_by=[policy("no-bank-on-thursdays", "pay")])
        return
    allowed = [policy("payment-to-bank", "pay")]
    policy_verdict(
        tape,
        PAYMENT,
        BANK,
        syn,
        summary,
        "EGRESS",
        "FORWARDED",
        policy_match_type=2,
        egress_allowed_by=allowed,
        policy_log=["bank-access"],
    )
    for flags in (("SYN",), ("ACK",), ("PSH", "ACK"), ("FIN", "ACK")):
        tape.add(
            PAYMENT.node,
            verdict="FORWARDED",
            ethernet=ethernet(PAYMENT, BANK),
            IP=ip(PAYMENT, BANK, source_xlated="192.168.56.11"),
            l4=tcp(port, 443, flags),
            source=PAYMENT.endpoint(),
            destination=BANK.endpoint(),
            Type="L3_L4",
            destination_names=list(BANK.dns_names),
            event_type={"type": 4, "sub_type": 11},
            traffic_direction="EGRESS",
            trace_observation_point="TO_NETWORK",
            trace_reason="NEW" if flags == ("SYN",) else "ESTABLISHED",
            is_reply=False,
            interface={"index": 2, "name": "eth0"},
            Summary=flags_summary(flags),
        )


def _scrapes(tape: Tape) -> None:
    """Prometheus asks pods, and a remote node's kubelet."""
    for target in PODS[:6]:
        port = tape.ephemeral_port()
        for flags in (("SYN",), ("PSH", "ACK")):
            reason = "NEW" if flags == ("SYN",) else "ESTABLISHED"
            l4 = tcp(port, 9102, flags)
            trace(tape, target.node, PROMETHEUS, target, l4, reason=reason, summary=flags_summary(flags))
    l4 = tcp(tape.ephemeral_port(), REMOTE_NODE.port, ("SYN",))
    trace(tape, PROMETHEUS.node, PROMETHEUS, REMOTE_NODE, l4, point=3, reason="NEW", summary=flags_summary(("SYN",)))


def _kube(tape: Tape) -> None:
    """Probes of the kubelet, and CoreDNS watching the API server over IPv6."""
    for pod in SHOPPERS:
        l4 = tcp(tape.ephemeral_port(), pod.port, ("SYN",))
        trace(tape, pod.node, HOST, pod, l4, reason="NEW", summary=flags_summary(("SYN",)))
    flags = ("PSH", "ACK")
    l4 = tcp(tape.ephemeral_port(), APISERVER.port, flags)
    trace(tape, COREDNS_2.node, COREDNS_2, APISERVER, l4, point=3, version=6, summary=flags_summary(flags))


def _refusals(tape: Tape, round_number: int) -> None:
    """What the policies refuse: a curious shop, a scan from the world, and what is only audited."""
    syn = flags_summary(("SYN",))
    for shopper in (FRONTEND_1, CART, CHECKOUT):
        denied = [policy("ledger-is-private", "pay")] if shopper is CART else None
        l4 = tcp(tape.ephemeral_port(), LEDGER.port, ("SYN",))
        drop(tape, shopper, LEDGER, l4, syn, "INGRESS", ingress_denied_by=denied)
    for port in (22, 23, 3389, 6379)[round_number : round_number + 2]:
        l4 = tcp(tape.ephemeral_port(), port, ("SYN",))
        drop(tape, WORLD, FRONTEND_1, l4, syn, "INGRESS", version=6 if round_number == 2 else 4)
    l4 = udp(tape.ephemeral_port(), 123)
    drop(
        tape,
        CHECKOUT,
        WORLD,
        l4,
        "UDP",
        "EGRESS",
        reason=(181, "POLICY_DENY"),
        egress_denied_by=[policy("no-world", "", "CiliumClusterwideNetworkPolicy")],
    )
    l4 = tcp(tape.ephemeral_port(), PAYMENT.port, ("SYN",))
    policy_verdict(tape, FRONTEND_2, PAYMENT, l4, syn, "INGRESS", "AUDIT", policy_match_type=0)
    http = {
        "code": 403,
        "method": "DELETE",
        "url": f"http://payment.pay:{PAYMENT.port}/charges",
        "protocol": "HTTP/1.1",
    }
    l4 = tcp(tape.ephemeral_port(), PAYMENT.port)
    l7(
        tape,
        PAYMENT.node,
        CHECKOUT,
        PAYMENT,
        l4,
        {"type": "REQUEST", "http": http},
        "DROPPED",
        f"HTTP/1.1 DELETE {http['url']}",
    )
