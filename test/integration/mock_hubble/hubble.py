"""MockHubble: the whole server in one object, for tests and for the command line."""

from __future__ import annotations

import pathlib
import threading
import time
from typing import Any, Iterable, Mapping, Sequence

import grpc
from google.protobuf import json_format

from hubble_adapter.wire import flow_pb2
from mock_hubble import answers
from mock_hubble.door import Door
from mock_hubble.event import FlowEvent, LostEvents, RawResponse, Template, fresh_uuid, timestamp_bytes, timestamp_ns
from mock_hubble.faults import Faults
from mock_hubble.node import Node
from mock_hubble.player import Player
from mock_hubble.query import Query
from mock_hubble.refusal import BadRequest, NotImplementedHere
from mock_hubble.replay import Replay
from mock_hubble.ring import DEFAULT_CAPACITY_EVENTS
from mock_hubble.sent_log import SentLog
from mock_hubble.stream import AgentStream, RelayStream, Stream, Timing
from mock_hubble.tls import ServerTls

DEFAULT_VERSION = "1.19.4"
PERSONALITIES = ("relay", "agent")


class MockHubble:
    """A Hubble server on a real port.

    Use it as a context manager, or call `start` and `stop`. `address` is HOST:PORT; a port of 0 becomes a free one
    and then stays.

    What tests look at: `sent` (SentLog: `.uuids` and `.count` of flows handed to clients), `requests` (every
    observer.GetFlowsRequest received).
    """

    def __init__(
        self,
        listen: str = "127.0.0.1:0",
        nodes: Sequence[str] = ("default/node-1",),
        *,
        personality: str = "relay",
        version: str = DEFAULT_VERSION,
        ring_capacity: int = DEFAULT_CAPACITY_EVENTS,
        timing: Timing = Timing(),
        tls: ServerTls | None = None,
        sent_log: pathlib.Path | None = None,
        remember_sent: bool = True,
        relay_name: str = "default/relay-node",
        skew_seconds: Mapping[str, float] | None = None,
        gate: bool = False,
        unknown_mask_paths: Sequence[str] = (),
    ) -> None:
        """`gate` allows `blackhole` and `reset`, and costs speed. `skew_seconds`: how far each named node's clock
        runs ahead. `unknown_mask_paths`: fields that an older server would not know in a field mask. ValueError on an
        impossible combination, OSError on the sent log.
        """
        if personality not in PERSONALITIES:
            raise ValueError(f"personality must be one of {', '.join(PERSONALITIES)}, not {personality!r}")
        if not nodes or len(set(nodes)) != len(nodes):
            raise ValueError("nodes must be one or more different names")
        if personality == "agent" and len(nodes) != 1:
            raise ValueError("an agent is exactly one node")
        self.personality = personality
        self.version = version
        self.changed = threading.Condition()
        self.faults = Faults()
        self.sent = SentLog(sent_log, remember_sent)
        self.requests: list[Any] = []
        self.open_streams = 0
        self.version_header = (f"hubble-{'relay' if personality == 'relay' else 'server'}-version", version)
        self._timing = timing
        self._unknown_mask_paths = unknown_mask_paths
        self._tls = tls
        self._relay_name = relay_name
        skews = skew_seconds or {}
        self._nodes = [
            Node(
                name,
                address=f"192.0.2.{index % 254 + 1}:4244",
                version=version,
                started_ns=time.time_ns(),
                capacity_events=ring_capacity,
                skew_ns=int(skews.get(name, 0) * 1e9),
            )
            for index, name in enumerate(nodes)
        ]
        self._door = Door(self, listen, tls, gate)
        self._player: Player | None = None
        self.replayed: Replay | None = None

    # Life

    def __enter__(self) -> MockHubble:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        return self._door.address

    def start(self) -> None:
        """Listens. OSError when the port is taken or a TLS file is not readable."""
        self._door.open()

    def stop(self) -> None:
        self.stop_replay()
        self._door.close()
        self.sent.close()

    def wait_for_streams(self, count: int = 1, timeout_seconds: float = 10.0) -> None:
        """Until that many GetFlows streams are open: what is emitted from then on, they see. TimeoutError."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.open_streams >= count, timeout_seconds):
                raise TimeoutError(f"{self.open_streams} of {count} streams open after {timeout_seconds} s")

    def restart(self, down_seconds: float = 0.0, keep_rings: bool | None = None) -> None:
        """The process dies and comes back on the same port. An agent's ring dies with it, those behind Relay stay:
        `keep_rings` overrides.
        """
        self._door.close()
        if not (self.personality == "relay" if keep_rings is None else keep_rings):
            with self.changed:
                for node in self._nodes:
                    node.restart(time.time_ns())
        time.sleep(down_seconds)
        self._door.reopen()

    # Flows

    def emit(self, flow: Any, node: str | None = None, *, as_given: bool = False) -> str:
        """One flow (a flow.Flow or its JSON form as a dict) into a node's ring; gives its uuid.

        `node` is its node's name, else the flow's `node_name`, else the first node. A missing uuid, time and node
        name are filled in, unless `as_given`: then the flow is sent exactly as it is.
        """
        return self.emit_many([flow], node, as_given=as_given)[0]

    def emit_many(self, flows: Iterable[Any], node: str | None = None, *, as_given: bool = False) -> list[str]:
        """Flows in one go: readers wake once. See `emit`."""
        events = [self._event(flow, node, as_given) for flow in flows]
        with self.changed:
            for where, event in events:
                where.append(event)
            self.changed.notify_all()
        return [event.uuid for _, event in events]

    def lost(
        self,
        count: int = 1,
        *,
        source: str = "PERF_EVENT_RING_BUFFER",
        node: str | None = None,
        cpu: int | None = None,
        first_ns: int | None = None,
        last_ns: int | None = None,
        times: int = 1,
    ) -> None:
        """A lost-events message in a node's ring; `times` of them make a storm."""
        where = self._node(node)
        now_ns = time.time_ns() + where.skew_ns
        lost = flow_pb2.LostEvent(source=source, num_events_lost=count)
        if cpu is not None:
            lost.cpu.value = cpu
        if first_ns is not None:
            lost.first.ParseFromString(timestamp_bytes(first_ns))
        if last_ns is not None:
            lost.last.ParseFromString(timestamp_bytes(last_ns))
        with self.changed:
            for _ in range(times):
                where.append(LostEvents(lost, where.name, now_ns))
            self.changed.notify_all()

    def emit_raw(self, data: bytes, node: str | None = None) -> None:
        """Bytes in the place of a GetFlowsResponse, to every stream and past all filters: broken ones, say."""
        with self.changed:
            self._node(node).append(RawResponse(data, time.time_ns()))
            self.changed.notify_all()

    def start_replay(
        self, flows: Sequence[Any], flows_per_second: float, *, loop: bool = True, as_recorded: bool = False
    ) -> None:
        """Replays flow.Flow messages at a rate on a thread; see `Replay`. Ends at `stop_replay`, or after all flows
        without `loop`.
        """
        self.stop_replay()
        self.replayed = Replay(
            flows,
            self._nodes,
            flows_per_second=flows_per_second,
            start_ns=time.time_ns(),
            loop=loop,
            as_recorded=as_recorded,
        )
        self._player = Player(self.replayed, self.changed)

    def wait_for_replay(self, timeout_seconds: float = 10.0) -> None:
        """Until a replay without `loop` has played its last flow into the rings. TimeoutError."""
        if self._player and not self._player.wait(timeout_seconds):
            raise TimeoutError(f"the replay is not over after {timeout_seconds} s")

    def stop_replay(self) -> None:
        if self._player:
            self._player.stop()
            self._player = None

    def _event(self, flow: Any, node: str | None, as_given: bool) -> tuple[Node, FlowEvent]:
        message = flow_pb2.Flow()
        if isinstance(flow, Mapping):
            json_format.ParseDict(flow, message)
        else:
            message.CopyFrom(flow)
        names = {known.name for known in self._nodes}
        where = self._node(node or (message.node_name if message.node_name in names else None))
        now_ns = time.time_ns() + where.skew_ns
        if not as_given:
            message.node_name = message.node_name or where.name
            message.uuid = message.uuid or fresh_uuid()
            if not message.HasField("time"):
                message.time.ParseFromString(timestamp_bytes(now_ns))
        told_ns = timestamp_ns(message.time) if message.HasField("time") else None
        return where, FlowEvent(Template(message), message.uuid, now_ns if told_ns is None else told_ns, told_ns)

    # Misbehaviour

    def cut(
        self,
        code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE,
        message: str = "error reading from server: EOF",
    ) -> None:
        """Every open GetFlows stream ends with this status; StatusCode.OK is a regular end. New calls are served."""
        with self.changed:
            self.faults.cut(code, message)
            self.changed.notify_all()

    def stall(self, stalled: bool = True) -> None:
        """Every call stays open and silent until `stall(False)`. Connections stay up: HTTP/2 pings are answered."""
        with self.changed:
            self.faults.stalled = stalled
            self.changed.notify_all()

    def drip(self, seconds_per_message: float) -> None:
        """Every stream sends one message and sleeps; 0 ends it."""
        self.faults.drip_seconds = seconds_per_message

    def blackhole(self, swallowing: bool = True) -> None:
        """The network swallows everything until `blackhole(False)`. Needs `gate`."""
        self._door.gate.blackhole(swallowing)

    def reset(self) -> None:
        """A TCP reset on every connection. Needs `gate`."""
        self._door.gate.reset()

    def node_down(self, name: str) -> None:
        """The node's agent dies: Relay tells NODE_ERROR on open streams and NODE_UNAVAILABLE on new ones."""
        self._set_up(name, False)

    def node_up(self, name: str, keep_ring: bool = False) -> None:
        """The node is back; open follow streams take it in again silently, with the same request."""
        self._set_up(name, True, keep_ring)

    def _set_up(self, name: str, up: bool, keep_ring: bool = True) -> None:
        if self.personality == "agent":
            raise ValueError("an agent cannot lose its node: use restart")
        with self.changed:
            node = self._node(name)
            node.up = up
            if not keep_ring:
                node.restart(time.time_ns())
            self.changed.notify_all()

    def _node(self, name: str | None) -> Node:
        if name is None:
            return self._nodes[0]
        for node in self._nodes:
            if node.name == name:
                return node
        raise ValueError(f"no node {name!r}")

    # What the gRPC edge asks for

    def open_stream(self, request: Any, now_ns: int) -> Stream:
        if self.personality == "agent":
            return AgentStream(self._nodes[0], Query(request, self._unknown_mask_paths), self._timing)
        query: Query | BadRequest
        try:
            query = Query(request, self._unknown_mask_paths)
        except BadRequest as refusal:
            query = refusal
        return RelayStream(
            self._nodes,
            query,
            number=request.number,
            relay_name=self._relay_name,
            timing=self._timing,
            now_ns=now_ns,
        )

    def server_status(self, now_ns: int) -> Any:
        if self.personality == "agent":
            return self._nodes[0].status(now_ns)
        return answers.relay_status(self._nodes, self.version, now_ns)

    def nodes_response(self, now_ns: int) -> Any:
        if self.personality == "agent":
            raise NotImplementedHere("GetNodes not implemented")
        return answers.relay_nodes(self._nodes, self._tls is not None, now_ns)

    def namespaces_response(self, now_ns: int) -> Any:
        return answers.namespaces(self._nodes, now_ns)
