"""Reads JSON lines as Hubble's own tools do: each has to be one observer.GetFlowsResponse in protobuf JSON.

    responses.py   (stdin: the lines)

Prints the uuids of the flows, one a line. Ends with exit code 1 and the number of the first line that is none.
"""

from __future__ import annotations

import sys
from pathlib import Path

from google.protobuf import json_format

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "adapter"))

from hubble_adapter.wire import observer_pb2  # noqa: E402  (the path comes first)


def main() -> None:
    for number, line in enumerate(sys.stdin, start=1):
        try:
            response = json_format.Parse(line, observer_pb2.GetFlowsResponse())
        except json_format.ParseError as error:
            sys.exit(f"line {number}: {error}")
        if response.WhichOneof("response_types") != "flow":
            sys.exit(f"line {number}: no flow")
        print(response.flow.uuid)


if __name__ == "__main__":
    main()
