"""What Cilium's proxies tell of: HTTP exchanges, DNS questions and answers."""

from __future__ import annotations

from typing import Optional, Sequence

from cluster import COREDNS_1, COREDNS_2, Json, Peer
from conversation import connection, trace
from tape import Tape, ip, tcp, udp

L7 = 129


def http_exchange(
    tape: Tape, source: Peer, destination: Peer, method: str, path: str, code: int, version: int = 4
) -> None:
    """An HTTP exchange through the proxy: the connection, then request and response."""
    client_port = connection(tape, source, destination, version, redirected=True)
    request_id = tape.uuid()
    trace_id = f"{tape.random.getrandbits(128):032x}"
    url = f"http://{destination.workload}.{destination.namespace}:{destination.port}{path}"
    headers = [
        {"key": ":scheme", "value": "http"},
        {"key": "User-Agent", "value": f"{source.workload}/3.2"},
        {"key": "Traceparent", "value": f"00-{trace_id}-{tape.random.getrandbits(64):016x}-01"},
        {"key": "X-Request-Id", "value": request_id},
    ]
    http = {"method": method, "url": url, "protocol": "HTTP/1.1", "headers": headers}
    context = {"parent": {"trace_id": trace_id}}
    l7(
        tape,
        destination.node,
        source,
        destination,
        tcp(client_port, destination.port),
        {"type": "REQUEST", "http": http},
        "FORWARDED",
        f"HTTP/1.1 {method} {url}",
        version,
        context,
    )
    tape.pause(1 + tape.random.randrange(180))
    latency_ns = 900_000 + tape.random.randrange(250_000_000)
    response = dict(http, code=code, headers=[*headers, {"key": "Server", "value": "envoy"}])
    l7(
        tape,
        destination.node,
        destination,
        source,
        tcp(destination.port, client_port),
        {"type": "RESPONSE", "latency_ns": str(latency_ns), "http": response},
        "ERROR" if code == 503 else "FORWARDED",
        f"HTTP/1.1 {code} {latency_ns // 1_000_000}ms ({method} {url})",
        version,
        context,
    )


def l7(
    tape: Tape,
    node: str,
    source: Peer,
    destination: Peer,
    l4: Json,
    record: Json,
    verdict: str,
    summary: str,
    version: int = 4,
    trace_context: Optional[Json] = None,
) -> None:
    reply = record["type"] == "RESPONSE"
    tape.add(
        node,
        verdict=verdict,
        IP=ip(source, destination, version),
        l4=l4,
        source=source.endpoint(),
        destination=destination.endpoint(),
        Type="L7",
        l7=record,
        reply=True if reply else None,
        event_type={"type": L7},
        source_service=source.service() if reply else None,
        destination_service=None if reply else destination.service(),
        traffic_direction="EGRESS" if node == (destination if reply else source).node else "INGRESS",
        is_reply=reply,
        trace_context=trace_context,
        Summary=summary,
    )


def resolve(tape: Tape, client: Peer, server: Peer) -> None:
    """A and AAAA of a service through the DNS proxy, and a search path that does not exist."""
    dns = COREDNS_1 if tape.random.random() < 0.5 else COREDNS_2
    port = tape.ephemeral_port()
    trace(tape, client.node, client, dns, udp(port, 53), point=1, reason="NEW", proxy_port=41237, summary="UDP")
    for record, answer in (("A", server.ipv4), ("AAAA", server.ipv6)):
        _dns(tape, client, dns, port, f"{server.service_name}.", record, [answer])
    if tape.random.random() < 0.5:
        _dns(tape, client, dns, port, f"{server.service_name}.{client.namespace}.svc.cluster.local.", "A", [])


def _dns(tape: Tape, client: Peer, dns: Peer, port: int, query: str, record: str, answers: Sequence[str]) -> None:
    question: Json = {"query": query, "observation_source": "proxy", "qtypes": [record]}
    l7(
        tape,
        client.node,
        client,
        dns,
        udp(port, 53),
        {"type": "REQUEST", "dns": question},
        "FORWARDED",
        f"DNS Query {query} {record}",
    )
    answer = dict(question)
    if answers:
        answer.update(ips=list(answers), ttl=30, rrtypes=[record])
        summary = f'DNS Answer "{",".join(answers)}" TTL: 30 (Proxy {query} {record})'
    else:
        answer.update(rcode=3, ttl=4294967295)
        summary = f"DNS Answer RCode: Non-Existent Domain TTL: 4294967295 (Proxy {query} {record})"
    latency = {"type": "RESPONSE", "latency_ns": str(200_000 + tape.random.randrange(4_000_000)), "dns": answer}
    l7(tape, client.node, dns, client, udp(53, port), latency, "FORWARDED", summary)
