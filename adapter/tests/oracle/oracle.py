"""The judge: a history in, and out, in words, what must not have happened. Pure.

What it holds the adapter to:
- every flow that was in a node's ring was delivered, or lies inside a loss that a status message told: of its node or
  of all, with its time in the range, and no more flows than the loss counts;
- nothing arrives that was not sent, nothing twice but for a reason: a batch as such again around a fault of the
  broker's side, and at most one window of them a fault; other repeats only around the death of the adapter, and no
  further back than it may resume;
- ordinals begin at 0 and name one flow each, and the flows of one node keep their order under each key;
- the ledger adds up in each status message and never runs backwards; no told loss is skipped; what it says was
  confirmed did arrive; and at the end nothing is in flight;
- no loss is told that was none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from tests.oracle.history import NANOSECONDS, Arrival, Disturbance, History, Sent, Told, clock, told_losses

__all__ = ["judge"]

# The adapter's window of unconfirmed messages (window.py).
_WINDOW_MESSAGES = 512
# How long a flow may be on its way when all is well, and a recovery may take beyond the end of a fault: on a machine
# whose two cores boot a broker at the same time.
_ON_ITS_WAY_NS = 3 * NANOSECONDS
_RECOVERY_NS = 20 * NANOSECONDS
# The position is saved once a second, and once more for a machine that is busy.
_SAVED_EVERY_NS = 3 * NANOSECONDS
# What never was a flow, and so cannot be missing.
_HUBBLE_SOURCES = ("PERF_EVENT_RING_BUFFER", "OBSERVER_EVENTS_QUEUE", "UNKNOWN_LOST_EVENT_SOURCE")


def judge(history: History) -> list[str]:
    """Return what is wrong with `history`, a line each; nothing where all is well."""
    told = list(told_losses(history.statuses))
    delivered, findings = _place(history)
    findings += _ledgers(history.statuses)
    findings += _losses_skipped(history.statuses, told)
    missing = [flow for flow in history.sent if flow.number not in delivered]
    findings += _untold(missing, told)
    findings += _false_alarms(missing, told, history)
    findings += _confirmed_but_gone(history)
    findings += _events_untold(history, told)
    return findings


# What arrived


def _place(history: History) -> tuple[set[int], list[str]]:
    """Put every flow in its place; return the numbers that arrived, and what is wrong with where they did."""
    findings: list[str] = []
    sent = {flow.number: flow for flow in history.sent}
    chains = _chains(history.disturbances)
    places: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    epochs: dict[int, str] = {}
    repeated: Counter[int] = Counter()
    for arrival in history.arrivals:
        place = places[arrival.epoch, arrival.key]
        ordinals = range(arrival.first, arrival.first + len(arrival.numbers))
        here = [place.get(ordinal) for ordinal in ordinals]
        if list(arrival.numbers) == here:
            number = _chain_of_repeat(arrival, sent, chains)
            if number is None:
                findings.append(f"sent again without a reason: {_name(arrival)}")
            else:
                repeated[number] += 1
            continue
        if any(number is not None for number in here):
            findings.append(f"an ordinal names two flows: {_name(arrival)}")
        for ordinal, number in zip(ordinals, arrival.numbers):
            place[ordinal] = number
            if number not in sent:
                findings.append(f"flow {number} arrived and was never sent")
            elif number not in epochs:
                epochs[number] = arrival.epoch
            elif epochs[number] == arrival.epoch:
                findings.append(f"flow {number} arrived twice from one run: {_name(arrival)}")
            elif not _may_repeat_after_restart(sent[number], chains, history):
                findings.append(f"flow {_flow(sent[number])} arrived from two runs, though no resume goes so far back")
    for number, count in repeated.items():
        faults = sum(one.repeats for one in chains[number])
        if count > faults * _WINDOW_MESSAGES:
            findings.append(f"{count} batches sent again around {faults} faults: more than the window lets be")
    findings += _out_of_order(places, sent)
    return set(epochs), findings


def _chains(disturbances: Iterable[Disturbance]) -> list[list[Disturbance]]:
    """Join disturbances that follow each other before the adapter can have recovered."""
    chains: list[list[Disturbance]] = []
    until_ns = 0
    for one in sorted(disturbances, key=lambda one: one.began_ns):
        if not chains or one.began_ns > until_ns + _RECOVERY_NS:
            chains.append([])
        chains[-1].append(one)
        until_ns = max(until_ns, one.ended_ns)
    return chains


def _span(chain: list[Disturbance]) -> tuple[int, int]:
    """Return when flows were sent that the chain may have hit."""
    return chain[0].began_ns - _ON_ITS_WAY_NS, max(one.ended_ns for one in chain) + _RECOVERY_NS


def _chain_of_repeat(arrival: Arrival, sent: dict[int, Sent], chains: list[list[Disturbance]]) -> int | None:
    times = [sent[number].at_ns for number in arrival.numbers if number in sent]
    for number, chain in enumerate(chains):
        began_ns, ended_ns = _span(chain)
        if any(one.repeats for one in chain) and times and began_ns <= min(times) and max(times) <= ended_ns:
            return number
    return None


def _may_repeat_after_restart(flow: Sent, chains: list[list[Disturbance]], history: History) -> bool:
    back_ns = int(history.resume_skew_s * NANOSECONDS) + _SAVED_EVERY_NS + _clocks_apart_ns(history)
    for chain in chains:
        if any(one.restarts for one in chain):
            began_ns, ended_ns = _span(chain)
            if began_ns - back_ns <= flow.at_ns <= ended_ns:
                return True
    return False


def _clocks_apart_ns(history: History) -> int:
    """Return how far the clocks are apart: a resume goes by flow times, and asks all nodes the same."""
    ahead = [0, *(flow.time_ns - flow.at_ns for flow in history.sent)]
    return max(ahead) - min(ahead)


def _out_of_order(places: dict[tuple[str, str], dict[int, int]], sent: dict[int, Sent]) -> Iterator[str]:
    for (epoch, key), place in places.items():
        newest: dict[str, int] = {}
        for ordinal in sorted(place):
            flow = sent.get(place[ordinal])
            if flow is None:
                continue
            if flow.number < newest.get(flow.node, -1):
                yield f"flow {_flow(flow)} stands after {newest[flow.node]} under {key} of {epoch}, at {ordinal}"
                break
            newest[flow.node] = flow.number


# What was told


def _ledgers(statuses: list[dict[str, Any]]) -> Iterator[str]:
    newest: dict[str, dict[str, Any]] = {}
    for status in statuses:
        ledger = status["ledger"]
        parts = sum(ledger[part] for part in ("confirmed", "filtered", "duplicates", "in_flight"))
        if ledger["received"] != parts + sum(ledger["dropped"].values()):
            yield f"the ledger does not add up: {ledger}"
        before = newest.get(status["id"], ledger)
        if any(ledger[part] < before[part] for part in ("received", "confirmed", "filtered", "duplicates")):
            yield f"the ledger runs backwards: {before}, then {ledger}"
        newest[status["id"]] = ledger
    if not statuses:
        yield "no status message arrived"
    elif statuses[-1]["ledger"]["in_flight"]:
        yield f"at the end flows are still in flight: {statuses[-1]['ledger']}"


def _losses_skipped(statuses: list[dict[str, Any]], told: list[Told]) -> Iterator[str]:
    """Every loss must be told one by one, and the totals and the ledger's drops must be their sum."""
    for adapter in {status["id"] for status in statuses}:
        mine = [loss for loss in told if loss.adapter == adapter]
        skipped = set(range(max((loss.n for loss in mine), default=-1) + 1)) - {loss.n for loss in mine}
        if skipped:
            yield f"losses {sorted(skipped)} of {adapter} were never told"
            continue
        last = [status for status in statuses if status["id"] == adapter][-1]
        for source, total in last["losses"]["total"].items():
            # One entry may stand for several gaps of the same second.
            count = sum(loss.count or 0 for loss in mine if loss.source == source)
            if count != total and source != "gap":
                yield f"{source}: {count} told one by one, {total} in total"
        # The two are drawn one after the other: while flows come in, they may differ by what came in between.
        for reason, dropped in last["ledger"]["dropped"].items():
            if last is statuses[-1] and dropped != last["losses"]["total"].get(reason, 0):
                yield f"the ledger of {adapter} has {dropped} dropped as {reason}, the losses do not"


def _untold(missing: list[Sent], told: list[Told]) -> Iterator[str]:
    """Give every missing flow its place in a told loss: the one that ends first of those with room left."""
    room = {loss: loss.count for loss in told if loss.first_ns and loss.source not in _HUBBLE_SOURCES}
    silent: list[Sent] = []
    for flow in sorted(missing, key=lambda flow: flow.time_ns):
        covering = [loss for loss in room if loss.covers(flow)]
        if any(room[loss] is None for loss in covering):
            continue
        with_room = [loss for loss in covering if room[loss]]
        if not with_room:
            silent.append(flow)
            continue
        chosen = min(with_room, key=lambda loss: (loss.node == "", loss.last_ns))
        room[chosen] = (room[chosen] or 0) - 1
    if silent:
        shown = ", ".join(_flow(flow) for flow in silent[:5])
        yield f"{len(silent)} flows were lost without a word, as {shown}; told were: {_list(told)}"


def _false_alarms(missing: list[Sent], told: list[Told], history: History) -> Iterator[str]:
    """A gap must hold a missing flow, or a time at which a node was away."""
    slack_ns = _RECOVERY_NS + _clocks_apart_ns(history)
    for loss in told:
        if loss.source != "gap" or any(loss.covers(flow) for flow in missing):
            continue
        if not any(
            one.holes
            and one.node in ("", loss.node)
            and loss.first_ns - slack_ns <= one.ended_ns
            and one.began_ns <= loss.last_ns + slack_ns
            for one in history.disturbances
        ):
            yield f"a loss was told that was none: {loss}"


def _confirmed_but_gone(history: History) -> Iterator[str]:
    arrived: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    for arrival in history.arrivals:
        for ordinal in range(arrival.first, arrival.first + len(arrival.numbers)):
            # A worker's epochs begin with the one that the status names.
            arrived[arrival.epoch.partition("-")[0]].add((arrival.epoch, arrival.key, ordinal))
    last = {status["epoch"]: status["ledger"]["confirmed"] for status in history.statuses}
    for epoch, confirmed in last.items():
        if confirmed > len(arrived[epoch]):
            yield f"run {epoch} says that {confirmed} flows were confirmed, and {len(arrived[epoch])} arrived"


def _events_untold(history: History, told: list[Told]) -> Iterator[str]:
    lost: Counter[tuple[str, str]] = Counter()
    for one in history.lost_events:
        lost[one.source, one.node] += one.count
    for (source, node), count in lost.items():
        counted = sum(loss.count or 0 for loss in told if loss.source == source and loss.node == node)
        if counted < count:
            yield f"{node} lost {count} events ({source}), and {counted} were told"
        elif counted > count and len({loss.adapter for loss in told}) == 1:
            yield f"{node} lost {count} events ({source}), and {counted} were told: some twice"


# In words


def _name(arrival: Arrival) -> str:
    numbers = arrival.numbers
    return f"flows {numbers[0]} to {numbers[-1]} under {arrival.key} of {arrival.epoch}, from ordinal {arrival.first}"


def _flow(flow: Sent) -> str:
    return f"{flow.number} of {flow.node} at {clock(flow.time_ns)}"


def _list(told: list[Told]) -> str:
    return "; ".join(str(loss) for loss in told[:20]) or "nothing"
