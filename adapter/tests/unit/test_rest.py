"""When the reading thread rests: only where nothing more is there, never to the cost of what can be read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from hubble_adapter import rest as module
from hubble_adapter.rest import Rest

QUIET, STEADY, BUSY = 10, 1_000, 1_000_000
LATE_S = 0.002


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The rests that were taken, in seconds each; none takes its time."""
    taken: list[float] = []

    class Clock:
        monotonic = staticmethod(time.monotonic)
        sleep = staticmethod(taken.append)

    monkeypatch.setattr(module, "time", Clock)
    return taken


def waited() -> None:
    """As the thread does where no message is there."""
    before = module._voluntary_switches()
    while module._voluntary_switches() == before:  # a wait that is over before it began is none
        threading.Event().wait(LATE_S)


def kept_from_running() -> None:
    """As it looks to a thread that wanted to run: time is gone, and it never gave up the processor."""
    until_s = time.monotonic() + LATE_S
    while time.monotonic() < until_s:
        pass


def no_turn() -> tuple[float, float]:
    return (0.0, 0.0)


def begun(taken: int = QUIET, next_turn: Callable[[], tuple[float, float]] = no_turn) -> Rest:
    rest = Rest(next_turn)
    rest.tick(taken)
    rest.received()
    return rest


def test_it_rests_after_each_message_that_was_waited_for(rests: list[float]) -> None:
    rest = begun()
    for count in range(1, 6):
        waited()
        rest.received()
        assert len(rests) == count


def test_time_that_others_took_is_no_reason_to_rest(rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    # Counted by hand: elsewhere on this machine something may make even this thread wait.
    monkeypatch.setattr(module, "_voluntary_switches", lambda: 7)
    rest = begun()
    for _ in range(20):
        kept_from_running()
        rest.received()
    assert not rests


def test_a_thread_that_only_computes_gives_up_the_processor_hardly_ever() -> None:
    """The same with the kernel's own count; something else of this process may come between now and then."""
    before = module._voluntary_switches()
    for _ in range(50):
        kept_from_running()
    computed = module._voluntary_switches() - before
    for _ in range(50):
        waited()
    assert module._voluntary_switches() - before - computed >= 50 > 4 * computed


class Hand:
    """A clock that is set by hand, and a thread that gave up the processor whenever it was."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.rests: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, length_s: float) -> None:
        self.rests.append(length_s)
        self.now_s += length_s

    def voluntary_switches(self) -> int:
        return int(self.now_s * 1e6)


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    hand = Hand()
    monkeypatch.setattr(module, "time", hand)
    monkeypatch.setattr(module, "_voluntary_switches", hand.voluntary_switches)
    return hand


@pytest.mark.parametrize("turn_in_s", (0.07, 0.011, 0.0, -0.02))
def test_a_rest_ends_shortly_before_the_publisher_turns(hand: Hand, turn_in_s: float) -> None:
    """The next turn, or where that is too near or over the one after it."""
    pause_s = 0.08
    turns_s = hand.now_s + turn_in_s
    rest = begun(next_turn=lambda: (turns_s, pause_s))
    hand.now_s += LATE_S
    rest.received()
    expected_s = turns_s if turn_in_s > 0.02 else turns_s + pause_s
    assert expected_s - module._MOST_LEAD_S <= hand.now_s < expected_s


def test_a_rest_ends_so_much_earlier_that_what_came_is_taken_in_by_then(hand: Hand) -> None:
    rest = begun(next_turn=lambda: (hand.now_s + 0.07, 0.08))
    hand.now_s += LATE_S
    rest.received()
    for _ in range(20):  # what came in the rest
        hand.now_s += module._WAITED_S
        rest.received()
    hand.now_s += 0.02
    rest.received()
    assert hand.rests[1] <= 0.07 - 20 * module._WAITED_S


def later() -> tuple[float, float]:
    return (1e9, 3_600.0)


@pytest.mark.parametrize("next_turn", (no_turn, lambda: (1.0, 0.08), lambda: (1.0, 0.0)))
def test_where_no_turn_is_planned_a_rest_has_its_own_length(
    hand: Hand, next_turn: Callable[[], tuple[float, float]]
) -> None:
    rest = begun(next_turn=next_turn)
    hand.now_s += LATE_S
    rest.received()
    assert hand.rests == [module._REST_S]


def test_no_rest_is_longer_than_flows_may_be_kept_waiting(hand: Hand) -> None:
    rest = begun(next_turn=later)
    hand.now_s += LATE_S
    rest.received()
    assert hand.rests == [module._LONGEST_S]


def test_the_more_flows_come_the_shorter_a_rest(hand: Hand) -> None:
    taken = module._CALM_FLOWS_PER_SECOND - 1
    rest = begun(taken, next_turn=later)
    hand.now_s += LATE_S
    rest.received()
    assert taken * hand.rests[0] <= module._MOST_IN_A_REST


def test_a_lone_flow_is_taken_before_the_rest_and_one_of_many_after_it() -> None:
    rest = Rest(no_turn)
    assert not rest.calm and not rest.steady
    rest.tick(QUIET)
    assert rest.calm and not rest.steady
    rest.tick(STEADY)
    assert rest.steady and not rest.calm


@pytest.mark.parametrize("taken", (QUIET, STEADY))
def test_a_backlog_is_read_without_rests_until_the_next_tick(rests: list[float], taken: int) -> None:
    rest = begun(taken)
    for _ in range(100 * module._MOST_IN_A_REST):
        if not rest.calm and not rest.steady:
            break
        rest.received()
    assert not rest.calm and not rest.steady
    rest.tick(taken)
    assert rest.calm or rest.steady
    waited()
    rest.received()
    rests.clear()
    waited()
    rest.received()
    assert len(rests) == 1


def test_there_are_no_rests_at_a_high_rate() -> None:
    rest = begun()
    rest.tick(BUSY)
    assert not rest.calm and not rest.steady
