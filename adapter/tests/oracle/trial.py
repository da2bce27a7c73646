"""One schedule played: a mock Hubble server, the adapter and a broker, each behind a proxy from the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
from mock_hubble.hubble import MockHubble
from mock_hubble.stream import Timing

from stack.broker import PrivateBroker
from tests.broker.kit import Adapter, wait_for
from tests.oracle.collector import ADAPTER, TESTER, Collector
from tests.oracle.history import NANOSECONDS, Disturbance, History, LostEvents
from tests.oracle.load import Load
from tests.oracle.oracle import judge
from tests.oracle.proxy import Proxy
from tests.oracle.schedule import BROKER_WIDE, Fault, Schedule, Step

__all__ = ["Outcome", "play"]

# Relay's own intervals are 10 s and 2 s: shortened, the order of things stays as it is.
_TIMING = Timing(error_window_ns=NANOSECONDS, peer_refresh_ns=NANOSECONDS // 2)
# How long a recovery may take: the adapter's slowest way to notice is 16 s, its slowest to log in 10 s.
_RECOVERY_S = 60.0
_BOOT_S = 90.0
# How old a killed adapter's position may be, and how long the next one takes to read on a busy machine.
_POSITION_AGE_S, _START_S = 1.5, 2.5
# After the last fault, for what Relay tells late.
_LINGER_S = 2.5

_REPEATS = {
    Fault.BROKER_KILLED,
    Fault.BROKER_CUT,
    Fault.BROKER_SILENT,
    Fault.BROKER_MUTE,
    Fault.EXCHANGE_DELETED,
    Fault.STATUS_EXCHANGE_DELETED,
    Fault.ADAPTER_KILLED,
}
_HOLES = {Fault.RELAY_AND_NODES_RESTARTED, Fault.NODE_REBOOTED, Fault.NODE_AWAY}


@dataclass(frozen=True, slots=True)
class Outcome:
    """findings: what was wrong, a line each. story: what was done when, and what the adapter said of it."""

    findings: list[str]
    story: str
    flows: int
    lost: int
    repeated: int
    seconds: float


def play(plan: Schedule, broker: PrivateBroker, folder: Path) -> Outcome:
    """Play `plan` against a running broker that `prepare` was called for; it runs again when this returns.

    Call it on a thread that outlives the broker, which may be booted again here.
    """
    trial = _Trial(plan, broker, folder)
    try:
        return trial.run()
    finally:
        trial.close()


class _Trial:
    def __init__(self, plan: Schedule, broker: PrivateBroker, folder: Path) -> None:
        self._plan = plan
        self._broker = broker
        self._began_s = time.monotonic()
        self._began_ns = 0
        cluster = f"s{plan.seed}"
        skews_s = {f"{cluster}/{node.name}": node.skew_s for node in plan.nodes}
        self._nodes = {node.name: f"{cluster}/{node.name}" for node in plan.nodes}
        self._hubble = MockHubble(
            nodes=tuple(skews_s), ring_capacity=plan.ring_capacity, timing=_TIMING, skew_seconds=skews_s
        )
        self._hubble.start()
        self._to_hubble = Proxy(self._hubble.address)
        self._to_broker = Proxy(f"127.0.0.1:{broker.amqp_port}")
        self._exchanges = {kind: f"oracle-{cluster}-{kind}" for kind in ("flows", "status")}
        self._adapter = self._make_adapter(folder, cluster)
        self._load = Load(self._hubble, skews_s, plan)
        self._collector = Collector(broker, cluster)
        self._disturbances: list[Disturbance] = []
        self._begun_ns: dict[Step, int] = {}
        self._lost_events: list[LostEvents] = []
        self._booting: threading.Thread | None = None
        self._booted_ns = 0

    def _make_adapter(self, folder: Path, cluster: str) -> Adapter:
        adapter = Adapter(folder, self._broker, self._to_hubble.address)
        state = folder / "state"
        state.mkdir()
        settings = dict(self._plan.settings)
        broker = settings.pop("rabbitmq", {})
        assert isinstance(broker, dict)
        adapter.settings |= settings
        adapter.settings |= {"cluster": cluster, "reconnect_max_seconds": 1, "state_directory": str(state)}
        adapter.settings["rabbitmq"] |= broker | {
            "url": f"amqp://{ADAPTER.name}@{self._to_broker.address}/hubble",
            "exchange_name": self._exchanges["flows"],
            "status_exchange_name": self._exchanges["status"],
            "heartbeat_seconds": 5,
            "confirm_timeout_seconds": 3,
        }
        return adapter

    def run(self) -> Outcome:
        self._adapter.start()
        self._adapter.says("part=broker event=ready", 40)
        self._hubble.wait_for_streams(self._plan.streams, timeout_seconds=40)
        self._began_ns = time.time_ns()
        self._load.start()
        for at_s, action, step in self._timeline():
            self._wait_until(at_s)
            self._do(action, step)
        self._wait_until(self._plan.length_s)
        findings = self._settle()
        if self._adapter.running and (code := self._adapter.stop()):
            findings.append(f"the adapter ended with exit code {code}")
        if not self._collector.finish(30):
            findings.append("the collector did not come to the end of its stream")
        history = self._history()
        findings += self._collector.faults + judge(history)
        arrived = sum(len(arrival.numbers) for arrival in history.arrivals)
        return Outcome(
            findings,
            self._story(),
            len(history.sent),
            len(history.sent) - len(self._collector.numbers),
            arrived - len(self._collector.numbers),
            time.monotonic() - self._began_s,
        )

    def close(self) -> None:
        self._load.stop()
        self._adapter.kill()
        self._collector.close()
        self._to_broker.close()
        self._to_hubble.close()
        self._hubble.stop()
        if not self._broker.running:
            self._broker.start()
        with self._broker.connect(TESTER.name) as connection:
            for exchange in self._exchanges.values():
                connection.channel().exchange_delete(exchange)

    # The faults

    def _timeline(self) -> list[tuple[float, str, Step]]:
        begins = [(step.at_s, "begin", step) for step in self._plan.steps]
        ends = [(step.at_s + step.for_s, "end", step) for step in self._plan.steps if step.for_s]
        return sorted(begins + ends, key=lambda one: one[0])

    def _wait_until(self, at_s: float) -> None:
        time.sleep(max(0.0, at_s - (time.time_ns() - self._began_ns) / NANOSECONDS))

    def _do(self, action: str, step: Step) -> None:
        if action == "begin":
            self._begun_ns[step] = time.time_ns()
            self._begin(step)
        else:
            self._end(step)
        if action == "end" or not step.for_s:
            broker_anew = step.fault is Fault.RELOADED and step.argument == "broker connection"
            self._disturbances.append(
                Disturbance(
                    step.fault.value,
                    self._begun_ns[step],
                    time.time_ns(),
                    repeats=step.fault in _REPEATS or broker_anew,
                    restarts=step.fault is Fault.ADAPTER_KILLED,
                    holes=step.fault in _HOLES or self._overruns(step),
                    node=self._nodes.get(step.argument, ""),
                )
            )

    def _overruns(self, step: Step) -> bool:
        """Tell whether the rings may turn over from the last saved position until a killed adapter reads again: what it
        had had confirmed in between, it cannot know.
        """
        flows = (_POSITION_AGE_S + step.for_s + _START_S) * self._plan.flows_per_second / len(self._plan.nodes)
        return step.fault is Fault.ADAPTER_KILLED and flows > self._plan.ring_capacity

    def _begin(self, step: Step) -> None:
        hubble, fault = self._hubble, step.fault
        if fault in BROKER_WIDE and self._booting:
            self._booting.join()
        actions: dict[Fault, Callable[[], object]] = {
            Fault.BROKER_KILLED: self._kill_broker,
            Fault.BROKER_CUT: self._to_broker.cut,
            Fault.BROKER_SILENT: lambda: self._to_broker.blackhole(True),
            Fault.BROKER_MUTE: lambda: self._to_broker.mute(True),
            Fault.MEMORY_ALARM: self._broker.block_publishers,
            Fault.EXCHANGE_DELETED: lambda: self._delete(self._exchanges["flows"]),
            Fault.STATUS_EXCHANGE_DELETED: lambda: self._delete(self._exchanges["status"]),
            Fault.STREAM_CUT: hubble.cut,
            Fault.STREAM_ENDED: lambda: hubble.cut(grpc.StatusCode.OK),
            Fault.STREAM_STALLED: hubble.stall,
            Fault.STREAM_DRIPPING: lambda: hubble.drip(0.02),
            Fault.RELAY_RESTARTED: lambda: hubble.restart(step.for_s, keep_rings=True),
            Fault.RELAY_AND_NODES_RESTARTED: lambda: hubble.restart(step.for_s, keep_rings=False),
            Fault.RELAY_CUT: self._to_hubble.cut,
            Fault.RELAY_SILENT: lambda: self._to_hubble.blackhole(True),
            Fault.NODE_AWAY: lambda: hubble.node_down(self._nodes[step.argument]),
            Fault.NODE_REBOOTED: lambda: self._turn_off(self._nodes[step.argument]),
            Fault.EVENTS_LOST: lambda: self._lose_events(step),
            Fault.ADAPTER_KILLED: self._adapter.kill,
            Fault.RELOADED: lambda: self._reload(step.argument),
            Fault.BURST: lambda: self._load.burst(step.amount),
        }
        actions[fault]()

    def _end(self, step: Step) -> None:
        hubble = self._hubble
        actions: dict[Fault, Callable[[], object]] = {
            Fault.BROKER_KILLED: self._boot_broker,
            Fault.BROKER_SILENT: lambda: self._to_broker.blackhole(False),
            Fault.BROKER_MUTE: lambda: self._to_broker.mute(False),
            Fault.MEMORY_ALARM: self._broker.unblock_publishers,
            Fault.STREAM_STALLED: lambda: hubble.stall(False),
            Fault.STREAM_DRIPPING: lambda: hubble.drip(0.0),
            Fault.RELAY_SILENT: lambda: self._to_hubble.blackhole(False),
            Fault.NODE_AWAY: lambda: hubble.node_up(self._nodes[step.argument], keep_ring=True),
            Fault.NODE_REBOOTED: lambda: self._turn_on(self._nodes[step.argument]),
            Fault.ADAPTER_KILLED: self._adapter.start,
        }
        if step.fault in actions:
            actions[step.fault]()

    def _kill_broker(self) -> None:
        self._broker.kill()
        self._to_broker.refuse(True)
        wait_for("the collector to notice", lambda: not self._collector.wait_attached(0))

    def _boot_broker(self) -> None:
        """Boot the broker, and let the adapter in once the stream takes messages.

        RabbitMQ opens its port before that, and confirms what it then cannot route to the stream: its fault, not the
        adapter's, which does all that a publisher can.
        """
        self._broker.launch()
        self._booting = threading.Thread(target=self._open_when_kept, name="boot", daemon=True)
        self._booting.start()

    def _open_when_kept(self) -> None:
        if self._collector.wait_attached(_BOOT_S):
            self._booted_ns = time.time_ns()
            self._to_broker.refuse(False)

    def _delete(self, exchange: str) -> None:
        if self._broker.running and self._broker.ready():
            with self._broker.connect(TESTER.name) as connection:
                connection.channel().exchange_delete(exchange)

    def _turn_off(self, node: str) -> None:
        self._load.down(node)
        self._hubble.node_down(node)

    def _turn_on(self, node: str) -> None:
        self._hubble.node_up(node, keep_ring=False)
        self._load.up(node)

    def _lose_events(self, step: Step) -> None:
        node, now_ns = next(iter(self._nodes.values())), time.time_ns()
        self._hubble.lost(step.amount, source=step.argument, node=node, first_ns=now_ns - NANOSECONDS, last_ns=now_ns)
        self._lost_events.append(LostEvents(step.argument, node, step.amount))

    def _reload(self, what: str) -> None:
        settings = self._adapter.settings
        if what == "log level":
            settings["log_level"] = "debug"
        elif what == "batches":
            settings["batch"] = {"max_flows": 50, "max_delay_ms": 20}
        elif what == "broker connection":
            settings["rabbitmq"] = {**settings["rabbitmq"], "heartbeat_seconds": 6}
        else:
            settings["hubble"] = {**settings["hubble"], "request_timeout_seconds": 11}
        self._adapter.reload()

    # The end

    def _settle(self) -> list[str]:
        """Wait until all is well again: a flow of each node, sent after the last fault, has arrived."""
        self._load.stop()
        if self._booting:
            self._booting.join()
        if not self._adapter.running:
            return ["the adapter does not run"]
        self._disturbances = [
            replace(one, ended_ns=self._booted_ns) if one.name == Fault.BROKER_KILLED.value else one
            for one in self._disturbances
        ]
        linger_until_s = time.monotonic() + _LINGER_S
        rounds: list[set[int]] = []

        def arrived() -> bool:
            rounds.append(set(self._load.each_node().values()))
            time.sleep(0.1)
            return time.monotonic() > linger_until_s and any(one <= self._collector.numbers for one in rounds)

        try:
            wait_for("flows after the last fault", arrived, _RECOVERY_S)
            # Nodes keep their order: with the last flow of each, all that there is to come has come.
            last = set(self._load.each_node().values())
            wait_for("the last flows", lambda: last <= self._collector.numbers, _RECOVERY_S)
            # What was lost is told over a connection of its own, where there are several workers.
            told = len(self._collector.statuses)
            wait_for("a status after them", lambda: len(self._collector.statuses) > told, _RECOVERY_S)
        except AssertionError as error:
            return [str(error)]
        return []

    def _history(self) -> History:
        history = History(self._load.sent, self._collector.arrivals, self._collector.statuses, self._disturbances)
        ring_lost = any(step.fault in _HOLES or step.fault is Fault.BURST for step in self._plan.steps)
        if not ring_lost:
            history.lost_events = self._lost_events
        return history

    def _story(self) -> str:
        lines = [str(self._plan), "what was done, in seconds:"]
        for one in sorted(self._disturbances, key=lambda one: one.began_ns):
            began_s, ended_s = [(at_ns - self._began_ns) / NANOSECONDS for at_ns in (one.began_ns, one.ended_ns)]
            lines.append(f"  {began_s:6.2f} to {ended_s:6.2f}  {one.name} {one.node}")
        began = time.strftime("%H:%M:%S", time.gmtime(self._began_ns // NANOSECONDS))
        lines += [f"the adapter's log (0 s is {began} UTC):", self._adapter.log]
        return "\n".join(lines)
