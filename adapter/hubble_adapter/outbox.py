"""The one bounded queue of the adapter: flows wait here, in batches, for the broker.

The thread that reads from Hubble puts flows in; the thread that talks to the broker takes batches out and says what
became of them. Both meet under one lock, and so the ledger adds up at every moment.

When a batch leaves: as soon as it is full; else when `max_delay_s` has passed since its routing key last sent one. So
the first flow of an idle key leaves at once, and a busy key sends at most one part-filled batch in `max_delay_s`.
While the broker is slow or away, open batches go on filling, which makes catching up cheap.

What falls out: the oldest batch, when the held bytes exceed `max_bytes`.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from hubble_adapter.ledger import Drop, Ledger
from hubble_adapter.losses import Losses

__all__ = ["Batch", "Limits", "Outbox"]

# What a held flow costs beside its bytes: the byte string's header and its place in the batch.
_FLOW_OVERHEAD_BYTES = 64
# What a held batch costs beside its flows.
_BATCH_OVERHEAD_BYTES = 1024
# A batch that the broker refused this often is given up, lest it block the queue for ever.
_MOST_REFUSALS = 3
# Routing keys whose ordinals are remembered. Only a source that invents namespaces gets there; a new epoch then starts
# all ordinals over, which every reader understands.
_MOST_KEYS = 100_000


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


class _State(Enum):
    WAITING = "waiting"
    UNCONFIRMED = "unconfirmed"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Batch:
    """Flows of one routing key that travel as one message.

    flows: each a JSON object in UTF-8.
    first: ordinal of the first flow under this key in `epoch`; -1 until the batch leaves for the first time.
    oldest_ns, newest_ns: the flows' times, in nanoseconds since 1970, 0 where none has one.
    put_s: monotonic clock when the first flow came in.
    """

    key: str
    cluster: str
    put_s: float
    flows: list[bytes] = field(default_factory=list)
    held_bytes: int = _BATCH_OVERHEAD_BYTES
    first: int = -1
    epoch: str = ""
    oldest_ns: int = 0
    newest_ns: int = 0
    refusals: int = 0
    state: _State = _State.WAITING

    def body(self) -> bytes:
        """Return the message body of docs/messages.md. The cluster is a word of the key and needs no escaping."""
        head = '{"v":1,"cluster":"%s","epoch":"%s","first":%d,"flows":[' % (self.cluster, self.epoch, self.first)
        return head.encode() + b",".join(self.flows) + b"]}"


@dataclass(slots=True, eq=False)
class _Key:
    """What is remembered of a routing key: its open batch, its next ordinal, until when it shall hold flows back."""

    open: Batch | None = None
    next_ordinal: int = 0
    hold_until_s: float = 0.0


class Outbox:
    """Holds flows until the broker has confirmed them.

    limits: may be replaced while running.
    losses: told of every batch that falls out.
    new_epoch: gives the name of a new epoch.
    clock: monotonic seconds.
    """

    def __init__(
        self, limits: Limits, losses: Losses, new_epoch: Callable[[], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limits = limits
        self.epoch = new_epoch()
        self._new_epoch = new_epoch
        self._losses = losses
        self._clock = clock
        self._lock = threading.Lock()
        self._ledger = Ledger()
        self._keys: dict[str, _Key] = {}
        self._returned: deque[Batch] = deque()  # was sent once, to be sent again before all else
        self._full: deque[Batch] = deque()
        self._due: list[tuple[float, int, Batch]] = []  # a heap by time; may name batches that have gone
        self._by_age: deque[Batch] = deque()  # all that wait, oldest first; may name batches that have gone
        self._taken: set[Batch] = set()  # all that were sent and are not confirmed yet
        self._put_count = 0
        self._held_bytes = 0
        self._flush = False
        self._newest_ns = 0
        self._wake: Callable[[], None] = lambda: None
        self._wake_before_s = 0.0

    # The reading side

    def put(self, key: str, cluster: str, flow: bytes, time_ns: int) -> None:
        """Take a flow in: `key` is its routing key, `cluster` the key's first word, `flow` its JSON."""
        wake = False
        with self._lock:
            ledger = self._ledger
            ledger.received += 1
            ledger.in_flight += 1
            state = self._keys.get(key)
            if state is None:
                state = self._new_key(key)
            batch = state.open
            if batch is None:
                now_s = self._clock()
                batch = state.open = Batch(key, cluster, now_s)
                due_s = state.hold_until_s if state.hold_until_s > now_s else now_s
                self._put_count += 1
                heapq.heappush(self._due, (due_s, self._put_count, batch))
                self._by_age.append(batch)
                self._held_bytes += _BATCH_OVERHEAD_BYTES
                wake = due_s < self._wake_before_s
            size_bytes = len(flow) + _FLOW_OVERHEAD_BYTES
            batch.flows.append(flow)
            batch.held_bytes += size_bytes
            self._held_bytes += size_bytes
            if time_ns:
                if time_ns > batch.newest_ns:
                    batch.newest_ns = time_ns
                    if time_ns > self._newest_ns:
                        self._newest_ns = time_ns
                if not batch.oldest_ns or time_ns < batch.oldest_ns:
                    batch.oldest_ns = time_ns
            if len(batch.flows) >= self.limits.max_flows:
                state.open = None
                self._full.append(batch)
                wake = self._wake_before_s > 0.0
            if wake:
                self._wake_before_s = 0.0
            if self._held_bytes > self.limits.max_bytes:
                self._drop_oldest()
        if wake:
            self._wake()

    def filtered(self) -> None:
        """Count a flow that the filters leave out."""
        with self._lock:
            self._ledger.received += 1
            self._ledger.filtered += 1

    def duplicate(self) -> None:
        """Count a flow that was received before."""
        with self._lock:
            self._ledger.received += 1
            self._ledger.duplicates += 1

    def rejected(self, reason: Drop, node: str, time_ns: int) -> None:
        """Count a flow that cannot be sent on, and tell its loss."""
        with self._lock:
            self._ledger.received += 1
            self._ledger.dropped[reason] += 1
        self._losses.add(reason.value, node, 1, time_ns, time_ns)

    # The sending side

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, from the reading thread, when a batch is due before the time that `next_due_s` gave."""
        self._wake = wake

    def take(self) -> Batch | None:
        """Return the next batch that is due, or None. It counts as unconfirmed until one of the calls below."""
        with self._lock:
            batch = self._next_batch()
            if batch is None:
                return None
            batch.state = _State.UNCONFIRMED
            self._taken.add(batch)
            while self._by_age and self._by_age[0].state is not _State.WAITING:
                self._by_age.popleft()
            if batch.first < 0:
                key = self._keys.get(batch.key) or self._new_key(batch.key)
                batch.first = key.next_ordinal
                batch.epoch = self.epoch
                key.next_ordinal += len(batch.flows)
                key.hold_until_s = self._clock() + self.limits.max_delay_s
                if key.open is batch:
                    key.open = None
            return batch

    def next_due_s(self) -> float | None:
        """Return in how many seconds the next batch is due (None: none waits); from then on `put` wakes for earlier."""
        with self._lock:
            while self._due and self._due[0][2].state is not _State.WAITING:
                heapq.heappop(self._due)
            if self._returned or self._full:
                due_s = self._clock()
            elif self._due:
                due_s = self._due[0][0]
            else:
                self._wake_before_s = float("inf")
                return None
            self._wake_before_s = due_s
            return max(0.0, due_s - self._clock())

    def confirm(self, batch: Batch) -> None:
        """The broker has the batch."""
        with self._lock:
            self._release(batch)
            self._ledger.confirmed += len(batch.flows)

    def give_back(self, batches: list[Batch], *, refused: bool = False) -> None:
        """Have batches sent again, first and in this order: their connection was lost, or the broker refused them."""
        given_up = []
        with self._lock:
            for batch in reversed(batches):
                self._taken.discard(batch)
                batch.refusals += refused
                if batch.refusals >= _MOST_REFUSALS:
                    self._drop(batch, Drop.REFUSED)
                    given_up.append(batch)
                else:
                    batch.state = _State.WAITING
                    self._returned.appendleft(batch)
                    self._by_age.appendleft(batch)
        for batch in given_up:
            self._tell(batch, Drop.REFUSED)

    def flush(self) -> None:
        """From now on every batch is due at once: the adapter is stopping."""
        with self._lock:
            self._flush = True
            self._wake_before_s = 0.0
        self._wake()

    def abandon(self) -> int:
        """Give up all that waits, as the adapter stops (batches that were taken must be given back before).

        Returns how many flows that were.
        """
        with self._lock:
            given_up = [batch for batch in self._by_age if batch.state is _State.WAITING]
            for batch in given_up:
                self._drop(batch, Drop.SHUTDOWN)
                self._tell(batch, Drop.SHUTDOWN)
        return sum(len(batch.flows) for batch in given_up)

    # Both

    def empty(self) -> bool:
        """Tell whether nothing waits and nothing is unconfirmed."""
        return self._ledger.in_flight == 0

    def snapshot(self) -> tuple[Ledger, int, int]:
        """Return a copy of the ledger, the bytes held, and the newest flow's time (nanoseconds since 1970, 0: none)."""
        with self._lock:
            ledger = self._ledger
            copy = Ledger(
                ledger.received,
                ledger.confirmed,
                ledger.filtered,
                ledger.duplicates,
                dict(ledger.dropped),
                ledger.in_flight,
            )
            return copy, self._held_bytes, self._newest_ns

    def position_ns(self) -> int:
        """Return the time up to which every flow is confirmed or given up (nanoseconds since 1970, 0: none yet)."""
        with self._lock:
            held = [batch.oldest_ns for batch in self._by_age if batch.state is _State.WAITING and batch.oldest_ns]
            held += [batch.oldest_ns for batch in self._taken if batch.oldest_ns]
            return min(held, default=self._newest_ns)

    def _new_key(self, key: str) -> _Key:
        if len(self._keys) >= _MOST_KEYS:
            self.epoch = self._new_epoch()
            self._keys = {name: _Key(state.open) for name, state in self._keys.items() if state.open}
        state = self._keys[key] = _Key()
        return state

    def _next_batch(self) -> Batch | None:
        for batches in (self._returned, self._full):
            while batches:
                batch = batches.popleft()
                if batch.state is _State.WAITING:
                    return batch
        while self._due:
            due_s, _, batch = self._due[0]
            if batch.state is _State.WAITING and not self._flush and due_s > self._clock():
                return None
            heapq.heappop(self._due)
            if batch.state is _State.WAITING:
                return batch
        return None

    def _drop_oldest(self) -> None:
        while self._held_bytes > self.limits.max_bytes and self._by_age:
            batch = self._by_age.popleft()
            if batch.state is _State.WAITING:
                self._drop(batch, Drop.BUFFER_FULL)
                self._tell(batch, Drop.BUFFER_FULL)

    def _drop(self, batch: Batch, reason: Drop) -> None:
        self._release(batch)
        self._ledger.dropped[reason] += len(batch.flows)
        key = self._keys.get(batch.key)
        if key is not None and key.open is batch:
            key.open = None

    def _release(self, batch: Batch) -> None:
        batch.state = _State.DONE
        self._taken.discard(batch)
        self._ledger.in_flight -= len(batch.flows)
        self._held_bytes -= batch.held_bytes

    def _tell(self, batch: Batch, reason: Drop) -> None:
        self._losses.add(reason.value, "", len(batch.flows), batch.oldest_ns, batch.newest_ns)
