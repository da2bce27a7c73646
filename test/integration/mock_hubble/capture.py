"""Reading captures: files with one GetFlowsResponse a line in protobuf JSON, as `hubble observe -o jsonpb` prints
them.
"""

from __future__ import annotations

import pathlib
from typing import Any, Iterable

from google.protobuf import json_format

from hubble_adapter.wire import observer_pb2


class CaptureError(ValueError):
    """A capture that cannot be read; the message begins with FILE:LINE or FILE."""


def read(path: pathlib.Path) -> list[Any]:
    """The flows of one capture as flow.Flow messages, in file order.

    A flow without time or node name takes the wrapper's. Node status is left out, for the server makes its own, and
    so are lost events.
    """
    flows = []
    try:
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    response = _parse(line, f"{path}:{number}")
                    if response.HasField("flow"):
                        flows.append(_whole(response))
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror}") from error
    return flows


def read_all(paths: Iterable[pathlib.Path]) -> list[Any]:
    """The flows of several captures, one after the other. CaptureError when there is none at all."""
    paths = list(paths)
    flows = [flow for path in paths for flow in read(path)]
    if paths and not flows:
        raise CaptureError(f"{', '.join(map(str, paths))}: no flow in it")
    return flows


def _parse(line: bytes, where: str) -> Any:
    try:
        return json_format.Parse(line.decode(), observer_pb2.GetFlowsResponse())
    except (json_format.ParseError, UnicodeDecodeError, RecursionError) as error:
        raise CaptureError(f"{where}: {error or type(error).__name__}") from error


def _whole(response: Any) -> Any:
    flow = response.flow
    if not flow.node_name:
        flow.node_name = response.node_name
    if not flow.HasField("time") and response.HasField("time"):
        flow.time.CopyFrom(response.time)
    return flow
