"""One line of the audit as `key=value`. Names of users, queues and keys are hostile text: quoted, short, one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

__all__ = ["Line"]

_PLAIN = re.compile(r"[\w.:/@+,\[\]*#>-]+", re.ASCII)
_VALUE_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Line:
    """What happened, and when: `at_ms` is the broker's clock, in milliseconds since 1970. A warning was refused."""

    event: str
    at_ms: int
    fields: Mapping[str, object]
    warning: bool = False

    def __str__(self) -> str:
        at = datetime.fromtimestamp(self.at_ms / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        fields = {name: value for name, value in self.fields.items() if value not in (None, "")}
        return " ".join([f"event={self.event}", f"at={at}Z", *[f"{key}={_text(fields[key])}" for key in fields]])


def _text(value: object) -> str:
    text = str(value)
    if len(text) <= _VALUE_CHARACTERS and _PLAIN.fullmatch(text):
        return text
    printable = "".join(c if c.isprintable() else "?" for c in text[:_VALUE_CHARACTERS])
    return '"' + printable.replace("\\", "\\\\").replace('"', "'") + '"'
