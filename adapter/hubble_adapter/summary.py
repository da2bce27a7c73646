"""A flow in a few words, as Cilium writes them into Flow.Summary: what `hubble observe` shows in brackets at the end.

The field is deprecated and says nothing that others do not, so the message on the exchange has none; `tail` puts it
back for the CLI.
"""

from __future__ import annotations

from typing import Any

__all__ = ["summary"]

_TCP_FLAGS = ("SYN", "ACK", "RST", "FIN", "PSH", "URG", "ECE", "CWR", "NS")
# IANA's registries of ICMP and ICMPv6 types.
_ICMP_TYPES = {
    "ICMPv4": {0: "EchoReply", 3: "DestinationUnreachable", 5: "Redirect", 8: "EchoRequest", 11: "TimeExceeded"},
    "ICMPv6": {
        1: "DestinationUnreachable",
        2: "PacketTooBig",
        3: "TimeExceeded",
        128: "EchoRequest",
        129: "EchoReply",
        133: "RouterSolicitation",
        134: "RouterAdvertisement",
        135: "NeighborSolicitation",
        136: "NeighborAdvertisement",
    },
}
# RFC 1035 and 6895, named as the summaries have them.
_DNS_RCODES = {
    1: "Format Error",
    2: "Server Failure",
    3: "Non-Existent Domain",
    4: "Not Implemented",
    5: "Query Refused",
}


def summary(flow: dict[str, Any]) -> str:
    """Return the summary of a flow in Hubble's JSON; empty where its protocol is not known, or its form is another."""
    try:
        return _of_l7(flow.get("l7", {})) or _of_l4(flow.get("l4", {}))
    except (AttributeError, TypeError, ValueError):
        return ""


def _of_l7(l7: dict[str, Any]) -> str:
    for kind, tell in (("dns", _dns), ("http", _http), ("kafka", _kafka)):
        if kind in l7:
            return tell(l7[kind], l7)
    return ""


def _of_l4(l4: dict[str, Any]) -> str:
    protocol: str = next(iter(l4), "")
    fields: dict[str, Any] = l4.get(protocol, {})
    if protocol == "TCP":
        flags = [flag for flag in _TCP_FLAGS if fields.get("flags", {}).get(flag)]
        return f"TCP Flags: {', '.join(flags)}" if flags else "TCP"
    if protocol in _ICMP_TYPES:
        number = fields.get("type", 0)
        return f"{protocol} {_ICMP_TYPES[protocol].get(number, number)}"
    return protocol


def _dns(dns: dict[str, Any], l7: dict[str, Any]) -> str:
    asked = " ".join([dns.get("query", ""), ",".join(dns.get("qtypes", []))])
    if l7.get("type") == "REQUEST":
        return f"DNS Query {asked}"
    found = []
    if code := dns.get("rcode"):
        found.append(f"RCode: {_DNS_RCODES.get(code, code)}")
    if "ips" in dns:
        found.append(f'"{",".join(dns["ips"])}"')
    if "cnames" in dns:
        found.append(f'CNAMEs: "{",".join(dns["cnames"])}"')
    source = str(dns.get("observation_source", "")).capitalize()
    return f"DNS Answer {' '.join(found)} TTL: {dns.get('ttl', 0)} ({source} {asked})"


def _http(http: dict[str, Any], l7: dict[str, Any]) -> str:
    protocol, method, url = (http.get(name, "") for name in ("protocol", "method", "url"))
    if l7.get("type") == "REQUEST":
        return f"{protocol} {method} {url}"
    took_ms = int(l7.get("latency_ns", 0)) // 1_000_000
    return f"{protocol} {http.get('code', 0)} {took_ms}ms ({method} {url})"


def _kafka(kafka: dict[str, Any], l7: dict[str, Any]) -> str:
    kind = str(l7.get("type", "")).lower()
    topic = f" topic '{kafka['topic']}'" if "topic" in kafka else ""
    return f"Kafka {kind} {kafka.get('api_key', '')} correlation id {kafka.get('correlation_id', 0)}{topic}"
