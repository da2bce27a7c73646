"""What the documents say of the adapter's numbers is what it really says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mock_hubble.hubble import MockHubble
from stack.ports import free_port

from tests.broker.kit import Adapter, Reader, get, wait_for
from tests.broker.test_faults import burst

DOCS = Path(__file__).parents[3] / "docs"


def shape(value: Any) -> Any:
    """The names in a document, without its values."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else None


def test_the_status_in_messages_md_is_the_one_that_is_sent(
    adapter: Adapter, hubble: MockHubble, reader: Reader
) -> None:
    section = (DOCS / "messages.md").read_text().partition("## Status")[2]
    told = json.loads(section.partition("```json")[2].partition("```")[0])
    hubble.node_down("default/node-2")
    adapter.settings["filters"] = {"verdicts": ["FORWARDED"], "deny": [{"source_pod": ["kube-system/"]}]}
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    hubble.lost(311, source="OBSERVER_EVENTS_QUEUE", first_ns=10**18, last_ns=2 * 10**18)
    wait_for(
        "the loss and the version", lambda: reader.status["losses"]["recent"] and reader.status["hubble"]["version"]
    )
    assert shape(reader.status) == shape(told)


def test_operations_md_names_every_metric_and_every_loss(adapter: Adapter, hubble: MockHubble, reader: Reader) -> None:
    port = free_port()
    adapter.settings["http"] = {"listen": f"127.0.0.1:{port}"}
    adapter.start()
    hubble.wait_for_streams()
    reader.has(burst(hubble))
    wait_for("the lag", lambda: "hubble_adapter_lag_seconds" in get(port, "/metrics")[1])
    text = (DOCS / "operations.md").read_text()
    served = set(re.findall(r"^# TYPE (hubble_adapter_\S+)", get(port, "/metrics")[1], re.MULTILINE))
    told = set(re.findall(r"`(hubble_adapter_\w+)", text.partition("### Metrics")[2].partition("### Health")[0]))
    assert told == served
    losses = text.partition("### Losses")[2].partition("### Metrics")[0]
    sources = set(reader.status["losses"]["total"]) - {"UNKNOWN_LOST_EVENT_SOURCE"}
    assert set(re.findall(r"^\| `(\w+)` \|", losses, re.MULTILINE)) == sources
