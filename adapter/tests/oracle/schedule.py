"""A seed -> a schedule: how the cluster behaves, and which fault happens when. Pure; the same seed, the same schedule.

Each 23 seeds in a row have every fault as the chief one of one of them; up to three others join it at random, and they
may overlap.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Fault", "NodePlan", "Schedule", "Step", "schedule"]


class Fault(str, Enum):
    """What is done to the adapter's surroundings, or to itself. `for_s` of a step is how long it lasts."""

    # The broker's side
    BROKER_KILLED = "broker killed"  # SIGKILL; booted again after for_s
    BROKER_CUT = "broker connection cut"  # a TCP reset
    BROKER_SILENT = "broker connection blackholed"  # both directions, no FIN
    BROKER_MUTE = "broker's answers swallowed"  # what the adapter sends still gets there
    MEMORY_ALARM = "memory alarm"
    EXCHANGE_DELETED = "exchange deleted"
    STATUS_EXCHANGE_DELETED = "status exchange deleted"
    # Hubble's side
    STREAM_CUT = "stream cut"
    STREAM_ENDED = "stream ended cleanly"
    STREAM_STALLED = "stream stalled"
    STREAM_DRIPPING = "stream dripping"
    RELAY_RESTARTED = "Relay restarted"
    RELAY_AND_NODES_RESTARTED = "Relay restarted, rings lost"
    RELAY_CUT = "Relay connection cut"  # a TCP reset
    RELAY_SILENT = "Relay connection blackholed"
    NODE_AWAY = "node away"  # its agent runs on; Relay takes it in again
    NODE_REBOOTED = "node rebooted"  # its ring is lost
    EVENTS_LOST = "events lost"  # `argument` names the source
    # The adapter itself
    ADAPTER_KILLED = "adapter killed"  # SIGKILL; started again after for_s
    RELOADED = "configuration reloaded"  # SIGHUP; `argument` names what changed
    # The load
    BURST = "burst"  # `amount` flows at once


# These hit everyone who uses the same broker.
BROKER_WIDE = (Fault.BROKER_KILLED, Fault.MEMORY_ALARM)

# The heaviest fault is the chief one of three seeds in a round of 23.
_CHIEFS = (*Fault, *[Fault.BROKER_KILLED] * 2)

_LOST_SOURCES = ("PERF_EVENT_RING_BUFFER", "OBSERVER_EVENTS_QUEUE", "UNKNOWN_LOST_EVENT_SOURCE")
_RELOADS = ("log level", "batches", "broker connection", "Hubble connection")
# A dead Hubble server is found within 16 s (hubble.py's heartbeat and its timeout).
_LONGER_THAN_HEARTBEAT_S = 17.0


@dataclass(frozen=True, slots=True)
class Step:
    """One fault, from `at_s` seconds after the first flow on, for `for_s` seconds (0: at once over)."""

    at_s: float
    fault: Fault
    for_s: float = 0.0
    argument: str = ""
    amount: int = 0

    def __str__(self) -> str:
        text = f"{self.at_s:5.2f} s  {self.fault.value}"
        if self.argument:
            text += f": {self.argument}"
        if self.amount:
            text += f", {self.amount}"
        return text + (f", for {self.for_s:.2f} s" if self.for_s else "")


@dataclass(frozen=True, slots=True)
class NodePlan:
    """A node whose clock runs `skew_s` seconds ahead."""

    name: str
    skew_s: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """How one trial goes.

    uuids: whether the agents give their flows uuids.
    padding_bytes: how much each flow carries to no purpose.
    settings: of the adapter, over the trial's own.
    """

    seed: int
    flows_per_second: int
    length_s: float
    nodes: tuple[NodePlan, ...]
    ring_capacity: int
    uuids: bool
    padding_bytes: int
    settings: dict[str, object] = field(hash=False)
    steps: tuple[Step, ...]

    @property
    def streams(self) -> int:
        """How many streams the adapter asks for: one for each worker, and for no more than there are nodes."""
        workers = self.settings.get("workers", 1)
        assert isinstance(workers, int)
        return min(workers, len(self.nodes))

    @property
    def own_broker(self) -> bool:
        """Whether a fault would hit others who use the same broker."""
        return any(step.fault in BROKER_WIDE for step in self.steps)

    def __str__(self) -> str:
        clocks = ", ".join(f"{node.name} {node.skew_s:+.1f} s" for node in self.nodes)
        head = (
            f"seed {self.seed}: {self.flows_per_second} flows/s for {self.length_s:.1f} s, nodes {clocks}, "
            f"rings of {self.ring_capacity}, {'uuids' if self.uuids else 'no uuids'}, {self.padding_bytes} bytes of "
            f"padding, settings {self.settings}"
        )
        return "\n".join([head, *(f"  {step}" for step in self.steps)])


def schedule(seed: int) -> Schedule:
    """Return the schedule of `seed`."""
    chance = random.Random(seed)
    chief = _CHIEFS[seed % len(_CHIEFS)]
    allowed = [fault for fault in Fault if chief in BROKER_WIDE or fault not in BROKER_WIDE]
    chosen = [chief, *chance.choices(allowed, k=chance.choice((0, 1, 1, 2, 3)))]
    nodes = tuple(NodePlan(f"node-{n + 1}", _clock_skew_s(chance)) for n in range(chance.choice((1, 2, 3))))
    while True:
        steps = tuple(sorted((_step(chance, fault, nodes) for fault in chosen), key=lambda step: step.at_s))
        if _possible(steps):
            break
    end_s = max(step.at_s + step.for_s for step in steps)
    return Schedule(
        seed=seed,
        flows_per_second=chance.choice((40, 150, 400)),
        length_s=round(max(7.0, end_s + 1.0), 2),
        nodes=nodes,
        ring_capacity=chance.choice((1023, 4095, 4095)),
        uuids=chance.random() < 0.8,
        padding_bytes=chance.choice((0, 0, 1_000)),
        settings=_settings(chance),
        steps=steps,
    )


def _clock_skew_s(chance: random.Random) -> float:
    """Most clocks are right, some a little off, and one in ten is wrong by far."""
    if chance.random() < 0.1:
        return chance.choice((600.0, 20.0, -20.0))
    return round(chance.choice((0.0, chance.uniform(-1.5, 1.5))), 1)


def _settings(chance: random.Random) -> dict[str, object]:
    settings: dict[str, object] = {
        "batch": {"max_flows": chance.choice((1, 20, 200)), "max_delay_ms": chance.choice((0, 50, 500))}
    }
    if chance.random() < 0.25:
        settings["buffer"] = {"max_bytes": 1_048_576}
    if chance.random() < 0.2:
        settings["rabbitmq"] = {"exchange_type": "fanout"}
    if chance.random() < 0.35:
        settings["workers"] = 2
        if "buffer" in settings:
            settings["buffer"] = {"max_bytes": 2 * 1_048_576}
    return settings


def _step(chance: random.Random, fault: Fault, nodes: tuple[NodePlan, ...]) -> Step:
    at_s = round(chance.uniform(1.0, 6.0), 2)
    for_s, argument, amount = 0.0, "", 0
    if fault is Fault.BROKER_KILLED:
        for_s = chance.uniform(0.2, 3.0)
    elif fault in (Fault.BROKER_SILENT, Fault.BROKER_MUTE, Fault.MEMORY_ALARM, Fault.STREAM_DRIPPING):
        for_s = chance.uniform(0.5, 6.0)
    elif fault in (Fault.STREAM_STALLED, Fault.RELAY_SILENT):
        long = chance.random() < 0.3
        for_s = chance.uniform(_LONGER_THAN_HEARTBEAT_S, 20.0) if long else chance.uniform(0.5, 5.0)
    elif fault in (Fault.RELAY_RESTARTED, Fault.RELAY_AND_NODES_RESTARTED):
        for_s = chance.uniform(0.1, 2.0)
    elif fault is Fault.ADAPTER_KILLED:
        for_s = chance.uniform(0.1, 3.0)
    elif fault in (Fault.NODE_AWAY, Fault.NODE_REBOOTED):
        argument, for_s = chance.choice(nodes).name, chance.uniform(0.3, 4.0)
    elif fault is Fault.EVENTS_LOST:
        argument, amount = chance.choice(_LOST_SOURCES), chance.choice((1, 17, 300))
    elif fault is Fault.RELOADED:
        argument = chance.choice(_RELOADS)
    elif fault is Fault.BURST:
        amount = chance.choice((500, 3_000, 6_000))
    return Step(at_s, fault, round(for_s, 2), argument, amount)


def _possible(steps: tuple[Step, ...]) -> bool:
    """A fault cannot begin again before it is over, nor can Relay do anything while it is down."""
    exclusive = (
        (Fault.BROKER_KILLED, Fault.MEMORY_ALARM),
        (Fault.NODE_AWAY, Fault.NODE_REBOOTED, Fault.RELAY_AND_NODES_RESTARTED, Fault.RELAY_RESTARTED),
        (Fault.STREAM_STALLED,),
        (Fault.STREAM_DRIPPING,),
        (Fault.BROKER_SILENT,),
        (Fault.BROKER_MUTE,),
        (Fault.RELAY_SILENT,),
        (Fault.ADAPTER_KILLED, Fault.RELOADED),
    )
    for group in exclusive:
        mine = [step for step in steps if step.fault in group]
        for before, after in zip(mine, mine[1:]):
            if after.at_s < before.at_s + before.for_s + 0.5:
                return False
    return True
