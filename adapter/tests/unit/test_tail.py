"""What `tail` makes of a key, a time and a flow."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from hubble_adapter.summary import summary
from hubble_adapter.tail import compact, flows_of, json_line, matches, moment
from tests.unit.test_slim import CAPTURES

NOW = datetime(2026, 1, 2, 12, 0, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("pattern", "key", "matching"),
    [
        ("#", "c.DROPPED.shop.pay", True),
        ("*.DROPPED.#", "c.DROPPED.shop.pay", True),
        ("*.DROPPED.shop.*", "c.DROPPED.shop.pay", True),
        ("*.DROPPED.shop", "c.DROPPED.shop.pay", False),
        ("*.*.*.*.*", "c.DROPPED.shop.pay", False),
        ("#.pay", "c.DROPPED.shop.pay", True),
        ("#.shop.#", "c.DROPPED.shop.pay", True),
        ("*.DROPPED.#.pay.#", "c.DROPPED.shop.pay", True),
        ("c.FORWARDED.#", "c.DROPPED.shop.pay", False),
    ],
)
def test_keys_match_as_they_do_in_the_broker(pattern: str, key: str, matching: bool) -> None:
    assert matches(pattern.split("."), key.split(".")) is matching


def test_times_are_ago_or_rfc_3339() -> None:
    assert moment("90s", NOW) == datetime(2026, 1, 2, 11, 58, 30, tzinfo=timezone.utc)
    assert moment("1d1h30m", NOW) == datetime(2026, 1, 1, 10, 30, tzinfo=timezone.utc)
    assert moment("2026-01-01T00:00:00Z", NOW) == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert moment("2026-01-01T01:00:00+01:00", NOW) == datetime(2026, 1, 1, tzinfo=timezone.utc)
    for wrong in ("", "5", "5 m", "yesterday", "-5m", "99999999999d"):
        with pytest.raises(ValueError, match="is no time: 90s"):
            moment(wrong, NOW)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"v": 2, "flows": [{}]}', b'{"v": 1}', b'{"v": 1, "flows": [7]}'])
def test_what_is_not_of_the_contract_has_no_flows(body: bytes) -> None:
    assert list(flows_of(body)) == []


def test_a_name_does_not_steer_the_terminal() -> None:
    flow = {"source": {"pod_name": "\x1b[2Jpod", "namespace": "shop"}, "verdict": "DROPPED", "l4": {"ICMPv4": {}}}
    assert compact(flow) == "- shop/?[2Jpod -> ? ICMPv4 DROPPED"


def test_a_line_is_hubbles_own() -> None:
    flow = {"node_name": "default/n", "time": "2026-01-02T03:04:05Z", "verdict": "DROPPED"}
    assert json.loads(json_line(flow)) == {"flow": flow, "node_name": "default/n", "time": "2026-01-02T03:04:05Z"}


def test_the_summary_is_what_cilium_writes() -> None:
    (capture,) = [file for file in CAPTURES if file.name == "shop.jsonl"]
    compared = 0
    for line in capture.read_text(encoding="utf-8").splitlines():
        flow = json.loads(line).get("flow", {})
        written = flow.pop("Summary", "")
        # Without a field for it, nothing tells ARP; codes and rare types of ICMP stay numbers.
        if written not in ("", "ARP", "Ethernet", "ICMPv4"):
            compared += 1
            assert summary(flow) == written
    assert compared > 300


def test_a_line_has_a_summary_where_there_is_one() -> None:
    flow = {"l4": {"TCP": {"source_port": 5, "flags": {"SYN": True, "ACK": True}}}}
    assert json.loads(json_line(flow))["flow"]["Summary"] == "TCP Flags: SYN, ACK"
    assert json.loads(json_line({"l4": {"ICMPv4": {"type": 8}}}))["flow"]["Summary"] == "ICMPv4 EchoRequest"
    for odd in (
        {},
        {"l4": {}},
        {"l7": {}},
        {"l4": {"ICMPv6": {}}},
        {"l7": {"dns": {}}},
        {"l7": {"http": {}}},
        {"l7": {"dns": 5}},
    ):
        json_line(odd)
