"""Flows of one routing key that travel as one message."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["BATCH_OVERHEAD_BYTES", "FLOW_OVERHEAD_BYTES", "Batch", "BatchState", "Key", "Limits"]

# What a held batch costs beside its flows.
BATCH_OVERHEAD_BYTES = 1024
# What a held flow costs beside its bytes: the byte string's header and its place in the batch.
FLOW_OVERHEAD_BYTES = 64
# So many flows are put into one byte string. Where many wait, that is two dozen large pieces of memory instead of
# thousands of small ones, and it goes back to the system in one piece as well (memory.py).
_PACKED_FLOWS = 32


@dataclass(frozen=True, slots=True)
class Limits:
    """When batches close, and how much may wait.

    max_flows: a batch of so many flows leaves at once.
    max_delay_s: the longest that a flow waits for company, in seconds.
    max_bytes: bound of all that is held, waiting and unconfirmed, in bytes.
    """

    max_flows: int
    max_delay_s: float
    max_bytes: int


class BatchState(Enum):
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Batch:
    """A message under construction, or on its way.

    flows: those that came last, each a JSON object in UTF-8; `packed` holds the earlier ones, some in each piece, and
        `packed_flows` counts them.
    grow_to: how long `flows` may get before `pack` is due.
    first: ordinal of the first flow under this key in `epoch`; -1 until the batch leaves for the first time.
    oldest_ns, newest_ns: the flows' times, in nanoseconds since 1970, 0 where none has one.
    put_s: monotonic clock when the first flow came in.
    """

    key: Key
    put_s: float
    grow_to: int
    flows: list[bytes] = field(default_factory=list)
    packed: list[bytes] = field(default_factory=list)
    packed_flows: int = 0
    flow_bytes: int = 0
    first: int = -1
    epoch: str = ""
    oldest_ns: int = 0
    newest_ns: int = 0
    refusals: int = 0
    state: BatchState = BatchState.WAITING

    @classmethod
    def opened(cls, key: Key, put_s: float, max_flows: int) -> Batch:
        return cls(key, put_s, min(_PACKED_FLOWS, max_flows))

    def count(self) -> int:
        return self.packed_flows + len(self.flows)

    def held_bytes(self) -> int:
        return BATCH_OVERHEAD_BYTES + self.count() * FLOW_OVERHEAD_BYTES + self.flow_bytes

    def pack(self, max_flows: int) -> bool:
        """Put the last flows together. Tells whether the batch is full."""
        self.packed_flows += len(self.flows)
        self.packed.append(b",".join(self.flows))
        self.flows = []
        self.grow_to = min(_PACKED_FLOWS, max_flows - self.packed_flows)
        return self.grow_to <= 0

    def body(self) -> bytes:
        """Return the message body of docs/messages.md. The cluster is a word of the key and needs no escaping."""
        head = '{"v":1,"cluster":"%s","epoch":"%s","first":%d,"flows":[' % (self.key.cluster, self.epoch, self.first)
        return b"%b%b]}" % (head.encode(), b",".join(self.packed + self.flows))

    def clear(self) -> None:
        """Forget the flows."""
        self.flows, self.packed, self.packed_flows, self.flow_bytes = [], [], 0, 0


@dataclass(slots=True, eq=False)
class Key:
    """What is remembered of a routing key: its open batch, its next ordinal, until when it shall hold flows back.

    cluster: the first word of `name`.
    """

    name: str
    cluster: str
    open: Batch | None = None
    next_ordinal: int = 0
    hold_until_s: float = 0.0
