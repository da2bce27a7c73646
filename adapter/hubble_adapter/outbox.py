"""The one bounded queue of the adapter: flows wait here, in batches, for the broker.

The thread that reads from Hubble puts flows in; the thread that talks to the broker takes batches out and says what
became of them. Both meet under one lock, and so the ledger adds up at every moment. While the broker's thread is awake,
flows are put down outside of the lock and sorted into batches some at a time, which costs a third.

When a batch leaves: as soon as it is full; else when `max_delay_s` has passed since its routing key last sent one. So
the first flow of an idle key leaves at once, and a busy key sends at most one part-filled batch in `max_delay_s`.
While the broker is slow or away, open batches go on filling, which makes catching up cheap.

What falls out: the oldest batch, when the held bytes exceed `max_bytes`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from hubble_adapter.batch import BATCH_OVERHEAD_BYTES, FLOW_OVERHEAD_BYTES, Batch, BatchState, Key, Limits
from hubble_adapter.ledger import Drop, Ledger
from hubble_adapter.losses import Losses
from hubble_adapter.times import ConfirmTimes
from hubble_adapter.waiting import Waiting

__all__ = ["Outbox"]

# A batch that the broker refused this often is given up, lest it block the queue for ever.
_MOST_REFUSALS = 3
# Routing keys whose ordinals are remembered. Only a source that invents namespaces gets there; a new epoch then starts
# all ordinals over, which every reader understands.
_MOST_KEYS = 100_000
# Flows that are put down before they are sorted into batches, and the size from which on one is not kept waiting.
_MOST_PUT_DOWN = 128
_LARGE_FLOW_BYTES = 8_192


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
        self._keys: dict[str, Key] = {}
        self._put_down: list[tuple[Key, bytes, int]] = []
        self._waiting = Waiting()
        self._taken: set[Batch] = set()  # all that were sent and are not confirmed yet
        self._held_bytes = 0
        self._flush = False
        self._newest_ns = 0
        self._confirm_times = ConfirmTimes()
        self._wake: Callable[[], None] = lambda: None
        self._wake_before_s = self._earliest_due_s = 0.0

    # The reading side

    def key(self, name: str) -> Key:
        """Return the routing key `name` as `put` wants it."""
        with self._lock:
            return self._keys.get(name) or self._new_key(Key(name, name.partition(".")[0]))

    def put(self, key: Key, flow: bytes, time_ns: int) -> None:
        """Take a flow in, as JSON, of the time `time_ns` (nanoseconds since 1970, 0: it has none)."""
        put_down = self._put_down
        put_down.append((key, flow, time_ns))
        # The other thread sorts before it sleeps, and says first that it will: so none is left lying. Nor need it wake
        # for a flow whose batch is open, and so due already.
        asleep = self._wake_before_s and key.open is None
        if asleep or len(put_down) >= _MOST_PUT_DOWN or len(flow) > _LARGE_FLOW_BYTES:
            with self._lock:
                wake = self._sort()
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
            self._sort()
            batch = self._waiting.next(self._clock(), flush=self._flush)
            if batch is None:
                return None
            batch.state = BatchState.UNCONFIRMED
            self._taken.add(batch)
            self._waiting.left()
            if batch.first < 0:
                key = self._kept(batch.key)
                batch.first = key.next_ordinal
                batch.epoch = self.epoch
                key.next_ordinal += batch.count()
                key.hold_until_s = self._clock() + self.limits.max_delay_s
                if key.open is batch:
                    key.open = None
            return batch

    def next_due_s(self) -> float | None:
        """Return in how many seconds the next batch is due (None: none waits); from then on `put` wakes for earlier."""
        with self._lock:
            self._wake_before_s = -1.0
            self._sort()
            now_s = self._clock()
            due_s = self._waiting.due_s(now_s)
            self._wake_before_s = float("inf") if due_s is None else due_s
            return None if due_s is None else max(0.0, due_s - now_s)

    def confirm(self, batches: Iterable[Batch]) -> None:
        """The broker has the batches."""
        with self._lock:
            now_s = self._clock()
            for batch in batches:
                self._ledger.confirmed += self._release(batch)
                self._confirm_times.add(now_s - batch.put_s)

    def give_back(self, batches: list[Batch], *, refused: bool = False) -> None:
        """Have batches sent again, first and in this order: their connection was lost, or the broker refused them."""
        with self._lock:
            for batch in reversed(batches):
                self._taken.discard(batch)
                batch.refusals += refused
                if batch.refusals >= _MOST_REFUSALS:
                    self._drop(batch, Drop.REFUSED)
                else:
                    batch.state = BatchState.WAITING
                    self._waiting.returned(batch)

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
            self._sort()
            given_up = list(self._waiting)
            count = sum(batch.count() for batch in given_up)
            for batch in given_up:
                self._drop(batch, Drop.SHUTDOWN)
            return count

    # Both

    def empty(self) -> bool:
        """Tell whether nothing waits and nothing is unconfirmed."""
        return not self._put_down and self._ledger.in_flight == 0

    def snapshot(self) -> tuple[Ledger, int, int]:
        """Return a copy of the ledger, the bytes held, and the newest flow's time (nanoseconds since 1970, 0: none)."""
        with self._lock:
            wake = self._sort()
            ledger = self._ledger
            copy = Ledger(
                ledger.received,
                ledger.confirmed,
                ledger.filtered,
                ledger.duplicates,
                dict(ledger.dropped),
                ledger.in_flight,
            )
            found = copy, self._held_bytes, self._newest_ns
        if wake:
            self._wake()
        return found

    def confirm_times(self) -> tuple[list[int], float]:
        """Return how many batches took how long to be confirmed, see ConfirmTimes."""
        with self._lock:
            return self._confirm_times.document()

    def held_ns(self) -> int:
        """Return the time of the oldest flow that is not confirmed yet (nanoseconds since 1970, 0: none has one)."""
        with self._lock:
            wake = self._sort()
            held = [batch.oldest_ns for batch in (*self._waiting, *self._taken) if batch.oldest_ns]
        if wake:
            self._wake()
        return min(held, default=0)

    # All below with the lock held.

    def _sort(self) -> bool:
        """Put what was put down into batches. Tell whether the other thread has to be woken for one of them."""
        # The reading thread goes on appending at the end meanwhile.
        put_down = self._put_down[:]
        count = len(put_down)
        if not count:
            return False
        self._ledger.received += count
        self._ledger.in_flight += count
        del self._put_down[:count]  # after they count as in flight: `empty` looks without the lock
        held_bytes, newest_ns = count * FLOW_OVERHEAD_BYTES, self._newest_ns
        self._earliest_due_s = float("inf")
        for key, flow, time_ns in put_down:
            batch = key.open or self._open_batch(key)
            flows = batch.flows
            flows.append(flow)
            size_bytes = len(flow)
            held_bytes += size_bytes
            batch.flow_bytes += size_bytes
            if time_ns > batch.newest_ns:
                batch.newest_ns = time_ns
                if time_ns > newest_ns:
                    newest_ns = time_ns
                if not batch.oldest_ns:
                    batch.oldest_ns = time_ns
            elif 0 < time_ns < batch.oldest_ns:
                batch.oldest_ns = time_ns
            if len(flows) >= batch.grow_to and batch.pack(self.limits.max_flows):
                batch.key.open = None
                self._waiting.filled(batch)
                self._earliest_due_s = 0.0
        self._held_bytes += held_bytes
        self._newest_ns = newest_ns
        if self._held_bytes > self.limits.max_bytes:
            self._drop_oldest()
        if self._earliest_due_s < self._wake_before_s:
            self._wake_before_s = 0.0
            return True
        return False

    def _open_batch(self, key: Key) -> Batch:
        key = self._kept(key)
        if key.open is not None:
            return key.open
        now_s = self._clock()
        batch = key.open = Batch.opened(key, now_s, self.limits.max_flows)
        due_s = max(key.hold_until_s, now_s)
        self._earliest_due_s = min(self._earliest_due_s, due_s)
        self._held_bytes += BATCH_OVERHEAD_BYTES
        self._waiting.opened(batch, due_s)
        return batch

    def _kept(self, key: Key) -> Key:
        """Return the one that is kept under this name; a forgotten one is kept again."""
        return self._keys.get(key.name) or self._new_key(key)

    def _new_key(self, key: Key) -> Key:
        if len(self._keys) >= _MOST_KEYS:
            self.epoch = self._new_epoch()
            for known in self._keys.values():
                known.next_ordinal = 0
            self._keys = {name: known for name, known in self._keys.items() if known.open}
        self._keys[key.name] = key
        return key

    def _drop_oldest(self) -> None:
        while self._held_bytes > self.limits.max_bytes and (batch := self._waiting.oldest()):
            self._drop(batch, Drop.BUFFER_FULL)
        self._waiting.sweep()

    def _drop(self, batch: Batch, reason: Drop) -> None:
        count = self._release(batch)
        self._ledger.dropped[reason] += count
        self._losses.add(reason.value, "", count, batch.oldest_ns, batch.newest_ns)
        if batch.key.open is batch:
            batch.key.open = None

    def _release(self, batch: Batch) -> int:
        """Let a batch's flows go, whichever queue still names it; return how many they were."""
        count = batch.count()
        batch.state = BatchState.DONE
        self._taken.discard(batch)
        self._ledger.in_flight -= count
        self._held_bytes -= batch.held_bytes()
        batch.clear()
        return count
