"""Batches leave when they should, in order, with ordinals that show every loss; and the ledger adds up always."""

from __future__ import annotations

import gc
import json
import threading
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubble_adapter.batch import Batch, Limits
from hubble_adapter.ledger import Drop
from hubble_adapter.losses import Losses
from hubble_adapter.outbox import Outbox


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def make(max_flows: int = 3, max_bytes: int = 1_000_000, max_delay_s: float = 0.05) -> tuple[Outbox, Clock, Losses]:
    clock, losses = Clock(), Losses(tuple(reason.value for reason in Drop))
    epochs = iter(f"epoch{number}" for number in range(1_000))
    return (Outbox(Limits(max_flows, max_delay_s, max_bytes), losses, lambda: next(epochs), clock), clock, losses)


def put(outbox: Outbox, key: str = "c.FORWARDED.a.b", text: str = "{}", time_ns: int = 0) -> None:
    outbox.put(outbox.key(key), text.encode(), time_ns)


def taken(outbox: Outbox) -> list[Batch]:
    batches = []
    while (batch := outbox.take()) is not None:
        batches.append(batch)
    return batches


def body(batch: Batch) -> dict[str, Any]:
    document = json.loads(batch.body())
    assert isinstance(document, dict)
    return document


def flows(batch: Batch) -> list[str]:
    return [json.dumps(flow) for flow in body(batch)["flows"]]


def test_the_first_flow_of_an_idle_key_leaves_at_once_and_the_next_ones_wait() -> None:
    outbox, clock, _ = make(max_flows=10)
    put(outbox)
    assert [batch.count() for batch in taken(outbox)] == [1]
    put(outbox)
    put(outbox)
    assert taken(outbox) == []
    assert outbox.next_due_s() == pytest.approx(0.05)
    clock.now_s += 0.05
    assert [batch.count() for batch in taken(outbox)] == [2]
    assert outbox.next_due_s() is None


def test_a_full_batch_leaves_at_once_and_keys_do_not_mix() -> None:
    outbox, _, _ = make(max_flows=2)
    put(outbox, "c.V.a.b", "1")
    put(outbox, "c.V.a.c", "2")
    taken(outbox)
    for text in ("3", "4", "5"):
        put(outbox, "c.V.a.b", text)
    (batch,) = taken(outbox)
    assert body(batch) == {"v": 1, "cluster": "c", "epoch": "epoch0", "first": 1, "flows": [3, 4]}


@pytest.mark.parametrize("max_flows", [1, 31, 32, 33, 64, 100])
def test_a_large_batch_keeps_its_flows_and_their_order(max_flows: int) -> None:
    outbox, _, _ = make(max_flows=max_flows)
    put(outbox, "c.V.other.key")
    first = taken(outbox)
    for number in range(2 * max_flows + 5):
        put(outbox, "c.V.a.b", str(number))
    outbox.flush()
    batches = taken(outbox)
    assert [batch.count() for batch in batches][:2] == [max_flows, max_flows]
    assert [int(flow) for batch in batches for flow in flows(batch)] == list(range(2 * max_flows + 5))
    outbox.confirm(first + batches)
    assert outbox.snapshot()[1] == 0


def test_ordinals_count_what_was_published_under_a_key() -> None:
    outbox, clock, _ = make(max_flows=2)
    firsts = []
    for number in range(7):
        put(outbox, text=str(number))
        clock.now_s += 1
        firsts += [(batch.first, batch.count()) for batch in taken(outbox)]
    assert firsts == [(number, 1) for number in range(7)]


def test_a_batch_that_comes_back_is_sent_again_unchanged_before_all_else() -> None:
    outbox, clock, _ = make()
    for text in "12":
        put(outbox, text=text)
        clock.now_s += 1
    put(outbox, "c.V.x.y", "3")
    sent = taken(outbox)
    bodies = [batch.body() for batch in sent]
    put(outbox, "c.V.z.z", "4")
    outbox.give_back(sent)
    again = taken(outbox)
    assert [batch.body() for batch in again[: len(sent)]] == bodies
    assert len(again) == len(sent) + 1
    for batch in again:
        outbox.confirm([batch])
    ledger, held_bytes, _ = outbox.snapshot()
    assert (ledger.confirmed, ledger.in_flight, held_bytes) == (4, 0, 0)
    assert outbox.empty()


def test_a_batch_that_is_refused_again_and_again_is_given_up_and_told() -> None:
    outbox, _, losses = make()
    put(outbox, time_ns=5)
    for _ in range(3):
        outbox.give_back(taken(outbox), refused=True)
    assert outbox.empty()
    ledger, _, _ = outbox.snapshot()
    assert ledger.dropped[Drop.REFUSED] == 1
    assert losses.tell()["recent"][0]["source"] == "refused"  # type: ignore[index]


def test_the_oldest_falls_out_first_and_its_times_are_told() -> None:
    outbox, _, losses = make(max_flows=1, max_bytes=5_000)
    for second in range(1, 11):
        put(outbox, text=json.dumps("x" * 1_000), time_ns=second * 1_000_000_000)
    ledger, held_bytes, newest_ns = outbox.snapshot()
    assert held_bytes <= 5_000
    assert newest_ns == 10_000_000_000
    dropped = ledger.dropped[Drop.BUFFER_FULL]
    assert len(taken(outbox)) == 10 - dropped
    (loss,) = losses.tell()["recent"]  # type: ignore[misc]
    assert loss == {
        "n": 0,
        "source": "buffer_full",
        "count": dropped,
        "first": "1970-01-01T00:00:01Z",
        "last": f"1970-01-01T00:00:0{dropped}Z",
    }


def test_what_fell_out_before_it_was_sent_leaves_no_hole_in_the_ordinals() -> None:
    outbox, _, _ = make(max_flows=1, max_bytes=5_000)
    for _ in range(10):
        put(outbox, text=json.dumps("x" * 1_000))
    assert [batch.first for batch in taken(outbox)] == [0, 1]


def test_an_open_batch_that_falls_out_takes_no_more_flows() -> None:
    outbox, clock, _ = make(max_flows=100, max_bytes=4_000)
    put(outbox, "c.V.a.b", json.dumps("x" * 1_500))
    put(outbox, "c.V.a.c", json.dumps("x" * 1_500))
    assert outbox.snapshot()[0].dropped[Drop.BUFFER_FULL] == 1
    put(outbox, "c.V.a.b", "7")
    clock.now_s += 1
    assert sorted(batch.key.name for batch in taken(outbox)) == ["c.V.a.b", "c.V.a.c"]


def test_the_reader_wakes_the_sender_only_when_something_is_due_earlier() -> None:
    outbox, clock, _ = make(max_flows=10)
    woken = []
    outbox.on_wake(lambda: woken.append(clock.now_s))
    put(outbox)
    assert not woken, "the sender never said that it sleeps"
    taken(outbox)
    assert outbox.next_due_s() is None
    put(outbox)
    assert len(woken) == 1
    put(outbox)
    assert len(woken) == 1
    assert outbox.next_due_s() == pytest.approx(0.05)
    put(outbox)
    assert len(woken) == 1, "that batch is due when the sender knows already"
    put(outbox, "c.V.other.key")
    assert len(woken) == 2


def test_what_came_back_is_given_up_once_though_older_flows_wait() -> None:
    outbox, clock, _ = make(max_flows=2)
    put(outbox, "c.V.a.b")
    taken(outbox)
    put(outbox, "c.V.a.b")  # waits for company, and stays the oldest
    clock.now_s += 0.01
    for _ in range(2):
        put(outbox, "c.V.a.c")
    (second,) = taken(outbox)
    outbox.give_back([second])
    assert outbox.abandon() == 3


def test_too_many_keys_begin_a_new_epoch() -> None:
    outbox, clock, _ = make(max_flows=1)
    for number in range(100_001):
        put(outbox, f"c.V.ns{number}.x")
        for batch in taken(outbox):
            outbox.confirm([batch])
    assert outbox.epoch == "epoch1"
    put(outbox, "c.V.ns5.x")
    clock.now_s += 1
    (batch,) = taken(outbox)
    assert (batch.first, batch.epoch) == (0, "epoch1")


def test_stopping_flushes_what_waits_and_counts_what_is_given_up() -> None:
    outbox, _, _ = make(max_flows=10)
    for text in "123":
        put(outbox, text=text)
    first = taken(outbox)
    put(outbox, text="4")
    assert taken(outbox) == []
    outbox.flush()
    second = taken(outbox)
    assert len(second) == 1
    outbox.confirm(first[:1])
    outbox.give_back(second)
    assert outbox.abandon() == 1
    ledger, held_bytes, _ = outbox.snapshot()
    assert ledger.dropped[Drop.SHUTDOWN] == 1
    assert (ledger.unaccounted(), held_bytes) == (0, 0)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 3), st.integers(0, 900)),
        st.tuples(st.just("take"), st.integers(1, 4), st.just(0)),
        st.tuples(st.sampled_from(["confirm", "return", "refuse", "lose all"]), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("pass"), st.integers(1, 100), st.just(0)),
    ),
    max_size=120,
)


@given(_STEPS)
@settings(max_examples=300, deadline=None)
def test_the_ledger_adds_up_after_every_step_and_every_flow_ends_once(steps: list[tuple[str, int, int]]) -> None:
    outbox, clock, losses = make(max_flows=3, max_bytes=8_000)
    out: list[Batch] = []
    confirmed: list[str] = []
    number = 0
    for step, amount, size in steps:
        if step == "put":
            number += 1
            put(outbox, f"c.V.a.{amount}", json.dumps([number, "x" * size]), number)
        elif step == "take":
            out += [batch for batch in (outbox.take() for _ in range(amount)) if batch is not None]
        elif step == "pass":
            clock.now_s += amount / 1_000
        elif step == "lose all":
            outbox.give_back(out)
            out = []
        elif out:
            batch = out.pop(amount % len(out))
            if step == "confirm":
                confirmed += flows(batch)
                outbox.confirm([batch])
            else:
                outbox.give_back([batch], refused=step == "refuse")
        ledger, held_bytes, _ = outbox.snapshot()
        assert ledger.unaccounted() == 0
        assert ledger.in_flight >= 0
        assert held_bytes <= 8_000 + sum(batch.held_bytes() for batch in out)
    outbox.flush()
    out += taken(outbox)
    for batch in out:
        confirmed += flows(batch)
        outbox.confirm([batch])
    ledger, held_bytes, _ = outbox.snapshot()
    assert len(set(confirmed)) == len(confirmed) == ledger.confirmed
    assert (ledger.unaccounted(), ledger.in_flight, held_bytes, ledger.received) == (0, 0, 0, number)
    told = losses.tell()["total"]
    assert sum(told.values()) == sum(ledger.dropped.values())  # type: ignore[attr-defined]


def test_two_threads_lose_nothing_between_them() -> None:
    clock, losses = None, Losses(())
    outbox = Outbox(Limits(7, 0.001, 10_000_000), losses, lambda: "e")
    done = threading.Event()
    taken_flows: list[str] = []

    def send() -> None:
        while not (done.is_set() and outbox.empty()):
            batch = outbox.take()
            if batch is not None:
                taken_flows.extend(flows(batch))
                outbox.confirm([batch])

    sender = threading.Thread(target=send)
    sender.start()
    for number in range(20_000):
        put(outbox, f"c.V.a.{number % 13}", str(number))
    done.set()
    sender.join(20)
    assert clock is None
    assert sorted(map(int, taken_flows)) == list(range(20_000))
    assert outbox.snapshot()[0].unaccounted() == 0


def test_flows_are_put_down_while_the_other_thread_is_awake_and_wake_it_when_it_sleeps() -> None:
    outbox, clock, _ = make(max_flows=10)
    woken: list[float] = []
    outbox.on_wake(lambda: woken.append(clock.now_s))
    put(outbox)
    assert len(taken(outbox)) == 1
    put(outbox)
    assert outbox.snapshot()[0].in_flight == 2, "what was put down counts"
    assert outbox.next_due_s() == pytest.approx(0.05)
    assert woken == []
    put(outbox, "c.V.other.key")
    assert len(woken) == 1, "its batch is due before the other thread would look again"
    put(outbox, "c.V.third.key")
    assert len(woken) == 1, "it is awake now"
    assert len(taken(outbox)) == 2


def test_a_key_that_was_held_on_to_is_kept_again_after_a_new_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubble_adapter.outbox._MOST_KEYS", 3)
    outbox, clock, _ = make()
    held = outbox.key("c.V.a.b")
    outbox.put(held, b"1", 0)
    (batch,) = taken(outbox)
    outbox.confirm([batch])
    for number in range(3):
        put(outbox, f"c.V.x.{number}")
    again = outbox.key("c.V.a.b")
    clock.now_s += 1
    outbox.put(held, b"2", 0)
    outbox.put(again, b"3", 0)
    (batch,) = [one for one in taken(outbox) if one.key.name == "c.V.a.b"]
    assert body(batch) == {"v": 1, "cluster": "c", "epoch": outbox.epoch, "first": 0, "flows": [2, 3]}
    assert outbox.epoch != "epoch0"


def test_what_fell_out_is_gone_for_good_while_nobody_takes_anything() -> None:
    """Dropped batches once lived on in the queues until the broker came back: a gigabyte in ten minutes."""
    outbox, clock, _ = make(max_flows=10, max_bytes=100_000)
    for number in range(5_000):
        put(outbox, f"c.V.a.{number % 300}", json.dumps("x" * 1_000))
        clock.now_s += 0.001
    assert outbox.snapshot()[0].dropped[Drop.BUFFER_FULL] > 4_000
    batches = [one for one in gc.get_objects() if isinstance(one, Batch)]
    assert len(batches) < 2_000
    assert sum(batch.flow_bytes for batch in batches) < 300_000


def test_a_busy_key_keeps_no_quiet_one_waiting() -> None:
    """Full batches once left first, however old the others were: with a slow broker the quiet keys' flows fell out."""
    outbox, clock, _ = make(max_flows=2)
    for key in ("c.V.quiet.x", "c.V.busy.x"):
        put(outbox, key)
    taken(outbox)
    clock.now_s += 0.01
    put(outbox, "c.V.quiet.x", "1")
    outbox.snapshot()  # which takes it in before the time passes
    clock.now_s += 0.1
    for number in range(8):
        put(outbox, "c.V.busy.x", str(number))
    order = []
    for _ in range(3):
        batch = outbox.take()
        assert batch is not None
        order.append(batch.key.name)
    assert order == ["c.V.quiet.x", "c.V.busy.x", "c.V.busy.x"]


def test_what_is_confirmed_is_let_go_though_older_flows_wait() -> None:
    outbox, _, _ = make(max_flows=2, max_delay_s=60)
    put(outbox, "c.V.quiet.x")
    outbox.confirm(taken(outbox))
    put(outbox, "c.V.quiet.x")
    for number in range(1_000):
        put(outbox, "c.V.busier.x", json.dumps("x" * 1_000))
        outbox.confirm(taken(outbox))
    batches = [one for one in gc.get_objects() if isinstance(one, Batch) and one.key.name == "c.V.busier.x"]
    assert sum(len(part) for batch in batches for part in batch.flows + batch.packed) < 2_000
    assert outbox.snapshot()[0].in_flight == 2
