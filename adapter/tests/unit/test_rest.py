"""When the reading thread rests: only where nothing more is there, never to the cost of what can be read."""

from __future__ import annotations

import threading
import time

import pytest

from hubble_adapter import rest as module
from hubble_adapter.rest import Rest

QUIET, BUSY = 100, 1_000_000
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
    threading.Event().wait(LATE_S)


def kept_from_running() -> None:
    """As it looks to a thread that wanted to run: time is gone, and it never gave up the processor."""
    until_s = time.monotonic() + LATE_S
    while time.monotonic() < until_s:
        pass


def begun() -> Rest:
    rest = Rest()
    rest.tick(QUIET)
    rest.taken()
    return rest


def test_it_rests_after_each_message_that_was_waited_for(rests: list[float]) -> None:
    rest = begun()
    for count in range(1, 6):
        waited()
        rest.taken()
        assert len(rests) == count


def test_time_that_others_took_is_no_reason_to_rest(rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    # Counted by hand: elsewhere on this machine something may make even this thread wait.
    monkeypatch.setattr(module, "_voluntary_switches", lambda: 7)
    rest = begun()
    for _ in range(20):
        kept_from_running()
        rest.taken()
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


def test_a_backlog_is_read_without_rests_until_the_next_tick(rests: list[float]) -> None:
    rest = begun()
    for _ in range(100 * module._MOST_IN_A_REST):
        if not rest.calm:
            break
        rest.taken()
    assert not rest.calm
    rest.tick(QUIET)
    assert rest.calm
    waited()
    rest.taken()
    rests.clear()
    waited()
    rest.taken()
    assert len(rests) == 1


def test_there_are_no_rests_at_a_high_rate() -> None:
    rest = begun()
    rest.tick(BUSY)
    assert not rest.calm
