"""How far the adapter came, kept in a file, so that a restarted adapter goes on where the last one stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hubble_adapter.log import Log

__all__ = ["Past", "Position"]

_FILE = "position.json"

_log = Log("position")


@dataclass(frozen=True, slots=True)
class Past:
    """How far an earlier run came. Flow times in nanoseconds since 1970.

    position_ns: every flow up to here was confirmed, or given up and told; 0: not known.
    newest_by_node: the newest flow that was received of each node that was active.
    """

    position_ns: int = 0
    newest_by_node: Mapping[str, int] = field(default_factory=dict)


class Position:
    """The file in the state directory."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / _FILE
        self._saved = ""

    @property
    def is_there(self) -> bool:
        """Whether a run that begins now would find one."""
        return bool(self._saved)

    def load(self) -> Past:
        """Return what the last run left; nothing, and a log line, where the file is missing or broken."""
        try:
            text = self._file.read_text(encoding="utf-8")
            document = json.loads(text)
            nodes = document.get("nodes", {})
            "".join(nodes).encode()  # JSON lets half a surrogate pass, which is no node's name
            past = Past(_time_ns(document["position_ns"]), {name: _time_ns(nodes[name]) for name in nodes})
            self._saved = text
            return past
        except FileNotFoundError:
            _log.info("none", file=self._file, effect="the stream begins with new flows")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            _log.warning("broken", file=self._file, error=str(error), effect="the stream begins with new flows")
        return Past()

    def save(self, past: Past) -> None:
        """Keep the position. The file is replaced as a whole, so that it is never half written."""
        text = json.dumps({"position_ns": past.position_ns, "nodes": dict(past.newest_by_node)})
        if text == self._saved:
            return
        new = self._file.with_suffix(".new")
        try:
            new.write_text(text, encoding="utf-8")
            os.replace(new, self._file)
        except OSError as error:
            _log.warning("not_saved", file=self._file, error=str(error))
            return
        self._saved = text


def _time_ns(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(f"{value!r:.40} is no time")
    return value
