"""Which flows of the captures pass which filters, as the mock Hubble server has it.

    oracle.py CAPTURE…     (on stdin a JSON list of {"whitelist": […], "blacklist": […]}, each a flow.FlowFilter)

Prints one JSON list: the uuids of the flows that can be read, and for each filter the ones that pass.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

_REPOSITORY = pathlib.Path(__file__).resolve().parents[4]
sys.path[:0] = [str(_REPOSITORY / "adapter"), str(_REPOSITORY / "test" / "integration")]

from google.protobuf import json_format  # noqa: E402

from hubble_adapter.wire import flow_pb2  # noqa: E402
from mock_hubble.filters import FlowFilters  # noqa: E402


def main() -> None:
    flows: list[Any] = []
    for path in sys.argv[1:]:
        for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
            flow = json.loads(line).get("flow")
            if not flow:
                continue
            try:
                flows.append(json_format.ParseDict(flow, flow_pb2.Flow()))
            except json_format.ParseError:
                # Of a newer Hubble; its own enums are not known here.
                continue
    answers = [[flow.uuid for flow in flows]]
    for asked in json.load(sys.stdin):
        lists = [
            [json_format.ParseDict(one, flow_pb2.FlowFilter()) for one in asked[name]]
            for name in ("whitelist", "blacklist")
        ]
        filters = FlowFilters(*lists)
        answers.append([flow.uuid for flow in flows if filters.passes_flow(flow)])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
