"""A seed is a schedule: the same everywhere, possible to play, and 23 in a row miss no fault."""

from __future__ import annotations

from tests.oracle.schedule import BROKER_WIDE, Fault, schedule


def test_a_seed_gives_the_same_schedule_again() -> None:
    for seed in range(200):
        assert schedule(seed) == schedule(seed)
    assert schedule(1) != schedule(2)


def test_a_round_of_seeds_holds_every_fault() -> None:
    for begin in (0, 23, 1_000):
        faults = {step.fault for seed in range(begin, begin + 23) for step in schedule(seed).steps}
        assert faults == set(Fault)


def test_only_seeds_with_a_fault_of_the_whole_broker_need_their_own() -> None:
    own = [schedule(seed).own_broker for seed in range(460)]
    assert sum(own) == 460 * 4 // 23, "more would take long: they play one after the other"
    for seed in range(460):
        assert schedule(seed).own_broker == any(step.fault in BROKER_WIDE for step in schedule(seed).steps)


def test_every_fault_is_over_before_the_end() -> None:
    for seed in range(1_000):
        plan = schedule(seed)
        assert all(0 < step.at_s and step.at_s + step.for_s < plan.length_s for step in plan.steps)
        assert plan.length_s < 30


def test_a_schedule_can_be_read() -> None:
    text = str(schedule(0))
    assert text.startswith("seed 0: ")
    assert all(step.fault.value in text for step in schedule(0).steps)
