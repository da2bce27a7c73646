"""The judge can fail: each kind of lie in a made-up history is found, and an honest history passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.oracle.history import NANOSECONDS, Arrival, Disturbance, History, LostEvents, Sent, unix_ns
from tests.oracle.oracle import judge

START_NS = 1_700_000_000 * NANOSECONDS
KEY = "c.FORWARDED.shop.pay"


def at(second: float) -> int:
    return START_NS + int(second * NANOSECONDS)


def text(second: float) -> str:
    return f"2023-11-14T22:13:{20 + second:09.6f}Z"


def status(
    confirmed: int, *losses: dict[str, Any], adapter: str = "a-1", epoch: str = "e", **ledger: Any
) -> dict[str, Any]:
    totals: dict[str, int] = {}
    for loss in losses:
        totals[loss["source"]] = totals.get(loss["source"], 0) + (1 if loss["count"] is None else loss["count"])
    drops = {source: count for source, count in totals.items() if source == "buffer_full"}
    parts = {"confirmed": confirmed, "filtered": 0, "duplicates": 0, "in_flight": 0, "dropped": drops} | ledger
    received = sum(value for name, value in parts.items() if name not in ("dropped", "received"))
    return {
        "id": adapter,
        "epoch": epoch,
        "ledger": {"received": received + sum(parts["dropped"].values())} | parts,
        "losses": {"total": totals, "recent": list(losses)},
    }


def loss(
    source: str, count: int | None, first: float, last: float, node: str | None = "n1", n: int = 0
) -> dict[str, Any]:
    told = {"n": n, "source": source, "count": count, "first": text(first), "last": text(last)}
    return told | ({"node": node} if node else {})


def sent(count: int, node: str = "n1", begin: int = 0) -> list[Sent]:
    """Flows of one node, a tenth of a second apart."""
    return [Sent(n, node, at(n / 10), at(n / 10)) for n in range(begin, begin + count)]


def arrivals(*numbers: int, epoch: str = "e", first: int = 0, size: int = 5) -> list[Arrival]:
    return [
        Arrival(epoch, KEY, first + index, tuple(numbers[index : index + size]))
        for index in range(0, len(numbers), size)
    ]


def all_well() -> History:
    return History(sent(30), arrivals(*range(30)), [status(10), status(30)])


def without(*numbers: int) -> History:
    """A history in which these were lost, and nobody said so."""
    left = [n for n in range(30) if n not in numbers]
    return History(sent(30), arrivals(*left), [status(len(left))])


def found(history: History, *words: str) -> None:
    findings = judge(history)
    assert len(findings) == 1, findings
    assert all(word in findings[0] for word in words), findings


def test_an_honest_history_passes() -> None:
    assert judge(all_well()) == []


def test_times_are_read_to_the_nanosecond() -> None:
    assert unix_ns("2023-11-14T22:13:20Z") == START_NS
    assert unix_ns("2023-11-14T22:13:20.000000001Z") == START_NS + 1
    assert unix_ns(text(1.5)) == at(1.5)


def test_a_flow_lost_without_a_word_is_found() -> None:
    found(without(7), "1 flows were lost without a word", "7 of n1")


def test_a_told_loss_excuses_what_lies_inside() -> None:
    history = without(7, 8)
    history.statuses = [status(28, loss("gap", None, 0.6, 0.9))]
    assert judge(history) == []


def test_a_loss_told_with_a_wrong_range_excuses_nothing() -> None:
    history = without(7)
    history.disturbances = [Disturbance("node away", at(0), at(1), holes=True)]
    for first, last in ((0.71, 0.9), (0.3, 0.69), (1.7, 1.8)):
        history.statuses = [status(29, loss("gap", None, first, last))]
        found(history, "lost without a word")


def test_a_loss_of_another_node_excuses_nothing() -> None:
    history = without(7)
    history.disturbances = [Disturbance("node away", at(0), at(1), holes=True)]
    history.statuses = [status(29, loss("gap", None, 0, 2, node="n2"))]
    found(history, "lost without a word")
    history.statuses = [status(29, loss("gap", None, 0, 2, node=None))]
    assert judge(history) == []


def test_a_loss_excuses_no_more_flows_than_it_counts() -> None:
    history = without(7, 8, 9)
    history.statuses = [status(27, loss("buffer_full", 2, 0.5, 1.0))]
    found(history, "1 flows were lost without a word", "9 of n1")
    history.statuses = [status(27, loss("buffer_full", 3, 0.5, 1.0))]
    assert judge(history) == []


def test_room_in_overlapping_losses_is_used_well() -> None:
    history = without(7, 12)
    wide, narrow = loss("buffer_full", 1, 0.5, 2.0, n=0), loss("buffer_full", 1, 0.5, 1.0, n=1)
    history.statuses = [status(28, wide, narrow)]
    assert judge(history) == []


def test_events_that_never_were_flows_excuse_no_missing_flow() -> None:
    history = without(7)
    history.statuses = [status(29, loss("PERF_EVENT_RING_BUFFER", 5, 0, 2))]
    found(history, "lost without a word")


def test_a_gap_that_was_none_is_found() -> None:
    history = all_well()
    history.statuses = [status(30, loss("gap", None, 0.6, 0.9))]
    found(history, "a loss was told that was none")
    history.disturbances = [Disturbance("node away", at(0), at(1), holes=True, node="n1")]
    assert judge(history) == []


def test_a_loss_that_no_status_told_is_found() -> None:
    history = without(7)
    history.statuses = [status(29, loss("gap", None, 0.6, 0.9, n=2))]
    found(history, "losses [0, 1] of a-1 were never told")


def test_totals_that_the_single_losses_do_not_make_up_are_found() -> None:
    history = without(7, 8)
    told = status(28, loss("buffer_full", 2, 0.5, 1.0))
    told["losses"]["total"]["buffer_full"] = 3
    history.statuses = [told]
    assert any("2 told one by one, 3 in total" in finding for finding in judge(history))


def test_a_ledger_that_does_not_add_up_is_found() -> None:
    history = all_well()
    history.statuses.insert(1, status(10, received=11))
    found(history, "does not add up")


def test_a_ledger_that_runs_backwards_is_found() -> None:
    history = all_well()
    history.statuses.insert(0, status(11))
    found(history, "runs backwards")


def test_flows_in_flight_at_the_end_are_found() -> None:
    history = all_well()
    history.statuses.append(status(30, in_flight=1))
    found(history, "still in flight")


def test_confirmed_flows_that_did_not_arrive_are_found() -> None:
    history = without(29)
    history.statuses = [status(30, loss("gap", None, 2.9, 3.0))]
    found(history, "30 flows were confirmed, and 29 arrived")


def test_a_silent_adapter_is_found() -> None:
    history = all_well()
    history.statuses = []
    found(history, "no status message")


def test_what_was_never_sent_is_found() -> None:
    history = all_well()
    history.arrivals += arrivals(99, first=30)
    found(history, "flow 99 arrived and was never sent")


def test_a_batch_sent_again_needs_a_fault_of_the_brokers_side() -> None:
    history = all_well()
    history.arrivals.append(history.arrivals[3])
    found(history, "sent again without a reason", "flows 15 to 19")
    history.disturbances = [Disturbance("stream cut", at(1.6), at(1.6))]
    found(history, "sent again without a reason")
    history.disturbances = [Disturbance("broker cut", at(1.6), at(1.6), repeats=True)]
    assert judge(history) == []
    history.disturbances = [Disturbance("broker cut", at(60), at(61), repeats=True)]
    found(history, "sent again without a reason")


def test_faults_that_follow_each_other_are_judged_as_one() -> None:
    history = all_well()
    history.arrivals.append(history.arrivals[0])
    late = Disturbance("broker cut", at(30), at(30), repeats=True)
    history.disturbances = [late]
    found(history, "sent again without a reason")
    history.disturbances = [Disturbance("stream stalled", at(1), at(20)), late]
    assert judge(history) == [], "the stall delayed the flows that the cut then hit"


def test_more_repeats_than_the_window_are_found() -> None:
    history = History(sent(1_000), arrivals(*range(1_000), size=1), [status(1_000)])
    history.disturbances = [Disturbance("broker cut", at(50), at(50), repeats=True)]
    history.sent = [replace(flow, at_ns=at(50)) for flow in history.sent]
    history.arrivals += history.arrivals[:512]
    assert judge(history) == []
    history.arrivals.append(history.arrivals[0])
    found(history, "513 batches sent again around 1 faults")


def test_a_flow_published_twice_in_one_run_is_found() -> None:
    history = all_well()
    history.disturbances = [Disturbance("broker cut", at(1), at(1), repeats=True)]
    history.arrivals += arrivals(7, first=30)
    history.statuses.append(status(31))
    findings = judge(history)
    assert "flow 7 arrived twice from one run" in findings[0]


def test_a_killed_adapter_repeats_no_more_than_it_may() -> None:
    begun = History(sent(400), arrivals(*range(400)), [status(400)], resume_skew_s=5.0)
    begun.statuses.append(status(0, adapter="a-2", epoch="f"))
    begun.disturbances = [Disturbance("adapter killed", at(39), at(39.5), restarts=True)]
    history = replace(begun, arrivals=begun.arrivals + arrivals(*range(300, 400), epoch="f"))
    assert judge(history) == []
    history = replace(begun, arrivals=begun.arrivals + arrivals(*range(270, 275), epoch="f"))
    assert len(judge(history)) == 5
    assert "though no resume goes so far back" in judge(history)[0]


def test_a_repeat_from_two_runs_without_a_restart_is_found() -> None:
    history = all_well()
    history.arrivals += arrivals(7, epoch="f")
    found(history, "from two runs")


def test_an_ordinal_that_names_two_flows_is_found() -> None:
    history = all_well()
    history.arrivals[-1] = replace(history.arrivals[-1], first=24)
    assert any("an ordinal names two flows" in finding for finding in judge(history))


def test_flows_of_one_node_out_of_order_are_found() -> None:
    history = all_well()
    history.arrivals = arrivals(*range(10), 11, 10, *range(12, 30))
    found(history, "flow 10 of n1", "stands after 11")
    history.sent = [replace(flow, node="n2") if flow.number == 10 else flow for flow in history.sent]
    assert judge(history) == [], "nodes have no order among each other"


def test_events_that_a_node_lost_must_be_told_once() -> None:
    history = all_well()
    history.lost_events = [LostEvents("PERF_EVENT_RING_BUFFER", "n1", 5), LostEvents("PERF_EVENT_RING_BUFFER", "n1", 2)]
    found(history, "n1 lost 7 events", "and 0 were told")
    history.statuses = [status(30, loss("PERF_EVENT_RING_BUFFER", 7, 0, 1))]
    assert judge(history) == []
    history.statuses = [status(30, loss("PERF_EVENT_RING_BUFFER", 9, 0, 1))]
    found(history, "some twice")
