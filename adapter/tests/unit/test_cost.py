"""What a flow costs, in Python's own instructions, the same on every machine: a gate for whoever makes it dearer."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from bench.workload import flows
from google.protobuf.field_mask_pb2 import FieldMask

from hubble_adapter.batch import Limits
from hubble_adapter.intake import Intake
from hubble_adapter.ledger import Drop
from hubble_adapter.losses import Losses
from hubble_adapter.nodes import Nodes
from hubble_adapter.outbox import Outbox
from hubble_adapter.slim import FIELD_MASK, Kept, Slimmer
from hubble_adapter.wire import flow_pb2, observer_pb2

# Measured with Python 3.11: 923 instructions a flow from the stream to its batch. Other versions differ by some.
_MOST_INSTRUCTIONS_A_FLOW = 1_030
_FLOWS = 2_000


def responses(ordinals: range) -> list[bytes]:
    """Flows of the bench's cluster as a server sends them, each with a time and a uuid of its own."""
    mask, made = FieldMask(paths=FIELD_MASK), []
    for ordinal, flow in zip(ordinals, itertools.islice(flows(random.Random(1)), len(ordinals))):
        kept = flow_pb2.Flow()
        mask.MergeMessage(flow, kept)
        kept.time.FromNanoseconds(1_769_000_000_300_000_001 + ordinal * 1_001)
        kept.uuid = f"f1000000-0000-4000-8000-{ordinal:012x}"
        made.append(observer_pb2.GetFlowsResponse(flow=kept, node_name="n", time=kept.time).SerializeToString())
    return made


def instructions(do: Callable[[], None]) -> int:
    """Return how many instructions of Python `do` runs."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        do()
    finally:
        sys.settrace(before)
    return count


def test_a_flow_costs_no_more_than_it_did() -> None:
    losses = Losses(tuple(reason.value for reason in Drop))
    outbox = Outbox(Limits(200, 0.05, 100_000_000), losses, lambda: "e")
    intake = Intake(Slimmer(Kept(), "default"), outbox, losses, Nodes(), frozenset(), frozenset(), 65_536)
    intake.start_stream(0)
    for response in responses(range(_FLOWS)):
        intake.take(response)  # what repeats is known now

    again = responses(range(_FLOWS, 2 * _FLOWS))

    def take() -> None:
        for response in again:
            intake.take(response)
        outbox.snapshot()

    assert instructions(take) / _FLOWS < _MOST_INSTRUCTIONS_A_FLOW
    assert outbox.snapshot()[0].in_flight == 2 * _FLOWS
