"""What can be set, with each default's reason. Frozen: a running adapter's settings are replaced, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hubble_adapter.wire import flow_pb2

__all__ = ["Batching", "Broker", "Filters", "Flows", "Hubble", "RabbitMQ", "Settings", "Tls", "tls_contents"]


@dataclass(frozen=True, slots=True)
class Tls:
    """How to speak TLS. The files are read anew at each connect, so a renewed certificate needs no restart."""

    ca_file: str = ""  # empty: the system's own authorities
    cert_file: str = ""  # with key_file: our own certificate, for mutual TLS
    key_file: str = ""
    server_name: str = ""  # the name in the server's certificate, where it is not the host's


def tls_contents(tls: Tls | None) -> tuple[bytes, ...]:
    """Return what the files hold now, empty for one that is missing: to see whether a certificate was renewed."""
    names = (tls.ca_file, tls.cert_file, tls.key_file) if tls else ()
    files = [Path(name) for name in names if name]
    return tuple(file.read_bytes() if file.is_file() else b"" for file in files)


@dataclass(frozen=True, slots=True)
class Hubble:
    """The Observer server: Hubble Relay, or one agent."""

    address: str
    request_timeout_seconds: float = 12.0  # the hubble CLI's own bound for a unary call
    resume_skew_seconds: float = 5.0  # Relay sorts within a second or so; the rest is for clock skew
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Broker:
    """One node of the broker, and how to log in there."""

    host: str
    port: int
    vhost: str
    user: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class RabbitMQ:
    """The broker and what the adapter declares there.

    brokers: nodes of one cluster, tried in turn.
    """

    brokers: tuple[Broker, ...]
    exchange_name: str = "hubble_flows"
    exchange_type: str = "topic"
    status_exchange_name: str = "hubble_status"
    confirm_timeout_seconds: float = 15.0  # beyond it the connection counts as dead, whatever TCP says
    heartbeat_seconds: int = 10  # a peer that is gone without a word is noticed within twice this
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What Hubble is asked for.

    verdicts: numbers of flow.Verdict; empty for all.
    excluded_namespaces: flows from or to them are left out.
    allow, deny: further flow.FlowFilters, joined with the above.
    """

    verdicts: tuple[int, ...] = ()
    excluded_namespaces: tuple[str, ...] = ()
    allow: tuple[flow_pb2.FlowFilter, ...] = ()
    deny: tuple[flow_pb2.FlowFilter, ...] = ()

    def whitelist(self) -> list[flow_pb2.FlowFilter]:
        """Return GetFlowsRequest.whitelist: one filter must match, so the verdicts go into each (contract 2.3)."""
        filters = []
        for allowed in self.allow or ((flow_pb2.FlowFilter(),) if self.verdicts else ()):
            merged = flow_pb2.FlowFilter()
            merged.CopyFrom(allowed)
            if not merged.verdict:
                merged.verdict.extend(self.verdicts)
            filters.append(merged)
        return filters

    def blacklist(self) -> list[flow_pb2.FlowFilter]:
        """Return GetFlowsRequest.blacklist: one filter a side, since all fields of one must match (contract 2.3)."""
        if not self.excluded_namespaces:
            return list(self.deny)
        pods = [f"{namespace}/" for namespace in self.excluded_namespaces]
        return [flow_pb2.FlowFilter(source_pod=pods), flow_pb2.FlowFilter(destination_pod=pods), *self.deny]


@dataclass(frozen=True, slots=True)
class Flows:
    """What is kept of a flow."""

    labels: tuple[str, ...] = ()  # labels are long and many; the endpoint's workload says most of it
    http_headers: tuple[str, ...] = ()  # headers hold tokens and cookies: none, unless named
    max_flow_bytes: int = 65_536  # a real flow is below 2 kB; a giant would push thousands out of the buffer


@dataclass(frozen=True, slots=True)
class Batching:
    """When a batch closes."""

    max_flows: int = 200  # about 100 kB: far beyond where a larger message would be cheaper
    max_delay_ms: int = 50  # not seen by an operator's eye, and one part-filled message a key 20 times a second


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `hubble-adapter run` works by."""

    hubble: Hubble
    rabbitmq: RabbitMQ
    filters: Filters
    cluster: str = "default"  # Cilium's own default name
    workers: int = 1  # processes that share the nodes: one takes what a large cluster's Relay gives
    flows: Flows = field(default_factory=Flows)
    batching: Batching = field(default_factory=Batching)
    buffer_max_bytes: int = 32 * 1024 * 1024  # some 40,000 flows, and the whole process stays below 120 MiB
    reconnect_max_seconds: float = 30.0  # the longest pause between two tries, on either side
    drain_timeout_seconds: float = 5.0
    http_listen: str = ""  # HOST:PORT of metrics and health; off by default, since two adapters may share a host
    state_directory: str = ""  # where the position is kept; empty: a restarted adapter begins with new flows
    log_level: str = "info"
