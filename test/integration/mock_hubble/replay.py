"""Replaying recorded flows: which flow comes when, on which node, with which uuid and time. Without threads and
clocks.
"""

from __future__ import annotations

import math
from typing import Any, Sequence

from mock_hubble.event import NANOSECONDS_PER_SECOND, FlowEvent, Template, fresh_uuid, timestamp_ns
from mock_hubble.node import Node

_MOST_BEHIND_NS = NANOSECONDS_PER_SECOND


class Replay:
    """Flows at a set rate, over and over, with fresh uuids and times.

    A flow stays on the node that its record names if there is such a node; the others go round the nodes.
    `as_recorded` sends every flow once, with its own uuid, time and node name; a flow without time keeps none.
    """

    def __init__(
        self,
        flows: Sequence[Any],
        nodes: Sequence[Node],
        *,
        flows_per_second: float,
        start_ns: int,
        loop: bool = True,
        as_recorded: bool = False,
    ) -> None:
        if not flows:
            raise ValueError("nothing to replay")
        if flows_per_second <= 0:
            raise ValueError("the rate must be above 0 flows a second")
        by_name = {node.name: node for node in nodes}
        self._nodes = [by_name.get(flow.node_name, nodes[index % len(nodes)]) for index, flow in enumerate(flows)]
        self._recorded = [(flow.uuid, timestamp_ns(flow.time) if flow.HasField("time") else None) for flow in flows]
        self._templates = [
            _template(flow, flow.node_name if as_recorded else node.name) for flow, node in zip(flows, self._nodes)
        ]
        self._interval_ns = NANOSECONDS_PER_SECOND / flows_per_second
        self._start_ns = start_ns
        self._as_recorded = as_recorded
        self._loop = loop and not as_recorded
        self._emitted = 0
        self.skipped = 0

    @property
    def done(self) -> bool:
        return not self._loop and self._emitted >= len(self._templates)

    @property
    def interval_ns(self) -> float:
        """Between two flows."""
        return self._interval_ns

    def due(self, now_ns: int) -> list[tuple[Node, FlowEvent]]:
        """The events whose time has come.

        What is more than a second late is skipped and counted in `skipped`, so that a machine too slow for the rate
        falls short of it and does not drift.
        """
        behind_ns = now_ns - self._start_ns - self._emitted * self._interval_ns
        if behind_ns > _MOST_BEHIND_NS and self._loop:
            late = int((behind_ns - _MOST_BEHIND_NS) / self._interval_ns)
            self.skipped += late
            self._start_ns += int(late * self._interval_ns)
        until = math.floor((now_ns - self._start_ns) / self._interval_ns) + 1
        if not self._loop:
            until = min(until, len(self._templates))
        events = [self._event(ordinal) for ordinal in range(self._emitted, until)]
        self._emitted = max(self._emitted, until)
        return events

    def _event(self, ordinal: int) -> tuple[Node, FlowEvent]:
        index = ordinal % len(self._templates)
        node = self._nodes[index]
        time_ns = self._start_ns + int(ordinal * self._interval_ns) + node.skew_ns
        if self._as_recorded:
            uuid, told_ns = self._recorded[index]
            return node, FlowEvent(self._templates[index], uuid, time_ns if told_ns is None else told_ns, told_ns)
        return node, FlowEvent(self._templates[index], fresh_uuid(), time_ns, time_ns)


def _template(flow: Any, node_name: str) -> Template:
    template = Template(flow, shared=True)
    if template.flow.node_name != node_name:
        template = Template(_renamed(template.flow, node_name), shared=True)
    return template


def _renamed(flow: Any, node_name: str) -> Any:
    flow.node_name = node_name
    return flow
