"""Filters on who speaks with whom: pods, services, labels, workloads, identities, clusters, names, addresses, ports,
nodes.

Each builder takes a FlowFilter field's values and gives a test of one flow.Flow; any of the values may match.
BadRequest on a bad value.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Callable, Iterable

from mock_hubble.label_selector import compile_selector
from mock_hubble.name_pattern import compile_fqdn, compile_node_name
from mock_hubble.refusal import BadRequest

Test = Callable[[Any], bool]
Side = str  # "source" or "destination"

_DEFAULT_CLUSTER = "default"
_DEFAULT_NAMESPACE = "default"
_HIGHEST_PORT = 65535


def pod(values: Iterable[str], side: Side) -> Test:
    named = _namespaced(values)

    def test(flow: Any) -> bool:
        end = getattr(flow, side)
        return named(end.namespace, end.pod_name)

    return test


def service(values: Iterable[str], side: Side) -> Test:
    named = _namespaced(values)

    def test(flow: Any) -> bool:
        found = getattr(flow, f"{side}_service")
        return named(found.namespace, found.name)

    return test


def _namespaced(values: Iterable[str]) -> Callable[[str, str], bool]:
    """`[namespace/]prefix`; a bare prefix means the namespace `default`, an empty namespace before the slash means
    any.
    """
    wanted: list[tuple[str | None, str]] = []
    for value in values:
        if not value:
            raise BadRequest(f"invalid filter, must be [namespace/][<name>], got {value!r}")
        namespace, slash, prefix = value.partition("/")
        wanted.append((namespace or None, prefix) if slash else (_DEFAULT_NAMESPACE, value))

    def test(namespace: str, name: str) -> bool:
        if not namespace and not name:
            return False
        return any((space is None or space == namespace) and name.startswith(prefix) for space, prefix in wanted)

    return test


def fqdn(values: Iterable[str], side: Side) -> Test:
    patterns = [compile_fqdn(value) for value in values]

    def test(flow: Any) -> bool:
        names = getattr(flow, f"{side}_names")
        return any(pattern.fullmatch(name) for name in names for pattern in patterns)

    return test


def label(values: Iterable[str], side: Side) -> Test:
    selectors = [compile_selector(value) for value in values]

    def test(flow: Any) -> bool:
        labels = list(getattr(flow, side).labels)
        return any(selector(labels) for selector in selectors)

    return test


def node_label(values: Iterable[str]) -> Test:
    selectors = [compile_selector(value) for value in values]

    def test(flow: Any) -> bool:
        labels = list(flow.node_labels)
        return any(selector(labels) for selector in selectors)

    return test


def workload(values: Iterable[Any], side: Side) -> Test:
    wanted = [(value.name, value.kind) for value in values]

    def test(flow: Any) -> bool:
        return any(
            (not name or name == has.name) and (not kind or kind == has.kind)
            for has in getattr(flow, side).workloads
            for name, kind in wanted
        )

    return test


def identity(values: Iterable[int], side: Side) -> Test:
    wanted = frozenset(values)
    return lambda flow: flow.HasField(side) and getattr(flow, side).identity in wanted


def cluster_name(values: Iterable[str], side: Side) -> Test:
    wanted = frozenset(values)
    if "" in wanted:
        raise BadRequest("invalid filter, name must not be empty")
    return lambda flow: getattr(flow, side).cluster_name in wanted


def ip(values: Iterable[str], field: str) -> Test:
    """Addresses are compared as text, without normalising the spelling; what has a slash is a prefix."""
    addresses = set()
    networks = []
    for value in values:
        try:
            if "/" in value:
                address, _, length = value.partition("/")
                if "%" in address or not (length.isascii() and length.isdigit()):
                    raise ValueError(value)
                networks.append(ipaddress.ip_network(value, strict=False))
            else:
                if "%" in value:
                    raise ValueError(value)
                ipaddress.ip_address(value)
                addresses.add(value)
        except ValueError as error:
            what = "CIDR" if "/" in value else "IP address"
            raise BadRequest(f"invalid {what} in filter: {value!r}") from error

    def test(flow: Any) -> bool:
        text = getattr(flow.IP, field)
        if not text:
            return False
        if text in addresses:
            return True
        # Go's prefixes contain no address that has a zone.
        if not networks or "%" in text:
            return False
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return test


def port(values: Iterable[str], side: Side) -> Test:
    wanted = set()
    for value in values:
        if not (value.isascii() and value.isdigit()) or int(value) > _HIGHEST_PORT:
            raise BadRequest(f"invalid {side} port filter: invalid port {value!r}")
        wanted.add(int(value))

    def test(flow: Any) -> bool:
        protocol = flow.l4.WhichOneof("protocol")
        if protocol not in ("TCP", "UDP", "SCTP"):
            return False
        return getattr(getattr(flow.l4, protocol), f"{side}_port") in wanted

    return test


def node_name(values: Iterable[str]) -> Test:
    patterns = [compile_node_name(value) for value in values]

    def test(flow: Any) -> bool:
        name = flow.node_name
        if not name:
            return False
        if "/" not in name:
            name = f"{_DEFAULT_CLUSTER}/{name}"
        return any(pattern.fullmatch(name) for pattern in patterns)

    return test
