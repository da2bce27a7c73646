"""Kubernetes label selectors over Cilium labels (`SOURCE:KEY=VALUE`).

A selector's key may carry a source (`k8s:app=x`, `reserved:world`); without one, any source will do.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, Sequence

from mock_hubble.refusal import BadRequest

Selector = Callable[[Iterable[str]], bool]
Requirement = Callable[[Iterable[str]], bool]

_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)")
_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_LONGEST_NAME = 63
_LONGEST_PREFIX = 253
_OPERATORS = ("=", "==", "!=", "in", "notin", "<", ">")


def compile_selector(text: str) -> Selector:
    """A test of an endpoint's labels. An empty selector takes every endpoint. BadRequest when the text is no
    selector.
    """
    tokens = _tokens(text)
    requirements = [_requirement(part, text) for part in _parts(tokens, text)]
    return lambda labels: all(requirement(labels) for requirement in requirements)


def value_of(labels: Iterable[str], source: str, key: str) -> str | None:
    """Value of the first label of that source (`any`: of any) and key; "" for a label without value, None when there
    is none.
    """
    for label in labels:
        name, _, value = label.partition("=")
        label_source, colon, label_key = name.partition(":")
        if not colon:
            label_source, label_key = "unspec", name
        if label_key == key and source in ("any", label_source):
            return value
    return None


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unparsable(text, "unexpected character")
        tokens.append(match.group(1))
        at = match.end()
    return tokens


def _parts(tokens: Sequence[str], text: str) -> list[list[str]]:
    """The requirements' tokens: cut at commas outside of parentheses."""
    if not tokens:
        return []
    parts: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if token == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    if depth or not all(parts):
        raise _unparsable(text, "unbalanced or empty requirement")
    return parts


def _requirement(tokens: list[str], text: str) -> Requirement:
    absent = tokens[0] == "!"
    if absent:
        tokens = tokens[1:]
    if not tokens:
        raise _unparsable(text, "a key is missing")
    source, key = _key(tokens[0], text)
    if len(tokens) == 1:
        return lambda labels: (value_of(labels, source, key) is None) == absent
    operator = tokens[1]
    if absent or operator not in _OPERATORS:
        raise _unparsable(text, f"unexpected {operator!r}")
    if operator in ("in", "notin"):
        return _membership(source, key, _set_values(tokens[2:], text), operator == "in")
    if len(tokens) > 3 or (len(tokens) == 3 and tokens[2] in ("=", "==", "!=", "!", "(", ")", ",", "<", ">")):
        raise _unparsable(text, "one value expected")
    value = tokens[2] if len(tokens) == 3 else ""
    if operator in ("<", ">"):
        return _comparison(source, key, operator, value, text)
    return _membership(source, key, {_value(value, text)}, operator != "!=")


def _membership(source: str, key: str, values: set[str], wanted: bool) -> Requirement:
    return lambda labels: (value_of(labels, source, key) in values) == wanted


def _comparison(source: str, key: str, operator: str, bound: str, text: str) -> Requirement:
    if not re.fullmatch(r"-?[0-9]+", bound):
        raise _unparsable(text, f"{operator} wants an integer")
    limit = int(bound)

    def holds(labels: Iterable[str]) -> bool:
        value = value_of(labels, source, key)
        if value is None or not re.fullmatch(r"-?[0-9]+", value):
            return False
        return int(value) < limit if operator == "<" else int(value) > limit

    return holds


def _set_values(tokens: Sequence[str], text: str) -> set[str]:
    if len(tokens) < 2 or tokens[0] != "(" or tokens[-1] != ")":
        raise _unparsable(text, "a set in parentheses expected")
    values: set[str] = set()
    expecting = True
    for token in tokens[1:-1]:
        if token == ",":
            if expecting:
                values.add("")
            expecting = True
        elif not expecting or token in ("(", ")", "=", "==", "!=", "!", "<", ">"):
            raise _unparsable(text, f"unexpected {token!r} in a set")
        else:
            values.add(_value(token, text))
            expecting = False
    if expecting:
        values.add("")
    return values


def _key(token: str, text: str) -> tuple[str, str]:
    source, colon, key = token.partition(":")
    if not colon:
        source, key = "any", token
    prefix, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or not _NAME.fullmatch(source):
        raise _unparsable(text, f"invalid label key {token!r}")
    if slash and (not _PREFIX.fullmatch(prefix) or len(prefix) > _LONGEST_PREFIX):
        raise _unparsable(text, f"invalid label key {token!r}")
    return source, key


def _value(token: str, text: str) -> str:
    if token and (len(token) > _LONGEST_NAME or not _NAME.fullmatch(token)):
        raise _unparsable(text, f"invalid label value {token!r}")
    return token


def _unparsable(text: str, why: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: {why} in {text!r}")
