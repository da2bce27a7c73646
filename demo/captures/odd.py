"""Flows that no well-behaved cluster sends, for tests only: what is missing, too big, unknown or hostile.

Every flow's `Summary` begins with the name of what is odd about it, which is how tests find it.
"""

from __future__ import annotations

from typing import Tuple

from cluster import CART, FRONTEND_1, Json
from tape import Tape, ethernet, ip, line, tcp

HUGE_CHARACTERS = 20_000

_HOSTILE = {
    "markup": "<script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "right-to-left": "cart-\u202egpj.exe\u202c-\u0627\u0644\u0633\u0644\u0629",
    "controls": "bell\u0007-newline\n-escape\u001b[31m-nul\u0000-del\u007f",
    "separators": "line\u2028paragraph\u2029zero\u200bwidth\ufeff",
    "astral": "\U0001f6d2-\U0001f468\u200d\U0001f469\u200d\U0001f467-e\u0301",
    "template": "{{7*7}}${7*7}%s%n",
    "routing": "shop.*.#",
    "formula": "=cmd|'/C calc'!A0",
    "proto": "__proto__",
}


def make() -> str:
    """The lines of odd.jsonl."""
    tape = Tape("odd")
    _missing(tape)
    _numbers(tape)
    _strings(tape)
    return "".join(line(flow) for flow in tape.flows)


def _plain(name: str) -> Json:
    return {
        "verdict": "FORWARDED",
        "ethernet": ethernet(FRONTEND_1, CART),
        "IP": ip(FRONTEND_1, CART),
        "l4": tcp(40000, CART.port, ("SYN",)),
        "source": FRONTEND_1.endpoint(),
        "destination": CART.endpoint(),
        "Type": "L3_L4",
        "event_type": {"type": 4},
        "traffic_direction": "INGRESS",
        "is_reply": False,
        "Summary": name,
    }


def _missing(tape: Tape) -> None:
    for name, fields in (
        ("no time", ("time",)),
        ("no uuid", ("uuid",)),
        ("no node name", ("node_name",)),
        ("no source", ("source",)),
        ("no destination", ("destination",)),
        ("no endpoints", ("source", "destination")),
        ("no IP", ("IP",)),
        ("no l4", ("l4",)),
        ("no verdict", ("verdict",)),
        ("no event type", ("event_type",)),
        ("no direction", ("traffic_direction",)),
    ):
        tape.add(CART.node, **_plain(name))
        for field in fields:
            del tape.flows[-1][field]
    tape.add(CART.node, Summary="nothing but a summary")
    tape.add(CART.node, **dict(_plain("empty messages"), source={}, destination={}, IP={}, l4={}, event_type={}))
    tape.add(CART.node, **dict(_plain("empty transport"), l4={"TCP": {}}))
    tape.add(CART.node, **dict(_plain("empty record"), Type="L7", l7={"type": "REQUEST", "http": {}}, l4=tcp(1, 80)))


def _numbers(tape: Tape) -> None:
    changes: Tuple[Tuple[str, Json], ...] = (
        ("unknown verdict", {"verdict": 42}),
        ("unknown drop reason", {"verdict": "DROPPED", "drop_reason": 999, "drop_reason_desc": 999}),
        ("unknown type", {"Type": 99}),
        ("unknown direction", {"traffic_direction": 7}),
        ("unknown event type", {"event_type": {"type": 250, "sub_type": -3}}),
        ("negative event type", {"event_type": {"type": -2147483648}}),
        ("unknown ip version", {"IP": dict(ip(FRONTEND_1, CART), ipVersion=9)}),
        ("unknown reserved identity", {"source": {"identity": 11, "labels": ["reserved:tomorrow"]}}),
        ("highest identity", {"source": {"identity": 4294967295}}),
        ("port above 16 bits", {"l4": tcp(4294967295, 70000, ("SYN",))}),
        ("every flag", {"l4": tcp(1, 2, ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"))}),
        ("highest counters", {"socket_cookie": str(2**64 - 1), "cgroup_id": str(2**64 - 1)}),
        ("highest latency", {"l7": {"type": "RESPONSE", "latency_ns": str(2**64 - 1), "dns": {"query": "x."}}}),
        ("before 1970", {"time": "1969-12-31T23:59:59.999999999Z"}),
        ("far future", {"time": "9999-12-31T23:59:59.999999999Z"}),
    )
    for name, change in changes:
        tape.add(CART.node, **_plain(name))
        tape.flows[-1].update(change)


def _strings(tape: Tape) -> None:
    for name, text in (*_HOSTILE.items(), ("huge", "x" * HUGE_CHARACTERS)):
        endpoint = {
            "identity": 30000,
            "namespace": text,
            "pod_name": text,
            "labels": [f"k8s:app={text}", text],
            "workloads": [{"name": text, "kind": text}],
            "cluster_name": text,
        }
        headers = [{"key": text, "value": text}]
        tape.add(
            CART.node,
            **dict(
                _plain(f"hostile {name}"),
                source=endpoint,
                source_names=[text],
                destination_names=[text],
                destination_service={"name": text, "namespace": text},
                Type="L7",
                l4=tcp(40000, 80),
                event_type={"type": 129},
                l7={"type": "REQUEST", "http": {"method": text, "url": f"http://cart/{text}", "headers": headers}},
                ingress_denied_by=[{"name": text, "namespace": text, "kind": text}],
                policy_log=[text],
            ),
        )
    for name, address in (("no address", ""), ("not an address", "<b>127.0.0.1</b>"), ("zone", "fe80::1%eth0")):
        tape.add(CART.node, **dict(_plain(f"hostile {name}"), IP={"source": address, "destination": address}))
    tape.add(CART.node, **dict(_plain("hostile node name"), Summary="hostile node name"))
    tape.flows[-1]["node_name"] = "a/b/c.*.#"
