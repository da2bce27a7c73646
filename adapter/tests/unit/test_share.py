"""Workers' shares of the nodes: each node is one's alone, whatever it is called and whenever it joins."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st
from mock_hubble.filters import FlowFilters

from hubble_adapter.share import Share, shares
from hubble_adapter.wire import flow_pb2

_PLAIN = st.text(string.ascii_lowercase + string.digits + "-._", min_size=1, max_size=12)
_NAMES = st.one_of(_PLAIN, st.tuples(_PLAIN, _PLAIN).map("/".join), st.text(max_size=6))
_RATES = st.dictionaries(_NAMES, st.floats(0, 1e6), max_size=12)


@given(_RATES, st.integers(1, 5), _NAMES)
def test_each_node_is_in_one_share(rates: dict[str, float], workers: int, newcomer: str) -> None:
    parts = shares(rates, workers)
    assert 1 <= len(parts) <= workers
    for name in (*rates, newcomer):
        assert sum(part.has(name) for part in parts) == 1


@given(_RATES, st.integers(1, 5))
def test_what_is_asked_for_is_what_is_had(rates: dict[str, float], workers: int) -> None:
    for part in shares(rates, workers):
        filters = FlowFilters(part.whitelist([]), part.blacklist([]))
        for name in rates:
            assert filters.passes_flow(flow_pb2.Flow(node_name=name)) == part.has(name)


def test_busy_nodes_are_apart_and_quiet_ones_are_spread() -> None:
    rates = {"a/busy-1": 900.0, "a/busy-2": 800.0, **{f"a/quiet-{n}": 10.0 for n in range(8)}}
    parts = shares(rates, 3)
    assert [sum(part.has(name) for name in ("a/busy-1", "a/busy-2")) for part in parts] == [1, 1, 0]
    assert [sum(part.has(name) for name in rates) for part in parts] == [1, 1, 8]
    assert sum(part.others for part in parts) == 1


def test_there_are_no_more_workers_than_nodes() -> None:
    assert len(shares({"a/one": 5.0, "a/two": 5.0}, 8)) == 2
    assert shares({}, 8) == [Share()]


def test_a_share_narrows_every_filter_that_was_asked_for() -> None:
    part = Share(frozenset({"a/one"}), others=False)
    asked = [flow_pb2.FlowFilter(verdict=[2]), flow_pb2.FlowFilter(source_pod=["shop/"])]
    narrowed = part.whitelist(asked)
    assert [list(one.node_name) for one in narrowed] == [["a/one"], ["a/one"]]
    assert [one.verdict for one in narrowed] == [[2], []]
    assert [list(one.node_name) for one in asked] == [[], []]
    assert part.blacklist(asked) == asked
