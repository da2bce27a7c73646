"""How the C library is to keep memory: so that what the adapter takes is what it holds.

As it comes, glibc gives each thread an arena of its own. Flows are made by one thread and let go by another, and a
buffer that fills and empties in turns then takes twice its size and more, for good. It also stops giving large pieces
back to the system once it saw a larger one go.
"""

from __future__ import annotations

import ctypes

__all__ = ["keep_compact"]

# mallopt(3)
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGE_BYTES = 16 * 1024
_UNUSED_BYTES = 1024 * 1024


def keep_compact() -> None:
    """Have one arena, and large pieces go back to the system at once. To be called before there are threads.

    Does nothing with a C library that has no mallopt.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for parameter, value in ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, _LARGE_BYTES), (_TRIM_THRESHOLD, _UNUSED_BYTES)):
        mallopt(parameter, value)
