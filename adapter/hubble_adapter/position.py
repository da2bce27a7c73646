"""How far the adapter came, kept in a file, so that a restarted adapter goes on where the last one stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hubble_adapter.log import Log

__all__ = ["Position"]

_FILE = "position.json"

_log = Log("position")


class Position:
    """The file in the state directory. It holds one number: every flow up to that time was confirmed or given up."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / _FILE
        self._saved_ns = 0

    def load_ns(self) -> int:
        """Return the position in nanoseconds since 1970; 0, and a log line, where the file is missing or broken."""
        try:
            value = json.loads(self._file.read_text(encoding="utf-8"))["position_ns"]
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
                raise ValueError(f"position_ns is {value!r:.40}")
        except FileNotFoundError:
            _log.info("none", file=self._file, effect="the stream begins with new flows")
            return 0
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.warning("broken", file=self._file, error=str(error), effect="the stream begins with new flows")
            return 0
        return value

    def save(self, position_ns: int) -> None:
        """Keep the position. The file is replaced as a whole, so that it is never half written."""
        if position_ns == self._saved_ns:
            return
        new = self._file.with_suffix(".new")
        try:
            new.write_text(json.dumps({"position_ns": position_ns}), encoding="utf-8")
            os.replace(new, self._file)
        except OSError as error:
            _log.warning("not_saved", file=self._file, error=str(error))
            return
        self._saved_ns = position_ns
