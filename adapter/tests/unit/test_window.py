"""What is unconfirmed at the broker: settled once, in whatever order, and given back when the channel is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubble_adapter.batch import Batch, Key
from hubble_adapter.pace import Pace
from hubble_adapter.window import Window


def batch(flow_bytes: int = 10) -> Batch:
    made = Batch.opened(Key("default.DROPPED.shop.pay", "default"), 0.0, 200)
    made.flows.append(b"x" * flow_bytes)
    made.flow_bytes = flow_bytes
    return made


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 45), st.booleans())))
def test_each_batch_is_settled_once_or_given_back(count: int, answers: list[tuple[int, bool]]) -> None:
    window = Window()
    sent = {window.sent(float(number), made): made for number, made in enumerate(batch() for _ in range(count))}
    assert list(sent) == list(range(1, count + 1))
    open_tags = set(sent)
    for tag, multiple in answers:
        due = sorted(one for one in open_tags if one == tag or (multiple and one <= tag))
        assert window.settled(tag, multiple) == [sent[one] for one in due]
        open_tags.difference_update(due)
        assert window.passed(tag) is not any(one <= tag for one in open_tags)
        assert window.waited_s(100.0) == (100.0 - (min(open_tags) - 1) if open_tags else 0.0)
    assert window.begin() == [sent[tag] for tag in sorted(open_tags)]
    assert window.begin() == []
    assert window.sent(0.0, None) == 1


def test_it_is_full_by_messages_or_by_bytes_and_a_status_is_no_batch() -> None:
    window = Window()
    for _ in range(511):
        window.sent(0.0, batch())
    assert not window.full()
    window.sent(0.0, None)
    assert window.full()
    assert window.settled(512, False) == []
    assert not window.full()
    window.begin()
    window.sent(0.0, batch(3 * 1024 * 1024))
    assert window.full()
    window.settled(1, True)
    assert not window.full()


def test_the_time_of_an_alarm_is_no_wait_for_a_confirmation() -> None:
    window = Window()
    window.sent(10.0, batch())
    assert window.waited_s(12.0) == 2.0
    window.taken_up(60.0)
    assert window.waited_s(61.0) == 1.0
    window.settled(1, False)
    window.sent(70.0, batch())
    assert window.waited_s(71.0) == 1.0


def test_turns_keep_a_pause_that_is_longer_where_few_batches_go_and_shortest_where_the_window_is_full() -> None:
    now_s = 100.0
    pace = Pace(lambda: now_s)
    assert pace.plan(0.5) == 0.5
    assert pace.turn() == pace.turned_s == 100.0
    pace.took(1, full=False, max_delay_s=0.05)
    few_s = pace.plan(0.0)
    for _ in range(100):
        pace.took(200, full=False, max_delay_s=0.05)
    many_s = pace.plan(0.0)
    pace.took(200, full=True, max_delay_s=0.05)
    full_s = pace.plan(0.0)
    assert few_s > many_s > full_s > 0
    assert pace.next_turn == pytest.approx((100.0 + full_s, full_s))
    pace.took(200, full=False, max_delay_s=10.0)
    assert pace.plan(0.0) < 0.1
    now_s = 200.0
    assert pace.plan(0.0) == 0.0
