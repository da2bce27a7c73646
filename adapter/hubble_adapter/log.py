"""Log lines for people and journald: `key=value`, one line a fact, repeats folded, never a payload or a secret."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import Callable

__all__ = ["Log", "name_process", "set_level", "setup"]

# The same line again within this time is counted, not written.
_FOLD_S = 30.0

# syslog's priorities, which journald reads off the front of a line.
_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}


class Log:
    """Writes lines about one part of the adapter: `log.info("connected", address=...)`.

    Fields whose value is a string are quoted where they have to be; control characters never reach the terminal.
    """

    def __init__(self, part: str) -> None:
        self._logger = logging.getLogger(f"hubble_adapter.{part}")

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            line = " ".join([f"event={_value(event)}", *[f"{key}={_value(value)}" for key, value in fields.items()]])
            self._logger.log(level, "%s", line)


def setup(level: str) -> None:
    """Send the lines to standard error: for journald with a priority, for a terminal with the time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(for_journald=bool(os.environ.get("JOURNAL_STREAM"))))
    handler.addFilter(_Folding())
    root = logging.getLogger("hubble_adapter")
    root.handlers[:] = [handler]
    root.propagate = False
    set_level(level)
    # pika tells each failed try on several levels with stack traces; what matters of it, session.py says.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def set_level(level: str) -> None:
    """Write lines of `level` (debug, info, warning, error) and above."""
    logging.getLogger("hubble_adapter").setLevel(level.upper())


def name_process(name: str) -> None:
    """From now on say in each line that this process wrote it."""
    _Formatter.process = name


class _Formatter(logging.Formatter):
    converter = time.gmtime
    process = ""

    def __init__(self, *, for_journald: bool) -> None:
        super().__init__()
        self._for_journald = for_journald

    def format(self, record: logging.LogRecord) -> str:
        part = record.name.rpartition(".")[2]
        process = f"process={self.process} " if self.process else ""
        line = f"level={record.levelname.lower()} {process}part={part} {record.getMessage()}"
        if self._for_journald:
            return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}"
        return f"time={self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}Z {line}"


class _Folding(logging.Filter):
    """Lets a line through once in `_FOLD_S`, and says with the next one how often it was held back.

    Numbers are left out of the comparison: a delay or a count that differs makes no new line.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[str, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        message = record.getMessage()
        key = f"{record.name} " + re.sub(r"\d+", "#", message)
        now_s = self._clock()
        since_s, held_back = self._last.get(key, (-_FOLD_S, 0))
        if now_s - since_s < _FOLD_S:
            self._last[key] = (since_s, held_back + 1)
            return False
        if len(self._last) > 1_000:
            self._last.clear()
        self._last[key] = (now_s, 0)
        if held_back:
            record.msg, record.args = "%s repeated=%d", (message, held_back)
        return True


def _value(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if re.fullmatch(r"[\w.:/@+,\[\]-]+", text, re.ASCII):
        return text
    printable = "".join(c if c.isprintable() else "?" for c in text[:500])
    return '"' + printable.replace("\\", "\\\\").replace('"', "'") + '"'
