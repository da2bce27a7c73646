"""One GetFlows call from its first message to its end, without gRPC: what an agent sends, and what Relay makes of
several agents.

A stream is polled under the server's lock with the time of day; `done` tells a regular end.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from typing import Any, Protocol, Sequence

from hubble_adapter.wire import relay_pb2
from mock_hubble.event import FlowEvent, Message, NodeStatus
from mock_hubble.node import Node
from mock_hubble.query import Query
from mock_hubble.reader import DEFAULT_LOST_INTERVAL_NS, NodeReader
from mock_hubble.refusal import BadRequest

_BATCH_EVENTS = 256


@dataclass(frozen=True)
class Timing:
    """The server's intervals, with the real defaults. `sort_entries` 0 turns Relay's sorting off, and with it up to 2
    s of delay.
    """

    lost_interval_ns: int = DEFAULT_LOST_INTERVAL_NS
    peer_refresh_ns: int = 2_000_000_000
    error_window_ns: int = 10_000_000_000
    sort_entries: int = 0
    sort_drain_ns: int = 1_000_000_000


class Stream(Protocol):
    """What the gRPC edge needs of a stream."""

    done: bool

    def poll(self, now_ns: int) -> list[Message]:
        """The messages to send now."""

    def encode(self, message: Message) -> bytes:
        """The GetFlowsResponse of a message."""


class AgentStream:
    """One agent: no node status. Raises BadRequest from the start on a bad request."""

    def __init__(self, node: Node, query: Query, timing: Timing) -> None:
        self.done = False
        self._query = query
        self._reader = NodeReader(node, query, timing.lost_interval_ns)

    def poll(self, now_ns: int) -> list[Message]:
        messages: list[Message] = list(self._reader.read(now_ns, _BATCH_EVENTS))
        self.done = self._reader.done
        return messages

    def encode(self, message: Message) -> bytes:
        return self._query.mask.encode(message) if isinstance(message, FlowEvent) else message.encode()


class RelayStream:
    """Relay: the request goes to every node; the connected ones are named first, then the unavailable ones.

    A follow stream looks for new nodes, and for failed ones that came back, every `peer_refresh_ns`, and passes them
    the same request. As with the real one, the stream ends regularly, follow or not, as soon as no node is left to
    read from. A `query` that is a BadRequest becomes an error of each node.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        query: Query | BadRequest,
        *,
        number: int,
        relay_name: str,
        timing: Timing,
        now_ns: int,
    ) -> None:
        self.done = False
        self._nodes = nodes
        self._query = query
        self._relay_name = relay_name
        self._timing = timing
        self._readers: dict[str, NodeReader] = {}
        self._finished: set[str] = set()
        self._errors = _ErrorWindow(timing.error_window_ns)
        entries = timing.sort_entries
        self._sorter = _Sorter(min(entries, number * len(nodes)) if number else entries, timing.sort_drain_ns)
        self._refreshed_ns = now_ns
        self._greeting = self._greet(now_ns)
        self._connect(now_ns)

    def poll(self, now_ns: int) -> list[Message]:
        out, self._greeting = self._greeting, []
        if now_ns - self._refreshed_ns >= self._timing.peer_refresh_ns and self._follows:
            self._refreshed_ns = now_ns
            self._connect(now_ns)
        arrived = self._read(now_ns)
        if not self._readers:
            arrived += self._status_of_errors(now_ns, self._errors.flush())
            self.done = True
        else:
            arrived += self._status_of_errors(now_ns, self._errors.due(now_ns))
        for message in arrived:
            out += self._sorter.push(self._sort_key_ns(message), message, now_ns)
        out += self._sorter.drain(now_ns, everything=self.done)
        return out

    def encode(self, message: Message) -> bytes:
        if isinstance(message, FlowEvent) and isinstance(self._query, Query):
            return self._query.mask.encode(message)
        return message.encode()

    @property
    def _follows(self) -> bool:
        return isinstance(self._query, Query) and self._query.follow

    def _greet(self, now_ns: int) -> list[Message]:
        connected = [node.name for node in self._nodes if node.up]
        unavailable = [node.name for node in self._nodes if not node.up]
        statuses: list[Message] = []
        if connected:
            statuses.append(self._status(relay_pb2.NODE_CONNECTED, connected, "", now_ns))
        if unavailable:
            statuses.append(self._status(relay_pb2.NODE_UNAVAILABLE, unavailable, "", now_ns))
        return statuses

    def _connect(self, now_ns: int) -> None:
        for node in self._nodes:
            if not node.up or node.name in self._readers or node.name in self._finished:
                continue
            if isinstance(self._query, Query):
                self._readers[node.name] = NodeReader(node, self._query, self._timing.lost_interval_ns)
            else:
                self._errors.add(str(self._query), node.name, now_ns)

    def _read(self, now_ns: int) -> list[Message]:
        arrived: list[Message] = []
        for name, reader in list(self._readers.items()):
            if reader.broken:
                del self._readers[name]
                self._errors.add("rpc error: code = Unavailable desc = error reading from server: EOF", name, now_ns)
                continue
            arrived += reader.read(now_ns, _BATCH_EVENTS)
            if reader.done:
                del self._readers[name]
                self._finished.add(name)
        return arrived

    def _status_of_errors(self, now_ns: int, errors: list[tuple[str, list[str]]]) -> list[Message]:
        return [self._status(relay_pb2.NODE_ERROR, names, message, now_ns) for message, names in errors]

    def _status(self, state: Any, names: list[str], message: str, now_ns: int) -> NodeStatus:
        event = relay_pb2.NodeStatusEvent(state_change=state, node_names=names, message=message)
        return NodeStatus(event, self._relay_name, now_ns)

    def _sort_key_ns(self, message: Message) -> int:
        """A mask without time makes Relay sort by an empty time."""
        if isinstance(message, FlowEvent) and isinstance(self._query, Query) and not self._query.mask.sends_time:
            return 0
        return message.time_ns


class _ErrorWindow:
    """Errors of nodes, held back for a while so that those with the same message become one."""

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self._message = ""
        self._names: list[str] = []
        self._since_ns = 0
        self._ready: list[tuple[str, list[str]]] = []

    def add(self, message: str, name: str, now_ns: int) -> None:
        if self._names and message != self._message:
            self._ready.append((self._message, self._names))
            self._names = []
        if not self._names:
            self._message, self._since_ns = message, now_ns
        self._names.append(name)

    def due(self, now_ns: int) -> list[tuple[str, list[str]]]:
        if self._names and now_ns - self._since_ns >= self._window_ns:
            return self.flush()
        ready, self._ready = self._ready, []
        return ready

    def flush(self) -> list[tuple[str, list[str]]]:
        ready, self._ready = self._ready, []
        if self._names:
            ready.append((self._message, self._names))
            self._names = []
        return ready


class _Sorter:
    """Relay's priority queue by time: a full one gives away its oldest; without arrivals, what is older than the
    drain time leaves.
    """

    def __init__(self, entries: int, drain_ns: int) -> None:
        self._entries = entries
        self._drain_ns = drain_ns
        self._heap: list[tuple[int, int, Message]] = []
        self._arrivals = itertools.count()
        self._arrived_ns = 0

    def push(self, key_ns: int, message: Message, now_ns: int) -> list[Message]:
        if not self._entries:
            return [message]
        self._arrived_ns = now_ns
        out = [heapq.heappop(self._heap)[2]] if len(self._heap) >= self._entries else []
        heapq.heappush(self._heap, (key_ns, next(self._arrivals), message))
        return out

    def drain(self, now_ns: int, everything: bool) -> list[Message]:
        out = []
        quiet = now_ns - self._arrived_ns >= self._drain_ns
        while self._heap and (everything or (quiet and self._heap[0][0] < now_ns - self._drain_ns)):
            out.append(heapq.heappop(self._heap)[2])
        return out
