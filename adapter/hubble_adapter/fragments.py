"""Remembered pieces: what one encoded part of a flow becomes, kept by its bytes.

The same endpoints, addresses and port pairs come back in flow after flow; each is decoded and rendered once while it is
remembered. A memory is bounded in bytes and, when full, starts over: simpler than ageing, and as good, since what is in
use is back after one flow each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar


from hubble_adapter.errors import UNDECODABLE, MalformedFlow

__all__ = ["Fragments"]

Made = TypeVar("Made")

# What an entry costs beside its bytes: two byte strings, a dictionary slot, perhaps a tuple.
_ENTRY_OVERHEAD_BYTES = 300


class Fragments(Generic[Made]):
    """A bounded memory of `make(encoded)`.

    make: from encoded bytes to what is remembered; may raise one of UNDECODABLE or MalformedFlow.
    cost_bytes: the size of what was made.
    capacity_bytes: the bound over all entries. A single entry of more than a hundredth of it is not remembered, so that
        hostile giants cannot empty the memory.
    """

    __slots__ = ("_capacity_bytes", "_cost_bytes", "_held_bytes", "_make", "get", "known")

    def __init__(self, make: Callable[[bytes], Made], cost_bytes: Callable[[Made], int], capacity_bytes: int) -> None:
        self._make = make
        self._cost_bytes = cost_bytes
        self._capacity_bytes = capacity_bytes
        self._held_bytes = 0
        self.known: dict[bytes, Made] = {}
        self.get = self.known.get

    def make(self, encoded: bytes) -> Made:
        """Return what `encoded` becomes, and remember it; for use after `get(encoded)` found nothing.

        Raises MalformedFlow where `encoded` does not decode.
        """
        try:
            made = self._make(encoded)
        except UNDECODABLE as error:
            raise MalformedFlow(f"a part of the flow does not decode: {error}") from error
        cost_bytes = len(encoded) + self._cost_bytes(made) + _ENTRY_OVERHEAD_BYTES
        if cost_bytes * 100 > self._capacity_bytes:
            return made
        if self._held_bytes + cost_bytes > self._capacity_bytes:
            self.known.clear()
            self._held_bytes = 0
        self.known[encoded] = made
        self._held_bytes += cost_bytes
        return made
