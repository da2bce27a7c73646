"""Patterns for DNS names and nodes: literal but for `*`, anchored at both ends."""

from __future__ import annotations

import re

from mock_hubble.refusal import BadRequest

_ANY_NAME = r"[-0-9_a-z]+(?:\.[-0-9_a-z]+)*"
_LITERAL = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def _fqdn_source(pattern: str) -> str:
    pattern = pattern.strip()
    pattern = (pattern[:-1] if pattern.endswith(".") else pattern).lower()
    if not pattern:
        raise BadRequest("empty pattern")
    if pattern.endswith("."):
        raise BadRequest("multiple trailing dots in pattern")
    out = []
    for rune in pattern:
        if rune == "*":
            out.append("[-.0-9a-z]*")
        elif rune == ".":
            out.append(r"\.")
        elif rune in _LITERAL:
            out.append(rune)
        else:
            raise BadRequest(f"{rune!r}: invalid rune in pattern")
    return "".join(out)


def compile_fqdn(pattern: str) -> re.Pattern[str]:
    """For `fullmatch`: `*` is any run of a-z, 0-9, `-` and `.`; case and one trailing dot of the pattern do not
    count.
    """
    return re.compile(_fqdn_source(pattern), re.ASCII)


def compile_node_name(pattern: str) -> re.Pattern[str]:
    """For `fullmatch` on CLUSTER/NODE: `[cluster/]node`, a missing part stands for any."""
    if not pattern:
        raise BadRequest("empty pattern")
    parts = pattern.split("/")
    if len(parts) > 2:
        raise BadRequest("too many slashes in pattern")
    cluster, node = ("", parts[0]) if len(parts) == 1 else parts
    sources = (_fqdn_source(part) if part else _ANY_NAME for part in (cluster, node))
    return re.compile("/".join(sources), re.ASCII)
