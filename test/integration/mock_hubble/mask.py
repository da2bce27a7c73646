"""The field mask of a GetFlowsRequest: which fields of flow.Flow are sent.

Two pitfalls of real servers are kept. The wrapper's `time` and `node_name` are taken from the masked flow, so a mask
that leaves them out empties them in the wrapper too. And a path into a message, as `source.identity`, sends that
message even where the flow has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import field_mask_pb2

from hubble_adapter.wire import flow_pb2
from mock_hubble.event import FlowEvent, Template, response_bytes, timestamp_ns
from mock_hubble.refusal import BadRequest


class Mask:
    """Encodes flows with only the named fields. An empty list of paths sends whole flows. BadRequest on a path that
    flow.Flow does not have, or not yet: `unknown` are those that came later than the version that is played.
    """

    def __init__(self, paths: list[str], unknown: Sequence[str] = ()) -> None:
        self._paths = field_mask_pb2.FieldMask(paths=paths)
        for path in paths:
            here = field_mask_pb2.FieldMask(paths=[path]).IsValidForDescriptor(flow_pb2.Flow.DESCRIPTOR)
            if not here or path in unknown:
                raise BadRequest(f"invalid fieldmask: flow.Flow has no path {path!r}")
        self._active = bool(paths)
        self._parents = sorted({path.rpartition(".")[0] for path in paths if "." in path})
        self.sends_time = not paths or "time" in paths
        self._uuid = "uuid" in paths
        self._time = "time" in paths
        self._time_parts = not self._time and any(path.startswith("time.") for path in paths)
        self._bodies: dict[Template, tuple[bytes, str]] = {}

    def encode(self, event: FlowEvent) -> bytes:
        """The GetFlowsResponse of a flow."""
        if not self._active:
            return event.encode()
        if self._time_parts:
            return self._encode_time_parts(event)
        body, node_name = self._body(event.template)
        return response_bytes(
            body, node_name, event.uuid if self._uuid else "", event.told_time_ns if self._time else None
        )

    def apply(self, flow: Any) -> Any:
        """A new flow with only the named fields."""
        masked = flow_pb2.Flow()
        self._paths.MergeMessage(flow, masked)
        for path in self._parents:
            _make_present(masked, path.split("."))
        return masked

    def _body(self, template: Template) -> tuple[bytes, str]:
        known = self._bodies.get(template)
        if known is None:
            masked = self.apply(template.flow)
            known = masked.SerializeToString(), masked.node_name
            if template.shared:
                self._bodies[template] = known
        return known

    def _encode_time_parts(self, event: FlowEvent) -> bytes:
        masked = self.apply(event.flow())
        told_time_ns = timestamp_ns(masked.time) if masked.HasField("time") else None
        masked.ClearField("time")
        return response_bytes(masked.SerializeToString(), masked.node_name, "", told_time_ns)


def _make_present(message: Any, parts: list[str]) -> None:
    for part in parts:
        if message.DESCRIPTOR.fields_by_name[part].containing_oneof is not None:
            return
        message = getattr(message, part)
        message.SetInParent()
