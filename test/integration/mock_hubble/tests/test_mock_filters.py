"""Every field of flow.FlowFilter: what it matches, what it misses, what it refuses; and the algebra of lists."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format

from hubble_adapter.wire import flow_pb2
from mock_hubble.event import FlowEvent, Template
from mock_hubble.filters import FlowFilters, compile_filter
from mock_hubble.refusal import BadRequest, NotImplementedHere

SHOP = {"namespace": "shop", "pod_name": "cart-7c4b"}
LABELLED = {"labels": ["k8s:app=cart", "k8s:tier=back", "reserved:world", "cni:app=net"]}
TCP = {"TCP": {"source_port": 40000, "destination_port": 8080, "flags": {"SYN": True, "ACK": True}}}
GET = {"http": {"method": "GET", "url": "http://cart:80/a%20b/c?x=1", "headers": [{"key": "K", "value": "v"}]}}


def http(**fields: Any) -> dict[str, Any]:
    return {"l7": {"http": fields}}


# field, values, a flow that matches, flows that do not
MATCHES: list[tuple[str, Any, dict[str, Any], list[dict[str, Any]]]] = [
    ("uuid", ["a", "b"], {"uuid": "b"}, [{"uuid": "c"}, {"uuid": "B"}, {}]),
    ("source_ip", ["10.0.0.1"], {"IP": {"source": "10.0.0.1"}}, [{"IP": {"destination": "10.0.0.1"}}, {}]),
    ("source_ip", ["10.0.0.0/8"], {"IP": {"source": "10.9.9.9"}}, [{"IP": {"source": "11.0.0.1"}}, {}]),
    ("source_ip", ["10.1.2.3/8"], {"IP": {"source": "10.9.9.9"}}, [{"IP": {"source": "fd00::1"}}]),
    ("source_ip", ["0.0.0.0/0"], {"IP": {"source": "1.2.3.4"}}, [{"IP": {"source": "<b>"}}, {"IP": {"source": ""}}]),
    ("destination_ip", ["fd00::1"], {"IP": {"destination": "fd00::1"}}, [{"IP": {"destination": "fd00:0::1"}}]),
    ("destination_ip", ["fd00::/64"], {"IP": {"destination": "fd00:0::1"}}, [{"IP": {"destination": "fd00:0:0:1::"}}]),
    ("source_ip_xlated", ["10.0.0.1"], {"IP": {"source_xlated": "10.0.0.1"}}, [{"IP": {"source": "10.0.0.1"}}]),
    ("source_pod", ["shop/"], {"source": SHOP}, [{"destination": SHOP}, {"source": {"namespace": "shopping"}}, {}]),
    ("source_pod", ["shop/cart"], {"source": SHOP}, [{"source": {"namespace": "shop", "pod_name": "car"}}]),
    ("source_pod", ["cart"], {"source": {"namespace": "default", "pod_name": "cart-1"}}, [{"source": SHOP}]),
    ("source_pod", ["/cart"], {"source": SHOP}, [{"source": {"namespace": "shop", "pod_name": "a-cart"}}]),
    ("source_pod", ["/"], {"source": {"namespace": "x"}}, [{"source": {"identity": 2}}, {}]),
    ("destination_pod", ["x/", "shop/ca"], {"destination": SHOP}, [{"source": SHOP}]),
    (
        "source_service",
        ["pay/api"],
        {"source_service": {"name": "api-1", "namespace": "pay"}},
        [{"destination_service": {"name": "api-1", "namespace": "pay"}}, {"source": SHOP}],
    ),
    ("destination_service", ["api"], {"destination_service": {"name": "api", "namespace": "default"}}, [{}]),
    ("source_fqdn", ["*.Example."], {"source_names": ["x", "a.b.example"]}, [{"source_names": ["example"]}, {}]),
    ("destination_fqdn", ["a.b"], {"destination_names": ["a.b"]}, [{"destination_names": ["axb", "a.b.c"]}]),
    ("destination_fqdn", ["*"], {"destination_names": ["a-1.b"]}, [{"destination_names": ["a_b"]}]),
    ("dns_query", ["^api\\."], {"l7": {"dns": {"query": "api.bank."}}}, [{"l7": {"dns": {"query": "x.api."}}}, http()]),
    ("dns_query", ["bank"], {"l7": {"dns": {"query": "api.bank."}}}, [{}]),
    ("source_label", ["app=cart"], {"source": LABELLED}, [{"destination": LABELLED}, {"source": {}}, {}]),
    ("source_label", ["k8s:app = cart"], {"source": LABELLED}, [{"source": {"labels": ["cni:app=cart"]}}]),
    ("source_label", ["app==net"], {"source": {"labels": ["cni:app=net"]}}, [{"source": LABELLED}]),
    ("source_label", ["reserved:world"], {"source": LABELLED}, [{"source": {"labels": ["k8s:world=yes"]}}]),
    ("source_label", ["app!=cart"], {"source": {}}, [{"source": LABELLED}]),
    ("source_label", ["app in (cart, pay)"], {"source": LABELLED}, [{"source": {"labels": ["k8s:app=x"]}}]),
    ("source_label", ["app notin (x,y),tier"], {"source": LABELLED}, [{"source": {"labels": ["k8s:app=z"]}}]),
    ("source_label", ["!ghost"], {"source": LABELLED}, [{"source": {"labels": ["k8s:ghost"]}}]),
    ("source_label", ["n>3,n<9"], {"source": {"labels": ["k8s:n=5"]}}, [{"source": {"labels": ["k8s:n=9"]}}, {}]),
    ("source_label", [""], {}, []),
    ("destination_label", ["a/b=c"], {"destination": {"labels": ["k8s:a/b=c"]}}, [{"destination": LABELLED}]),
    ("node_labels", ["zone=a"], {"node_labels": ["k8s:zone=a"]}, [{"node_labels": ["k8s:zone=b"]}, {}]),
    (
        "source_workload",
        [{"name": "cart", "kind": "Deployment"}],
        {"source": {"workloads": [{"name": "x"}, {"name": "cart", "kind": "Deployment"}]}},
        [{"source": {"workloads": [{"name": "cart", "kind": "deployment"}]}}, {"source": SHOP}, {}],
    ),
    ("source_workload", [{"kind": "Job"}], {"source": {"workloads": [{"name": "any", "kind": "Job"}]}}, [{}]),
    (
        "destination_workload",
        [{"name": "cart"}],
        {"destination": {"workloads": [{"name": "cart", "kind": "X"}]}},
        [{"destination": {"workloads": [{"name": "carts"}]}}],
    ),
    ("source_identity", [2], {"source": {"identity": 2}}, [{"source": {"identity": 3}}, {}]),
    ("source_identity", [0], {"source": {}}, [{}]),
    ("destination_identity", [1, 6], {"destination": {"identity": 6}}, [{"source": {"identity": 6}}]),
    ("source_cluster_name", ["a"], {"source": {"cluster_name": "a"}}, [{"source": {"cluster_name": "ab"}}, {}]),
    (
        "destination_cluster_name",
        ["*"],
        {"destination": {"cluster_name": "*"}},
        [{"destination": {"cluster_name": "a"}}],
    ),
    ("source_port", ["40000"], {"l4": TCP}, [{"l4": {"ICMPv4": {"type": 8}}}, {}]),
    ("source_port", ["53"], {"l4": {"UDP": {"source_port": 53}}}, [{"l4": {"UDP": {"destination_port": 53}}}]),
    ("destination_port", ["1", "3868"], {"l4": {"SCTP": {"destination_port": 3868}}}, [{"l4": TCP}]),
    ("destination_port", ["0"], {"l4": {"TCP": {}}}, [{}]),
    ("protocol", ["TCP"], {"l4": TCP}, [{"l4": {"UDP": {}}}, {}]),
    ("protocol", ["udp", "dns"], {"l4": TCP, "l7": {"dns": {}}}, [{"l4": TCP}]),
    ("protocol", ["icmp"], {"l4": {"ICMPv6": {}}}, [{"l4": {"IGMP": {}}}]),
    ("protocol", ["icmpv4"], {"l4": {"ICMPv4": {}}}, [{"l4": {"ICMPv6": {}}}]),
    ("protocol", ["icmpv6"], {"l4": {"ICMPv6": {}}}, [{"l4": {"ICMPv4": {}}}]),
    ("protocol", ["sctp"], {"l4": {"SCTP": {}}}, [{"l4": TCP}]),
    ("protocol", ["vrrp", "igmp"], {"l4": {"VRRP": {}}}, [{"l4": {"ICMPv4": {}}}]),
    ("protocol", ["http", "kafka"], {"l7": {"kafka": {}}}, [{"l7": {"dns": {}}}]),
    ("ip_version", ["IPv6"], {"IP": {"ipVersion": "IPv6"}}, [{"IP": {"ipVersion": "IPv4"}}, {}]),
    ("ip_version", ["IP_NOT_USED"], {}, [{"IP": {"ipVersion": "IPv4"}}]),
    ("tcp_flags", [{"SYN": True}], {"l4": TCP}, [{"l4": {"TCP": {"flags": {"ACK": True}}}}, {"l4": {"TCP": {}}}, {}]),
    (
        "tcp_flags",
        [{"RST": True}, {"SYN": True, "ACK": True}],
        {"l4": TCP},
        [{"l4": {"TCP": {"flags": {"SYN": True}}}}],
    ),
    ("tcp_flags", [{}], {"l4": TCP}, [{"l4": {"UDP": {}}}]),
    ("verdict", ["DROPPED", "AUDIT"], {"verdict": "AUDIT"}, [{"verdict": "FORWARDED"}, {}]),
    ("verdict", [42], {"verdict": 42}, [{"verdict": "DROPPED"}]),
    (
        "drop_reason_desc",
        ["POLICY_DENIED"],
        {"verdict": "DROPPED", "drop_reason_desc": "POLICY_DENIED"},
        [{"verdict": "FORWARDED", "drop_reason_desc": "POLICY_DENIED"}, {"verdict": "DROPPED"}],
    ),
    ("traffic_direction", ["EGRESS"], {"traffic_direction": "EGRESS"}, [{"traffic_direction": "INGRESS"}, {}]),
    ("reply", [True], {"is_reply": True}, [{"is_reply": False}, {"reply": True}, {"verdict": "DROPPED"}, {}]),
    ("reply", [False], {"is_reply": False}, [{"is_reply": True}, {}]),
    ("reply", [False], {"verdict": "DROPPED"}, [{"verdict": "DROPPED", "is_reply": True}]),
    ("encrypted", [True], {"IP": {"encrypted": True}}, [{"IP": {}}, {}]),
    ("encrypted", [False], {"IP": {}}, [{"IP": {"encrypted": True}}]),
    ("event_type", [{"type": 4}], {"event_type": {"type": 4, "sub_type": 3}}, [{"event_type": {"type": 1}}, {}]),
    (
        "event_type",
        [{"type": 4, "match_sub_type": True}],
        {"event_type": {"type": 4}},
        [{"event_type": {"type": 4, "sub_type": 3}}],
    ),
    ("event_type", [{"sub_type": 9}], {"event_type": {"type": 5}}, [{}]),
    ("interface", [{"name": "eth0"}], {"interface": {"index": 2, "name": "eth0"}}, [{"interface": {"index": 2}}, {}]),
    ("interface", [{"index": 2}], {"interface": {"index": 2, "name": "x"}}, [{"interface": {"index": 3}}]),
    ("interface", [{}], {"interface": {}}, [{}]),
    ("http_status_code", ["404"], http(code=404), [http(code=40), http(code=400), http(), {}]),
    ("http_status_code", ["5+", "41+"], http(code=503), [http(code=404), {"l7": {"dns": {}}}]),
    ("http_status_code", ["41+"], http(code=418), [http(code=408)]),
    ("http_method", ["get"], {"l7": GET}, [http(method="PUT"), http(), {}]),
    (
        "http_path",
        ["^/a b/"],
        {"l7": GET},
        [http(url="x=/a b/"), http(url="http://h:port/a b/"), http(url="/%zz/a b/"), {}],
    ),
    ("http_path", ["c$"], {"l7": GET}, [http(url="/d"), http(url="/x?c")]),
    ("http_path", [""], http(url="http://host"), [http(url="relative"), http(url="")]),
    ("http_url", ["x=1$"], {"l7": GET}, [http(url="/x=2"), {}]),
    ("http_header", [{"key": "K", "value": "v"}], {"l7": GET}, [http(headers=[{"key": "k", "value": "v"}]), {}]),
    (
        "node_name",
        ["node-*"],
        {"node_name": "default/node-1"},
        [{"node_name": "default/n"}, {"node_name": "a/b/node-1"}],
    ),
    ("node_name", ["default/"], {"node_name": "node-1"}, [{"node_name": "other/node-1"}, {}]),
    ("node_name", ["Other/Node-1"], {"node_name": "other/node-1"}, [{"node_name": "node-1"}]),
    ("trace_id", ["t"], {"trace_context": {"parent": {"trace_id": "t"}}}, [{"trace_context": {}}, {}]),
    ("ip_trace_id", ["7"], {"ip_trace_id": {"trace_id": "7"}}, [{"ip_trace_id": {"trace_id": "8"}}, {}]),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("source_ip", ["10.0.0"], "invalid IP address"),
    ("source_ip", ["10.0.0.01"], "invalid IP address"),
    ("source_ip", ["fe80::1%eth0"], "invalid IP address"),
    ("source_ip", [""], "invalid IP address"),
    ("destination_ip", ["10.0.0.0/33"], "invalid CIDR"),
    ("destination_ip", ["10.0.0.0/255.0.0.0"], "invalid CIDR"),
    ("source_ip_xlated", ["x/8"], "invalid CIDR"),
    ("source_pod", [""], "must be"),
    ("destination_pod", ["shop/", ""], "must be"),
    ("source_service", [""], "must be"),
    ("destination_service", [""], "must be"),
    ("source_fqdn", [""], "empty pattern"),
    ("source_fqdn", ["a.."], "trailing dots"),
    ("destination_fqdn", ["a b"], "invalid rune"),
    ("dns_query", ["("], "regexp"),
    ("dns_query", ["a(?=b)"], "Perl"),
    ("dns_query", [r"(a)\1"], "escape"),
    ("dns_query", ["a++"], "Perl"),
    ("dns_query", ["a{1001}"], "repeat count"),
    ("source_label", ["a=b=c"], "unable to parse"),
    ("source_label", ["=b"], "unable to parse"),
    ("source_label", ["a in b"], "set"),
    ("source_label", ["a in (b"], "unbalanced"),
    ("source_label", ["a,,b"], "empty requirement"),
    ("destination_label", ["a>b"], "integer"),
    ("destination_label", ["-a"], "invalid label key"),
    ("node_labels", ["!"], "key"),
    ("node_labels", ["a=" + "b" * 64], "invalid label value"),
    ("source_cluster_name", [""], "must not be empty"),
    ("destination_cluster_name", ["a", ""], "must not be empty"),
    ("source_port", ["65536"], "invalid port"),
    ("source_port", ["-1"], "invalid port"),
    ("destination_port", ["80-90"], "invalid port"),
    ("destination_port", ["٣"], "invalid port"),
    ("protocol", ["quic"], "unknown protocol"),
    ("http_status_code", ["600"], "invalid status code"),
    ("http_status_code", ["+"], "invalid status code"),
    ("http_status_code", ["404+"], "invalid status code"),
    ("http_path", ["["], "regexp"),
    ("http_url", ["*"], "regexp"),
    ("node_name", [""], "empty pattern"),
    ("node_name", ["a/b/c"], "slashes"),
    ("node_name", ["a/b c"], "invalid rune"),
]


def a_filter(**fields: Any) -> Any:
    return json_format.ParseDict(fields, flow_pb2.FlowFilter())


def a_flow(fields: dict[str, Any]) -> Any:
    return json_format.ParseDict(fields, flow_pb2.Flow())


@pytest.mark.parametrize("field, values, match, misses", MATCHES, ids=[f"{row[0]}-{row[1]}" for row in MATCHES])
def test_field(field: str, values: Any, match: dict[str, Any], misses: list[dict[str, Any]]) -> None:
    test = compile_filter(a_filter(**{field: values}))
    assert test(a_flow(match))
    assert [miss for miss in misses if test(a_flow(miss))] == []


@pytest.mark.parametrize("field, values, words", REFUSED, ids=[f"{row[0]}-{row[1]}" for row in REFUSED])
def test_bad_value(field: str, values: Any, words: str) -> None:
    with pytest.raises(BadRequest, match=words):
        compile_filter(a_filter(**{field: values}))


def test_every_field_is_in_the_table() -> None:
    fields = {field.name for field in flow_pb2.FlowFilter.DESCRIPTOR.fields} - {"experimental"}
    assert fields == {row[0] for row in MATCHES}
    assert fields == {row[0] for row in MATCHES if row[3]}


@pytest.mark.parametrize("field", ["http_status_code", "http_method", "http_path", "http_url", "http_header"])
def test_http_wants_l7_events(field: str) -> None:
    values: Any = {"http_header": [{"key": "a"}], "http_status_code": ["200"]}.get(field, ["a"])
    with pytest.raises(BadRequest, match="event type"):
        compile_filter(a_filter(**{field: values}, event_type=[{"type": 4}]))
    compile_filter(a_filter(**{field: values}, event_type=[{"type": 4}, {"type": 129}]))


@pytest.mark.parametrize(
    "data",
    [
        flow_pb2.FlowFilter(experimental=flow_pb2.FlowFilter.Experimental(cel_expression=["true"])).SerializeToString(),
        b"\xba\x3e\x02\x10\x01",  # experimental with an unknown field 2
        b"\xc8\x02\x01",  # field 41
        b"\x32\x02\x28\x01",  # event_type with an unknown field 5
    ],
)
def test_what_is_not_implemented_is_refused(data: bytes) -> None:
    with pytest.raises(NotImplementedHere):
        compile_filter(flow_pb2.FlowFilter.FromString(data))


@pytest.mark.parametrize("pattern", [r"\pL", r"\Qa.b\E", "[[:alpha:]]", "(?U)a", "a(?i)b", "(?<n>a)"])
def test_regular_expressions_of_re2_alone_are_refused(pattern: str) -> None:
    with pytest.raises(NotImplementedHere):
        compile_filter(a_filter(dns_query=[pattern]))


@pytest.mark.parametrize(
    "pattern, text, found",
    [
        ("a$", "a\n", False),
        (r"^a\z", "a", True),
        ("[$]", "$", True),
        ("[?+]", "+", True),
        ("[]a]", "]", True),
        (r"\d", "٣", False),
        ("(?i)ABC", "abc", True),
        ("(?i:A)b", "ab", True),
        (r"\$\\", "$\\", True),
        ("[[]", "[", True),
        ("(?P<x>a)+?", "a", True),
    ],
)
def test_regular_expressions_are_those_of_re2(pattern: str, text: str, found: bool) -> None:
    assert compile_filter(a_filter(dns_query=[pattern]))(a_flow({"l7": {"dns": {"query": text}}})) is found


DROPPED = {"verdict": ["DROPPED"]}
FROM_SHOP = {"source_pod": ["shop/"]}
BOTH = {**DROPPED, **FROM_SHOP}


@pytest.mark.parametrize(
    "whitelist, blacklist, passing",
    [
        ([], [], "dropped shop, dropped, shop, none"),
        ([DROPPED], [], "dropped shop, dropped"),
        ([DROPPED, FROM_SHOP], [], "dropped shop, dropped, shop"),
        ([BOTH], [], "dropped shop"),
        ([], [DROPPED], "shop, none"),
        ([], [DROPPED, FROM_SHOP], "none"),
        ([], [BOTH], "dropped, shop, none"),
        ([DROPPED], [FROM_SHOP], "dropped"),
        ([{}], [], "dropped shop, dropped, shop, none"),
        ([{}, DROPPED], [FROM_SHOP], "dropped, none"),
        ([], [{}], ""),
        ([DROPPED], [{}], ""),
        ([{"verdict": []}], [], "dropped shop, dropped, shop, none"),
    ],
)
def test_algebra(whitelist: list[Any], blacklist: list[Any], passing: str) -> None:
    flows = {
        "dropped shop": a_flow({"verdict": "DROPPED", "source": SHOP}),
        "dropped": a_flow({"verdict": "DROPPED"}),
        "shop": a_flow({"source": SHOP}),
        "none": a_flow({}),
    }
    filters = FlowFilters([a_filter(**each) for each in whitelist], [a_filter(**each) for each in blacklist])
    assert ", ".join(name for name, flow in flows.items() if filters.passes_flow(flow)) == passing


@pytest.mark.parametrize("shared", [True, False])
def test_events_are_judged_by_their_own_uuid(shared: bool) -> None:
    template = Template(a_flow({"verdict": "DROPPED"}), shared)
    events = [FlowEvent(template, uuid, 1, 1) for uuid in ("a", "b")]
    by_uuid = FlowFilters([a_filter(uuid=["b"], verdict=["DROPPED"])], [])
    assert [by_uuid.passes(event) for event in events + events] == [False, True, False, True]
    by_verdict = FlowFilters([a_filter(verdict=["DROPPED"])], [])
    assert [by_verdict.passes(event) for event in events + events] == [True] * 4
