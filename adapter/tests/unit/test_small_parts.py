"""Words of routing keys, delays, windows, losses, links and log lines."""

from __future__ import annotations

import logging
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubble_adapter import routing
from hubble_adapter.backoff import Backoff
from hubble_adapter.dedupe import SeenWindow
from hubble_adapter.fragments import Fragments
from hubble_adapter.link import Link, State
from hubble_adapter.log import Log, _Folding, _value
from hubble_adapter.losses import Losses
from hubble_adapter.protojson import rfc3339


@given(st.text(), st.integers(0, 2**32 - 1), st.lists(st.text() | st.text().map(lambda text: f"reserved:{text}")))
def test_no_name_makes_a_word_that_is_not_one_word(namespace: str, identity: int, labels: list[str]) -> None:
    word = routing.endpoint_word(namespace, identity, labels)
    assert 0 < len(word) <= 64
    assert set(word) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    if namespace and word != routing.UNKNOWN:
        assert word == namespace
        assert not word.startswith("_")


@pytest.mark.parametrize(
    ("namespace", "identity", "labels", "word"),
    [
        ("shop", 2, [], "shop"),
        ("_world", 5000, [], "_unknown"),
        ("a.b", 5000, [], "_unknown"),
        ("shop\n", 5000, [], "_unknown"),
        ("x" * 64, 0, [], "_unknown"),
        ("", 10, [], "_world-ipv6"),
        ("", 16777300, ["cidr:10.0.0.0/8", "reserved:world"], "_world"),
        ("", 12, ["reserved:encrypted-overlay"], "_encrypted-overlay"),
        ("", 0, ["reserved:*"], "_unknown"),
        ("", 0, [], "_unknown"),
    ],
)
def test_endpoint_words(namespace: str, identity: int, labels: list[str], word: str) -> None:
    assert routing.endpoint_word(namespace, identity, labels) == word


def test_cluster_and_verdict_words() -> None:
    assert routing.cluster_word("east/node", "default") == "east"
    assert routing.cluster_word("node", "default") == "default"
    assert routing.cluster_word("a.b/node", "default") == "_unknown"
    assert routing.verdict_word(2) == "DROPPED"
    assert routing.verdict_word(99) == "99"
    assert routing.verdict_word(-1) == "-1"


def test_delays_spread_over_the_whole_bound_which_doubles_up_to_the_cap() -> None:
    for failures, bound_s in ((1, 0.5), (2, 1.0), (5, 8.0), (7, 30.0), (5_000, 30.0)):
        drawn = []
        for seed in range(200):
            backoff = Backoff(chance=random.Random(seed))
            delays = [backoff.next_s(0.0) for _ in range(min(failures, 20))]
            drawn.append(delays[-1])
        assert max(drawn) <= bound_s
        assert min(drawn) < bound_s * 0.1
        assert max(drawn) > bound_s * 0.9


def test_only_a_try_that_lasted_starts_the_delays_over() -> None:
    class Most(random.Random):
        def uniform(self, a: float, b: float) -> float:
            return b

    backoff = Backoff(chance=Most())
    assert [backoff.next_s(lasted_s) for lasted_s in (0, 0.1, 9.9, 10.0, 0)] == [0.5, 1.0, 2.0, 0.5, 1.0]


def test_the_window_remembers_between_one_and_two_generations() -> None:
    window = SeenWindow(size=10)
    assert not any(window.seen(number) for number in range(20))
    assert all(window.seen(number) for number in range(10, 20))
    assert not window.seen(0)


def test_fragments_are_bounded_and_a_giant_is_not_remembered() -> None:
    made = []
    fragments: Fragments[bytes] = Fragments(lambda raw: made.append(raw) or raw, len, 100_000)  # type: ignore
    for number in range(10_000):
        fragments.make(b"%d" % number)
        assert len(fragments.known) <= 100_000 / 300
    known = len(fragments.known)
    fragments.make(b"x" * 1_000)
    assert fragments.get(b"x" * 1_000) is None
    assert len(fragments.known) == known
    assert fragments.get(b"9999") == b"9999"


def test_losses_are_told_once_each_with_a_running_number_and_repeated_for_late_readers() -> None:
    losses = Losses(("buffer_full",))
    assert losses.tell() == {
        "total": {
            "PERF_EVENT_RING_BUFFER": 0,
            "OBSERVER_EVENTS_QUEUE": 0,
            "HUBBLE_RING_BUFFER": 0,
            "UNKNOWN_LOST_EVENT_SOURCE": 0,
            "gap": 0,
            "buffer_full": 0,
        },
        "recent": [],
    }
    losses.add("buffer_full", "", 5, 2_000_000_000, 3_000_000_000)
    losses.add("buffer_full", "", 5, 1_000_000_000, 2_000_000_000)
    losses.add("gap", "n1", None, 0, 0)
    expected = [
        {"n": 0, "source": "buffer_full", "count": 10, "first": "1970-01-01T00:00:01Z", "last": "1970-01-01T00:00:03Z"},
        {"n": 1, "source": "gap", "node": "n1", "count": None},
    ]
    assert losses.tell()["recent"] == expected
    assert losses.tell()["recent"] == expected
    for number in range(100):
        losses.add("HUBBLE_RING_BUFFER", f"node-{number}", 1, 0, 0)
    recent = losses.tell()["recent"]
    assert sum(loss["count"] for loss in recent if loss["source"] == "HUBBLE_RING_BUFFER") == 100  # type: ignore
    assert len(recent) <= 32  # type: ignore[arg-type]


def test_a_link_refuses_a_way_that_is_none() -> None:
    link = Link("hubble", "relay:1")
    link.move(State.STREAMING)
    with pytest.raises(AssertionError):
        link.move(State.BLOCKED)
    assert link.document()["state"] == "streaming"


def test_times_have_as_many_digits_as_they_need() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00Z"
    assert rfc3339(1_500_000_000) == "1970-01-01T00:00:01.500Z"
    assert rfc3339(1_000_001_000) == "1970-01-01T00:00:01.000001Z"
    assert rfc3339(-1) == "1969-12-31T23:59:59.999999999Z"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("relay:4245", "relay:4245"),
        ("two words", '"two words"'),
        ('say "hi"', "\"say 'hi'\""),
        ("\x1b[31mred\nnext", '"?[31mred?next"'),
        (1.5, "1.5"),
        ("", '""'),
    ],
)
def test_log_values_stay_on_their_line(value: object, text: str) -> None:
    assert _value(value) == text


def test_a_repeated_warning_is_counted_not_repeated(caplog: pytest.LogCaptureFixture) -> None:
    clock = [0.0]
    logger = logging.getLogger("hubble_adapter.test")
    folding = _Folding(lambda: clock[0])
    logger.addFilter(folding)
    try:
        log = Log("test")
        for number in range(50):
            log.warning("failed", retry_in_s=number)
        clock[0] = 31.0
        log.warning("failed", retry_in_s=3)
        log.warning("other")
    finally:
        logger.removeFilter(folding)
    assert [record.getMessage() for record in caplog.records] == [
        "event=failed retry_in_s=0",
        "event=failed retry_in_s=3 repeated=49",
        "event=other",
    ]
