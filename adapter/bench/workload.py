"""The flows that the bench replays: a made-up cluster of 20 namespaces, whose 400 pairs are busy as Zipf has it.

Connections of TCP make most of it, each with the events that Cilium tells of one (new, established, reply, end, at both
ends); some are denied, some are DNS or HTTP seen by the proxy. Written in the form in which a server sends flows for
the adapter's field mask.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.field_mask_pb2 import FieldMask

from hubble_adapter.slim import FIELD_MASK
from hubble_adapter.wire import flow_pb2

__all__ = ["flows", "write_templates"]

NAMESPACES = 20
PODS = 12  # of each namespace
NODES = 6
CONNECTIONS = 6_000
DENIED_SHARE = 0.05  # of all flows
L7_SHARE = 0.03
WORLD_SHARE = 0.05


def write_templates(file: Path, seed: int = 1) -> int:
    """Write the templates that feeder.cc reads; return how many flows they are."""
    chance = random.Random(seed)
    made = list(flows(chance))
    mask = FieldMask(paths=FIELD_MASK)
    with file.open("wb") as out:
        for flow in made:
            masked = flow_pb2.Flow()
            mask.MergeMessage(flow, masked)
            encoded = masked.SerializeToString()
            behind_uuid = flow_pb2.Flow(
                egress_allowed_by=masked.egress_allowed_by, ingress_allowed_by=masked.ingress_allowed_by
            ).ByteSize()
            out.write(
                struct.pack(
                    "=IIII", flow.verdict, _port_offset(masked, encoded), len(encoded) - behind_uuid, len(encoded)
                )
            )
            out.write(encoded)
    return len(made)


def _port_offset(flow: flow_pb2.Flow, encoded: bytes) -> int:
    """Return where the three bytes of the client's port stand, 0 where there is none."""
    protocol = flow.l4.WhichOneof("protocol")
    if protocol not in ("TCP", "UDP"):
        return 0
    l4 = flow.l4.SerializeToString()
    ports = getattr(flow.l4, protocol)
    field = b"\x08" if ports.source_port > ports.destination_port else b"\x10"
    port = max(ports.source_port, ports.destination_port)
    varint = bytes((port & 0x7F | 0x80, port >> 7 & 0x7F | 0x80, port >> 14))
    return encoded.index(l4) + l4.index(field + varint) + 1


def flows(chance: random.Random) -> Iterator[flow_pb2.Flow]:
    """Yield the flows, each without time and uuid."""
    pairs = [(source, destination) for source in range(NAMESPACES) for destination in range(NAMESPACES)]
    chance.shuffle(pairs)
    weights = [1 / rank for rank in range(1, len(pairs) + 1)]
    for source, destination in chance.choices(pairs, weights, k=CONNECTIONS):
        client, server = _pod(source, chance.randrange(PODS)), _pod(destination, chance.randrange(PODS))
        addresses = (_address(client), _address(server))
        if chance.random() < WORLD_SHARE:
            client = flow_pb2.Endpoint(identity=2, labels=["reserved:world"])
            addresses = (f"203.0.113.{chance.randrange(256)}", addresses[1])
        kind = chance.random()
        if kind < DENIED_SHARE * 2.86:  # about a third as many events as a connection that comes about
            yield from _denied(client, server, addresses, chance)
        elif kind < DENIED_SHARE * 2.86 + L7_SHARE * 3:
            yield from _l7(client, server, addresses, chance)
        else:
            yield from _connection(client, server, addresses, chance)


def _pod(namespace: int, number: int) -> flow_pb2.Endpoint:
    name, app = f"team-{namespace:02d}", f"app-{number % 4}"
    return flow_pb2.Endpoint(
        ID=1000 + namespace * PODS + number,
        identity=20_000 + namespace * 4 + number % 4,
        cluster_name="default",
        namespace=name,
        labels=[
            f"k8s:app.kubernetes.io/name={app}",
            f"k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name={name}",
            "k8s:io.cilium.k8s.policy.cluster=default",
            f"k8s:io.cilium.k8s.policy.serviceaccount={app}",
            f"k8s:io.kubernetes.pod.namespace={name}",
        ],
        pod_name=f"{app}-5d8f9c7b6d-{namespace:02d}x{number:02d}",
        workloads=[flow_pb2.Workload(name=app, kind="Deployment")],
    )


def _address(pod: flow_pb2.Endpoint) -> str:
    return f"10.{pod.ID % NODES}.{pod.ID // 250}.{pod.ID % 250 + 1}"


def _node(address: str) -> str:
    return f"default/node-{address.split('.')[1]}"


def _connection(
    client: flow_pb2.Endpoint, server: flow_pb2.Endpoint, addresses: tuple[str, str], chance: random.Random
) -> Iterator[flow_pb2.Flow]:
    port = chance.randrange(32_768, 60_999)
    events = ((False, "SYN", 1), (True, "SYN ACK", 3), (False, "ACK", 2), (False, "ACK PSH", 2), (True, "ACK PSH", 3),
              (False, "ACK FIN", 2), (True, "ACK FIN", 3))  # fmt: skip
    for reply, flags, reason in events:
        for observed, point in ((addresses[0], 3), (addresses[1], 101)):
            if observed.startswith("203."):
                continue
            flow = _flow(client, server, addresses, port, 8_080, reply)
            for flag in flags.split():
                setattr(flow.l4.TCP.flags, flag, True)
            flow.verdict = flow_pb2.FORWARDED
            flow.node_name = _node(observed)
            flow.event_type.type, flow.event_type.sub_type = 4, 0 if point == 101 else point
            flow.trace_observation_point = point
            flow.traffic_direction = flow_pb2.INGRESS if (point == 101) != reply else flow_pb2.EGRESS
            flow.is_reply.value = reply
            yield flow
    if chance.random() < 0.3:
        yield _policy_verdict(client, server, addresses, port)


def _policy_verdict(
    client: flow_pb2.Endpoint, server: flow_pb2.Endpoint, addresses: tuple[str, str], port: int
) -> flow_pb2.Flow:
    flow = _flow(client, server, addresses, port, 8_080, False)
    flow.l4.TCP.flags.SYN = True
    flow.verdict = flow_pb2.FORWARDED
    flow.node_name = _node(addresses[1])
    flow.event_type.type, flow.event_type.sub_type = 5, 1
    flow.traffic_direction = flow_pb2.INGRESS
    flow.policy_match_type = 2
    flow.is_reply.value = False
    flow.ingress_allowed_by.add(
        name="allow-clients", namespace=server.namespace, kind="CiliumNetworkPolicy", revision=7
    )
    return flow


def _denied(
    client: flow_pb2.Endpoint, server: flow_pb2.Endpoint, addresses: tuple[str, str], chance: random.Random
) -> Iterator[flow_pb2.Flow]:
    port = chance.randrange(32_768, 60_999)
    for event in (5, 1, 1, 1):
        flow = _flow(client, server, addresses, port, 5_432, False)
        flow.l4.TCP.flags.SYN = True
        flow.verdict = flow_pb2.DROPPED
        flow.node_name = _node(addresses[1])
        flow.event_type.type, flow.event_type.sub_type = event, 133 if event == 1 else 1
        flow.drop_reason_desc = flow_pb2.POLICY_DENIED
        flow.traffic_direction = flow_pb2.INGRESS
        yield flow


def _l7(
    client: flow_pb2.Endpoint, server: flow_pb2.Endpoint, addresses: tuple[str, str], chance: random.Random
) -> Iterator[flow_pb2.Flow]:
    port = chance.randrange(32_768, 60_999)
    path = f"/api/items/{chance.randrange(1_000_000)}"
    for reply in (False, True, False, True):
        flow = _flow(client, server, addresses, port, 8_080, reply)
        flow.Type = flow_pb2.L7
        flow.verdict = flow_pb2.FORWARDED
        flow.node_name = _node(addresses[1])
        flow.event_type.type = 129
        flow.traffic_direction = flow_pb2.INGRESS
        flow.is_reply.value = reply
        flow.l7.type = flow_pb2.RESPONSE if reply else flow_pb2.REQUEST
        flow.l7.http.method, flow.l7.http.url, flow.l7.http.protocol = "GET", f"http://app{path}", "HTTP/1.1"
        if reply:
            flow.l7.latency_ns, flow.l7.http.code = chance.randrange(10**6, 10**8), 200
        yield flow


def _flow(
    client: flow_pb2.Endpoint,
    server: flow_pb2.Endpoint,
    addresses: tuple[str, str],
    client_port: int,
    server_port: int,
    reply: bool,
) -> flow_pb2.Flow:
    source, destination = (server, client) if reply else (client, server)
    flow = flow_pb2.Flow(source=source, destination=destination, Type=flow_pb2.L3_L4)
    flow.IP.source, flow.IP.destination = reversed(addresses) if reply else addresses
    flow.IP.ipVersion = flow_pb2.IPv4
    ports = flow.l4.TCP
    ports.source_port, ports.destination_port = (server_port, client_port) if reply else (client_port, server_port)
    if not reply:
        flow.destination_service.name, flow.destination_service.namespace = "app", server.namespace
    return flow
