"""Takes typed values out of a YAML mapping and notes every problem with its path, never stopping at the first."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from hubble_adapter.errors import Problem

__all__ = ["Reader"]

_MISSING = object()


class Reader:
    """Reads one mapping of the configuration.

    values: the mapping; whatever else stands there is a problem.
    path: where it stands, as `rabbitmq.tls`; empty for the whole file.
    problems: every problem goes here.
    """

    def __init__(self, values: object, path: str, problems: list[Problem]) -> None:
        self._path = path
        self.problems = problems
        self._known: list[str] = []
        self._values: Mapping[object, object] = {}
        if isinstance(values, Mapping):
            self._values = values
        elif values is not None:
            self.problem("", f"is {_kind(values)}; it must be a mapping (key: value)")

    def problem(self, key: str, message: str) -> None:
        """Note a problem with `key` (empty: with this whole mapping)."""
        path = ".".join(filter(None, (self._path, key))) or "the file"
        self.problems.append(Problem(path, message))

    def section(self, key: str) -> Reader:
        """Return a reader for the mapping under `key`, an empty one where it is missing."""
        return Reader(self._take(key, None), ".".join(filter(None, (self._path, key))), self.problems)

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def text(self, key: str, default: str | None, choices: tuple[str, ...] = ()) -> str:
        """Return a string; with no default the key must be there."""
        value = self._take(key, default)
        if value is None:
            self.problem(key, "is missing; it must be set")
            return ""
        if not isinstance(value, str):
            self.problem(key, f'is {_kind(value)}; it must be a string (put quotes around it: "{value}")')
            return default or ""
        if choices and value not in choices:
            self.problem(key, f"is {value!r}; it must be one of {', '.join(choices)}{did_you_mean(value, choices)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of strings, empty by default."""
        value = self._take(key, [])
        if not isinstance(value, list):
            self.problem(key, f"is {_kind(value)}; it must be a list of strings")
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.problem(f"{key}[{index}]", f"is {_kind(item)}; it must be a string")
        return tuple(item for item in value if isinstance(item, str))

    def mappings(self, key: str) -> list[tuple[str, dict[str, object]]]:
        """Return a list of mappings, each with its path."""
        value = self._take(key, [])
        if not isinstance(value, list):
            self.problem(key, f"is {_kind(value)}; it must be a list of mappings")
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, dict):
                found.append((f"{key}[{index}]", item))
            else:
                self.problem(f"{key}[{index}]", f"is {_kind(item)}; it must be a mapping")
        return found

    def integer(self, key: str, default: int, least: int, most: int) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(key, f"is {_kind(value)}; it must be a whole number from {least} to {most}")
            return default
        return int(self._within(key, value, least, most))

    def number(self, key: str, default: float, least: float, most: float) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(key, f"is {_kind(value)}; it must be a number from {least:g} to {most:g}")
            return default
        return self._within(key, float(value), least, most)

    def truth(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.problem(key, f"is {_kind(value)}; it must be true or false")
            return default
        return value

    def finish(self) -> None:
        """Note every key that nothing asked for; call it last."""
        for key in self._values:
            if key not in self._known:
                hint = did_you_mean(str(key), self._known) or f"; known here: {', '.join(self._known)}"
                self.problem(str(key), f"is not a setting{hint}")

    def _take(self, key: str, default: object) -> object:
        self._known.append(key)
        value = self._values.get(key, _MISSING)
        # `key:` with nothing behind it is how a commented-out section looks: the default.
        return default if value is _MISSING or value is None else value

    def _within(self, key: str, value: float, least: float, most: float) -> float:
        if not least <= value <= most:
            self.problem(key, f"is {value:g}; it must be from {least:g} to {most:g}")
        return value


def did_you_mean(word: str, known: tuple[str, ...] | list[str]) -> str:
    """Return `; did you mean x?` where something known is near to `word`, else nothing."""
    near = difflib.get_close_matches(word.lower(), [name.lower() for name in known], n=1)
    return "".join(f"; did you mean {name}?" for name in known if near and name.lower() == near[0])


def _kind(value: object) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "a string", bool: "true or false", type(None): "empty"}
    kind = kinds.get(type(value), "a number" if isinstance(value, int | float) else type(value).__name__)
    return f"{kind} ({value!r:.60})" if not isinstance(value, dict | list) else kind
