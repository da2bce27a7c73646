"""Filters on DNS and HTTP records.

Each builder takes a FlowFilter field's values and gives a test of one flow.Flow; any of the values may match.
BadRequest on a bad value.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Iterable
from urllib.parse import unquote, urlsplit

from mock_hubble.refusal import BadRequest
from mock_hubble.regex import compile_re2

Test = Callable[[Any], bool]

_STATUS = re.compile(r"[1-5][0-9]{2}|[1-5][0-9]?\+", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][-+.A-Za-z0-9]*:", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _http(flow: Any) -> Any:
    """The flow's HTTP record or None."""
    return flow.l7.http if flow.l7.WhichOneof("record") == "http" else None


def dns_query(values: Iterable[str]) -> Test:
    patterns = [compile_re2(value) for value in values]

    def test(flow: Any) -> bool:
        if flow.l7.WhichOneof("record") != "dns":
            return False
        return any(pattern.search(flow.l7.dns.query) for pattern in patterns)

    return test


def http_status_code(values: Iterable[str]) -> Test:
    exact, prefixes = set(), []
    for value in values:
        if not _STATUS.fullmatch(value):
            raise BadRequest(f"invalid http status code filter: invalid status code prefix: {value!r}")
        if value.endswith("+"):
            prefixes.append(value[:-1])
        else:
            exact.add(value)

    def test(flow: Any) -> bool:
        http = _http(flow)
        if http is None or http.code == 0:
            return False
        code = f"{http.code:03d}"
        return code in exact or any(code.startswith(prefix) for prefix in prefixes)

    return test


def http_method(values: Iterable[str]) -> Test:
    wanted = {value.lower() for value in values}

    def test(flow: Any) -> bool:
        http = _http(flow)
        return http is not None and bool(http.method) and http.method.lower() in wanted

    return test


def http_path(values: Iterable[str]) -> Test:
    patterns = [compile_re2(value) for value in values]

    def test(flow: Any) -> bool:
        http = _http(flow)
        path = None if http is None else request_path(http.url)
        return path is not None and any(pattern.search(path) for pattern in patterns)

    return test


def http_url(values: Iterable[str]) -> Test:
    patterns = [compile_re2(value) for value in values]

    def test(flow: Any) -> bool:
        http = _http(flow)
        return http is not None and bool(http.url) and any(pattern.search(http.url) for pattern in patterns)

    return test


def http_header(values: Iterable[Any]) -> Test:
    wanted = {(value.key, value.value) for value in values}

    def test(flow: Any) -> bool:
        http = _http(flow)
        return http is not None and any((header.key, header.value) in wanted for header in http.headers)

    return test


def request_path(url: str) -> str | None:
    """The decoded path of an absolute URL or an absolute path; None where a server would find the URL unparsable."""
    if not url or _CONTROL.search(url) or not (url.startswith("/") or url == "*" or _SCHEME.match(url)):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # a ValueError when it is none
    except ValueError:
        return None
    if _BAD_ESCAPE.search(parts.path):
        return None
    return unquote(parts.path, errors="surrogateescape")
