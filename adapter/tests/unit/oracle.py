"""What slimming must come to, made the slow way: protobuf's own JSON of the flow with only the kept fields."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

from hubble_adapter.slim import FIELD_MASK
from hubble_adapter.wire import flow_pb2, observer_pb2, view_pb2

_POLICIES = ("egress_allowed_by", "ingress_allowed_by", "egress_denied_by", "ingress_denied_by")


def kept_json(flow: flow_pb2.Flow, labels: frozenset[str], http_headers: frozenset[str]) -> dict[str, Any]:
    """Return docs/messages.md's form of a flow, as protobuf's own JSON mapping has it."""
    kept = flow_pb2.Flow()
    kept.CopyFrom(flow)
    for field, _ in flow.ListFields():
        if field.name not in FIELD_MASK:
            kept.ClearField(field.name)
    for side in ("source", "destination"):
        if kept.HasField(side):
            endpoint = getattr(kept, side)
            endpoint.ClearField("ID")
            keep = [label for label in endpoint.labels if _keeps(label, labels)]
            del endpoint.labels[:]
            endpoint.labels.extend(keep)
            del endpoint.workloads[1:]
    if kept.l7.WhichOneof("record") == "http":
        keep_headers = [header for header in kept.l7.http.headers if header.key.lower() in http_headers]
        del kept.l7.http.headers[:]
        kept.l7.http.headers.extend(keep_headers)
    for name in _POLICIES:
        for policy in getattr(kept, name):
            del policy.labels[:]
    return json_format.MessageToDict(kept, preserving_proto_field_name=True)


def view_of(flow: flow_pb2.Flow) -> view_pb2.Flow:
    """Return the flow as the adapter's hot path sees it."""
    response = observer_pb2.GetFlowsResponse(flow=flow).SerializeToString()
    return view_pb2.Response.FromString(response).flow


def _keeps(label: str, labels: frozenset[str]) -> bool:
    if label.startswith("reserved:"):
        return True
    key = label.split("=")[0]
    return key in labels or (":" in key and key.split(":", 1)[1] in labels)
