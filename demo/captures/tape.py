"""A tape of flows: gives each flow its uuid, time and node, fresh from one seeded generator, and prints the lines."""

from __future__ import annotations

import datetime
import json
import random
from typing import Any, List, Tuple

from cluster import Json, Peer

HUBBLE_VERSION = "1.19.4"
_BEGIN = datetime.datetime(2026, 1, 15, 9, 30, tzinfo=datetime.timezone.utc)

TCP_SUMMARY_ORDER = ("SYN", "ACK", "PSH", "FIN", "RST", "URG", "ECE", "CWR", "NS")


class Tape:
    """Flows in the order of their times."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.flows: List[Json] = []
        self._now_ns = 0

    def pause(self, milliseconds: float) -> None:
        """Time goes by between two conversations."""
        self._now_ns += int(milliseconds * 1_000_000)

    def ephemeral_port(self) -> int:
        return 32768 + self.random.randrange(28232)

    def uuid(self) -> str:
        """In RFC 4122 text form, version 4."""
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[self.random.randrange(4)]}{text[17:20]}-{text[20:]}"

    def add(self, node: str, **fields: Any) -> None:
        """A flow of a node; `fields` are flow.Flow's in JSON, None for one that is not there."""
        self._now_ns += 40_000 + self.random.randrange(900_000)
        flow: Json = {"time": self.time_text(), "uuid": self.uuid()}
        flow.update({name: value for name, value in fields.items() if value is not None})
        flow["node_name"] = node
        flow["emitter"] = {"name": "Hubble", "version": HUBBLE_VERSION}
        self.flows.append(flow)

    def time_text(self) -> str:
        seconds, nanos = divmod(self._now_ns, 1_000_000_000)
        moment = _BEGIN + datetime.timedelta(seconds=seconds)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanos:09d}Z"

    def lines(self) -> str:
        return "".join(line(flow) for flow in self.flows)


def line(flow: Json) -> str:
    """A GetFlowsResponse in JSON on a line of its own."""
    response: Json = {"flow": flow}
    response.update({name: flow[name] for name in ("node_name", "time") if name in flow})
    return json.dumps(response, ensure_ascii=True, separators=(",", ":")) + "\n"


def ip(source: Peer, destination: Peer, version: int = 4, **more: Any) -> Json:
    """flow.IP between two peers."""
    ends = (source.ipv4, destination.ipv4) if version == 4 else (source.ipv6, destination.ipv6)
    return {"source": ends[0], "destination": ends[1], "ipVersion": f"IPv{version}", **more}


def ethernet(source: Peer, destination: Peer) -> Json:
    """flow.Ethernet; a peer that is not on this node is behind the node's own address."""
    return {"source": source.mac or "02:42:00:00:00:01", "destination": destination.mac or "02:42:00:00:00:01"}


def tcp(source_port: int, destination_port: int, flags: Tuple[str, ...] = ()) -> Json:
    """flow.Layer4 with TCP; without flags for L7 flows."""
    layer: Json = {"source_port": source_port, "destination_port": destination_port}
    if flags:
        layer["flags"] = {flag: True for flag in flags}
    return {"TCP": layer}


def udp(source_port: int, destination_port: int) -> Json:
    return {"UDP": {"source_port": source_port, "destination_port": destination_port}}


def flags_summary(flags: Tuple[str, ...]) -> str:
    return "TCP Flags: " + ", ".join(flag for flag in TCP_SUMMARY_ORDER if flag in flags)
