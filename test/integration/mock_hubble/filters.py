"""flow.FlowFilter: which flows a request wants.

The algebra: a flow passes if no whitelist is given or one of its filters matches, and no filter of the blacklist
matches. Within a filter all fields that are set must match; within a field any value. So an empty filter matches
every flow, in a blacklist too.
"""

from __future__ import annotations

from typing import Any, Callable, Iterable

from mock_hubble import endpoint_filters as endpoint
from mock_hubble import l7_filters as l7
from mock_hubble import packet_filters as packet
from mock_hubble.event import FlowEvent, Template
from mock_hubble.refusal import BadRequest, NotImplementedHere

Test = Callable[[Any], bool]

L7_EVENT_TYPE = 129

_BUILDERS: dict[str, Callable[[Any], Test]] = {
    "uuid": packet.uuid,
    "event_type": packet.event_type,
    "verdict": packet.verdict,
    "drop_reason_desc": packet.drop_reason_desc,
    "reply": packet.reply,
    "encrypted": packet.encrypted,
    "source_identity": lambda values: endpoint.identity(values, "source"),
    "destination_identity": lambda values: endpoint.identity(values, "destination"),
    "protocol": packet.protocol,
    "source_ip": lambda values: endpoint.ip(values, "source"),
    "destination_ip": lambda values: endpoint.ip(values, "destination"),
    "source_ip_xlated": lambda values: endpoint.ip(values, "source_xlated"),
    "source_pod": lambda values: endpoint.pod(values, "source"),
    "destination_pod": lambda values: endpoint.pod(values, "destination"),
    "source_workload": lambda values: endpoint.workload(values, "source"),
    "destination_workload": lambda values: endpoint.workload(values, "destination"),
    "source_service": lambda values: endpoint.service(values, "source"),
    "destination_service": lambda values: endpoint.service(values, "destination"),
    "source_fqdn": lambda values: endpoint.fqdn(values, "source"),
    "destination_fqdn": lambda values: endpoint.fqdn(values, "destination"),
    "dns_query": l7.dns_query,
    "source_label": lambda values: endpoint.label(values, "source"),
    "destination_label": lambda values: endpoint.label(values, "destination"),
    "node_labels": endpoint.node_label,
    "source_port": lambda values: endpoint.port(values, "source"),
    "destination_port": lambda values: endpoint.port(values, "destination"),
    "http_status_code": l7.http_status_code,
    "http_method": l7.http_method,
    "http_path": l7.http_path,
    "http_url": l7.http_url,
    "http_header": l7.http_header,
    "tcp_flags": packet.tcp_flags,
    "node_name": endpoint.node_name,
    "source_cluster_name": lambda values: endpoint.cluster_name(values, "source"),
    "destination_cluster_name": lambda values: endpoint.cluster_name(values, "destination"),
    "ip_version": packet.ip_version,
    "trace_id": packet.trace_id,
    "traffic_direction": packet.traffic_direction,
    "interface": packet.interface,
    "ip_trace_id": packet.ip_trace_id,
}


def compile_filter(flow_filter: Any) -> Test:
    """The test that one flow.FlowFilter makes of a flow.Flow.

    BadRequest on a bad value, NotImplementedHere on a field that this server does not know.
    """
    if flow_filter.experimental.ByteSize():
        raise NotImplementedHere("FlowFilter.experimental is not implemented")
    if has_unknown_fields(flow_filter):
        raise NotImplementedHere("FlowFilter has a field that this server does not know")
    tests = []
    for field, values in flow_filter.ListFields():
        if field.name == "experimental":
            continue
        if field.name not in _BUILDERS:
            raise NotImplementedHere(f"FlowFilter.{field.name} is not implemented")
        if field.name.startswith("http_") and not _allows_l7(flow_filter.event_type):
            what = field.name.replace("_", " ")
            raise BadRequest(f"filtering by {what} requires the event type filter to only match 'l7' events")
        tests.append(_BUILDERS[field.name](values))
    if len(tests) == 1:
        return tests[0]
    return lambda flow: all(test(flow) for test in tests)


def has_unknown_fields(message: Any) -> bool:
    """Whether a message holds fields that its .proto file does not name, at any depth."""
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return bool(known.ByteSize() != message.ByteSize())


def _allows_l7(event_types: Any) -> bool:
    return not event_types or any(value.type == L7_EVENT_TYPE for value in event_types)


class FlowFilters:
    """The whitelist and blacklist of one request. Remembers its answer for templates that many events share."""

    def __init__(self, whitelist: Iterable[Any], blacklist: Iterable[Any]) -> None:
        whitelist, blacklist = list(whitelist), list(blacklist)
        self._whitelist = [compile_filter(flow_filter) for flow_filter in whitelist]
        self._blacklist = [compile_filter(flow_filter) for flow_filter in blacklist]
        self._wants_uuid = any(flow_filter.uuid for flow_filter in whitelist + blacklist)
        self._known: dict[Template, bool] = {}

    def passes_flow(self, flow: Any) -> bool:
        """Whether a whole flow.Flow passes."""
        if self._whitelist and not any(test(flow) for test in self._whitelist):
            return False
        return not any(test(flow) for test in self._blacklist)

    def passes(self, event: FlowEvent) -> bool:
        """Whether an event passes."""
        if self._wants_uuid:
            return self.passes_flow(event.flow())
        known = self._known.get(event.template)
        if known is None:
            known = self.passes_flow(event.template.flow)
            if event.template.shared:
                self._known[event.template] = known
        return known
