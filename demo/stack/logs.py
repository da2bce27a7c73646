"""What a child's log tells a person at the terminal."""

from __future__ import annotations

import re
from pathlib import Path

_TAIL_BYTES = 16_384
_LINE_CHARACTERS = 300
_TELLING = re.compile(
    r"error|fail|refus|denied|cannot|can't|emerg|no such|not found|missing|invalid|unknown|could not", re.IGNORECASE
)
# A line's level says little: an Erlang node tags each line of its long crash reports with it.
_LEVEL = re.compile(r"\[(error|warning|notice|info)\]")
# Said after the reason, by an Erlang node that fails to boot and by nginx that cannot have its port.
_AFTERMATH = re.compile(
    r"Kernel pid terminated|failed_to_|errorContext|exited with reason|rash dump|BOOT FAILED|still could not bind"
)
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """One line without control characters, at most 300 characters: logs may quote whatever a workload chose to say."""
    return _CONTROL.sub("", text.replace("\n", " ")).strip()[:_LINE_CHARACTERS]


def telling_line(log: Path, since_byte: int = 0) -> str:
    """The last line after `since_byte` that tells why, else the last line; "" for an empty or absent log."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(since_byte, log.stat().st_size - _TAIL_BYTES))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line for line in map(harmless, text.split("\n")) if line]
    told = [line for line in lines if _TELLING.search(_LEVEL.sub("", line)) and not _AFTERMATH.search(line)]
    return (told or lines or [""])[-1]
