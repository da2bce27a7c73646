"""Conversations as Cilium's agents tell them: verdicts, traces of packets, refusals.

The traces are those of a cluster that tells of the first packet where it leaves, and of each packet where it arrives.
"""

from __future__ import annotations

from typing import Tuple

from cluster import Json, Peer
from tape import Tape, ethernet, flags_summary, ip, tcp

TRACE, DROP, POLICY_VERDICT = 4, 1, 5
POLICY_DENIED = 133

_TO_OVERLAY = 4
_POINTS = {0: "TO_ENDPOINT", 1: "TO_PROXY", 2: "TO_HOST", 3: "TO_STACK", 4: "TO_OVERLAY", 11: "TO_NETWORK"}
_CONVERSATION: Tuple[Tuple[bool, Tuple[str, ...]], ...] = (
    (True, ("SYN", "ACK")),
    (False, ("ACK",)),
    (False, ("PSH", "ACK")),
    (True, ("PSH", "ACK")),
    (False, ("FIN", "ACK")),
    (True, ("FIN", "ACK")),
)


def trace(
    tape: Tape,
    node: str,
    source: Peer,
    destination: Peer,
    l4: Json,
    *,
    summary: str,
    point: int = 0,
    reply: bool = False,
    reason: str = "",
    version: int = 4,
    proxy_port: int = 0,
) -> None:
    """A trace of a packet; `point` as in event_type.sub_type, `version` of IP."""
    initiator = destination if reply else source
    leaving = node == initiator.node and (reply or point != 0)
    addresses = ip(source, destination, version)
    if point == _TO_OVERLAY:
        addresses["encrypted"] = True
    tape.add(
        node,
        verdict="FORWARDED",
        ethernet=ethernet(source, destination),
        IP=addresses,
        l4=l4,
        source=source.endpoint(),
        destination=destination.endpoint(),
        Type="L3_L4",
        source_names=list(source.dns_names) or None,
        destination_names=list(destination.dns_names) or None,
        reply=True if reply else None,
        event_type={"type": TRACE, "sub_type": point} if point else {"type": TRACE},
        source_service=source.service() if reply else None,
        destination_service=None if reply else destination.service(),
        traffic_direction="EGRESS" if leaving else "INGRESS",
        trace_observation_point=_POINTS[point],
        trace_reason=reason or ("REPLY" if reply else "ESTABLISHED"),
        is_reply=reply,
        interface={"index": 7 + tape.random.randrange(20), "name": f"lxc{tape.random.getrandbits(40):010x}"},
        proxy_port=proxy_port or None,
        Summary=summary,
    )


def policy(name: str, namespace: str, kind: str = "CiliumNetworkPolicy") -> Json:
    labels = [
        f"k8s:io.cilium.k8s.policy.derived-from={kind}",
        f"k8s:io.cilium.k8s.policy.name={name}",
    ]
    made: Json = {"name": name, "labels": labels, "revision": "12", "kind": kind}
    if namespace:
        made["namespace"] = namespace
    return made


def policy_verdict(
    tape: Tape,
    source: Peer,
    destination: Peer,
    l4: Json,
    summary: str,
    direction: str,
    verdict: str,
    version: int = 4,
    **more: object,
) -> None:
    """A policy verdict on the first packet, told by the node that enforces."""
    enforcing = source if direction == "EGRESS" else destination
    tape.add(
        enforcing.node,
        verdict=verdict,
        ethernet=ethernet(source, destination),
        IP=ip(source, destination, version),
        l4=l4,
        source=source.endpoint(),
        destination=destination.endpoint(),
        Type="L3_L4",
        destination_names=list(destination.dns_names) or None,
        event_type={"type": POLICY_VERDICT, "sub_type": 1 if direction == "INGRESS" else 2},
        destination_service=destination.service(),
        traffic_direction=direction,
        is_reply=None if verdict == "DROPPED" else False,
        Summary=summary,
        **more,
    )


def connection(tape: Tape, source: Peer, destination: Peer, version: int = 4, redirected: bool = False) -> int:
    """A whole TCP conversation between two pods, with its verdicts; gives the client's port."""
    client_port, server_port = tape.ephemeral_port(), destination.port
    syn, summary = tcp(client_port, server_port, ("SYN",)), flags_summary(("SYN",))
    if source.namespace == "shop":
        allowed = [policy(f"{source.workload}-egress", source.namespace)]
        policy_verdict(
            tape,
            source,
            destination,
            syn,
            summary,
            "EGRESS",
            "FORWARDED",
            policy_match_type=2,
            egress_allowed_by=allowed,
            version=version,
        )
    if source.node != destination.node:
        trace(tape, source.node, source, destination, syn, point=4, reason="NEW", version=version, summary=summary)
    policy_verdict(
        tape,
        source,
        destination,
        syn,
        summary,
        "INGRESS",
        "REDIRECTED" if redirected else "FORWARDED",
        policy_match_type=2,
        ingress_allowed_by=[policy(f"{destination.workload}-ingress", destination.namespace)],
        proxy_port=11875 if redirected else None,
        version=version,
    )
    trace(
        tape,
        destination.node,
        source,
        destination,
        syn,
        point=1 if redirected else 0,
        reason="NEW",
        proxy_port=11875 if redirected else 0,
        version=version,
        summary=summary,
    )
    for reply, flags in _CONVERSATION:
        if reply:
            l4 = tcp(server_port, client_port, flags)
            trace(tape, source.node, destination, source, l4, reply=True, version=version, summary=flags_summary(flags))
        else:
            l4 = tcp(client_port, server_port, flags)
            trace(tape, destination.node, source, destination, l4, version=version, summary=flags_summary(flags))
    return client_port


def drop(
    tape: Tape,
    source: Peer,
    destination: Peer,
    l4: Json,
    summary: str,
    direction: str,
    reason: Tuple[int, str] = (POLICY_DENIED, "POLICY_DENIED"),
    version: int = 4,
    **more: object,
) -> None:
    """The verdict that denies, and the drop itself with where in the datapath it happened."""
    code, name = reason
    enforcing = source if direction == "EGRESS" and source.node else destination
    common: Json = {
        "verdict": "DROPPED",
        "drop_reason": code,
        "ethernet": ethernet(source, destination),
        "IP": ip(source, destination, version),
        "l4": l4,
        "source": source.endpoint(),
        "destination": destination.endpoint(),
        "Type": "L3_L4",
        "destination_names": list(destination.dns_names) or None,
        "traffic_direction": direction,
        "drop_reason_desc": name,
        "Summary": summary,
    }
    sub_type = 1 if direction == "INGRESS" else 2
    tape.add(enforcing.node, **common, event_type={"type": POLICY_VERDICT, "sub_type": sub_type}, **more)
    tape.add(
        enforcing.node,
        **common,
        event_type={"type": DROP, "sub_type": code},
        file={"name": "bpf_lxc.c", "line": 1000 + tape.random.randrange(1200)},
    )
