"""What one GetFlowsRequest asks for, checked and compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_hubble.event import timestamp_ns
from mock_hubble.filters import FlowFilters, has_unknown_fields
from mock_hubble.mask import Mask
from mock_hubble.refusal import BadRequest, NotImplementedHere


class Query:
    """BadRequest as a real agent would refuse; NotImplementedHere on what only this server does not know. Times in
    UNIX nanoseconds.
    """

    def __init__(self, request: Any, unknown_mask_paths: Sequence[str] = ()) -> None:
        if request.HasField("extensions"):
            raise NotImplementedHere("GetFlowsRequest.extensions is not implemented")
        if has_unknown_fields(request):
            raise NotImplementedHere("GetFlowsRequest has a field that this server does not know")
        self.number: int = request.number
        self.follow: bool = request.follow
        self.first: bool = request.first
        self.filters = FlowFilters(request.whitelist, request.blacklist)
        self.since_ns = _time_ns(request, "since")
        self.until_ns = _time_ns(request, "until")
        self.mask = Mask(list(request.field_mask.paths), unknown_mask_paths)


def _time_ns(request: Any, field: str) -> int | None:
    if not request.HasField(field):
        return None
    try:
        return timestamp_ns(getattr(request, field))
    except ValueError as error:
        raise BadRequest(f"{field}: {error}") from error
