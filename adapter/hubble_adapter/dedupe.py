"""Which flows were seen before.

A stream that is resumed overlaps the one before it, and Relay repeats a node's past when that node returns (contract
2.6). A flow keeps its uuid when it is read again (contract 2.9), so a window over the last uuids finds the repeats.
"""

from __future__ import annotations

__all__ = ["SeenWindow"]


class SeenWindow:
    """Remembers the last `size` to twice `size` keys, in two generations: no key costs more than one insertion.

    size: keys a generation. 65,536 flows are 13 s of 5,000 flows/s, and two generations about 9 MB: of dictionaries,
        since sets take a third more. A key is a hash of 64 bits, which takes half the memory of a uuid; two of so few
        are the same once in decades of 100,000 flows/s.
    """

    __slots__ = ("_older", "_newer", "_size")

    def __init__(self, size: int = 65_536) -> None:
        self._size = size
        self._older: dict[int, None] = {}
        self._newer: dict[int, None] = {}

    def seen(self, key: int) -> bool:
        """Tell whether `key` was seen within the window, and remember it."""
        if key in self._newer or key in self._older:
            return True
        self._newer[key] = None
        if len(self._newer) >= self._size:
            self._older = self._newer
            self._newer = {}
        return False
