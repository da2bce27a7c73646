"""The rights of viewers: a binding key that passes them brings only what may be seen, and the streams hold no more."""

from __future__ import annotations

import base64
import itertools
import json
import re

import pytest
from stack.errors import StackError
from stack.rights import Viewer, all_streams, document_stream, publish_expression

EVERYTHING = Viewer("all")
SHOP = Viewer("shop", namespaces=("shop",))
TEAM = Viewer("team-a", namespaces=("pay", "shop"), clusters=("prod",))
CLUSTER = Viewer("ops", clusters=("prod", "lab"))
NOBODY = Viewer("nobody", namespaces=())
VIEWERS = [EVERYTHING, SHOP, TEAM, CLUSTER, NOBODY]

WORDS_OF_KEYS = ["prod", "lab", "shop", "pay", "_world", "DROPPED"]
WORDS_OF_BINDINGS = [
    "*",
    "#",
    "",
    "prod",
    "shop",
    "pay",
    "*shop",
    "shop#",
    "(shop)",
    "shop|pay",
    "Shop",
    "ſhop",
    "shop\n",
]


def brings(binding: list[str], key: list[str]) -> bool:
    """Whether a topic exchange routes this key by this binding (AMQP 0-9-1, 3.1.3.3): * one word, # any number."""
    if not binding:
        return not key
    if binding[0] == "#":
        return brings(binding[1:], key) or (bool(key) and brings(binding, key[1:]))
    return bool(key) and binding[0] in ("*", key[0]) and brings(binding[1:], key[1:])


def may_see(viewer: Viewer, key: list[str]) -> bool:
    cluster, _, *ends = key
    return (viewer.clusters is None or cluster in viewer.clusters) and (
        viewer.namespaces is None or any(end in viewer.namespaces for end in ends)
    )


def topic_right(viewer: Viewer, exchange: str) -> re.Pattern[str]:
    (right,) = [topic for topic in viewer.user().topics if topic.exchange == exchange]
    return re.compile(right.read)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
def test_every_binding_that_passes_brings_only_what_may_be_seen(viewer: Viewer) -> None:
    right = topic_right(viewer, "hubble_flows")
    forbidden = [list(key) for key in itertools.product(WORDS_OF_KEYS, repeat=4) if not may_see(viewer, list(key))]
    tried = passed = 0
    for count in range(1, 6):
        for binding in itertools.product(WORDS_OF_BINDINGS[: 13 if count < 5 else 6], repeat=count):
            tried += 1
            if right.search(".".join(binding)) and ".".join(binding):
                passed += 1
                assert not [key for key in forbidden if brings(list(binding), key)], binding
    assert tried > 30_000
    assert (passed > 0) == (viewer is not NOBODY)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
def test_the_document_s_bindings_pass_and_bring_all_that_may_be_seen(viewer: Viewer) -> None:
    right = topic_right(viewer, "hubble_flows")
    document = viewer.document()
    assert all(right.search(binding) for binding in document["flows"])
    assert all(topic_right(viewer, "hubble_status").search(binding) for binding in document["status"])
    for key in itertools.product(WORDS_OF_KEYS, repeat=4):
        brought = any(brings(binding.split("."), list(key)) for binding in document["flows"])
        assert brought == (may_see(viewer, list(key)) and viewer is not NOBODY)


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
def test_the_streams_hold_what_may_be_seen_and_no_more(viewer: Viewer) -> None:
    streams = {stream.name: stream for stream in viewer.streams()}
    assert all(re.search(viewer.user().read, name) for name in streams)
    bindings = [key for name in viewer.history_streams() for key in streams[name].keys]
    for key in itertools.product(WORDS_OF_KEYS, repeat=4):
        assert any(brings(binding.split("."), list(key)) for binding in bindings) == may_see(viewer, list(key))


def test_a_stream_s_name_says_what_it_is_bound_by() -> None:
    streams: dict[str, set[tuple[str, ...]]] = {}
    for viewer in [
        *VIEWERS,
        Viewer("a", ("a",)),
        Viewer("b", ("a-b",)),
        Viewer("c", ("a",), ("b",)),
        Viewer("d", None, ("a",)),
    ]:
        for stream in viewer.streams():
            streams.setdefault(stream.name, set()).add(stream.keys)
    assert len(streams) > 8
    assert all(len(keys) == 1 for keys in streams.values())


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.name)
def test_names_of_others_are_out_of_reach(viewer: Viewer) -> None:
    user = viewer.user()
    mine = f"{viewer.document()['queue']}af"
    assert all(re.search(right, mine) for right in (user.configure, user.write, user.read))
    assert re.search(user.read, document_stream(viewer).name)
    others = [f"{other.document()['queue']}af" for other in VIEWERS if other is not viewer]
    others += [document_stream(other).name for other in VIEWERS if other is not viewer]
    names = [f"{mine}0", mine[:-1], f"x{mine}", mine.upper(), mine.replace(".", "x"), "", "amq.default", "amq.topic"]
    for name in [*others, *names, "stomp-subscription-LfE3_fyE7_Z7GA9Nsxny2Q", "hubble_history.kube-system"]:
        assert not [right for right in (user.configure, user.write, user.read) if re.search(right, name)], name
    for name in ("hubble_flows", "hubble_status", "hubble_history", "hubble_history.shop"):
        assert not [right for right in (user.configure, user.write) if re.search(right, name)], name


def test_only_a_viewer_of_everything_reads_all_of_the_history() -> None:
    readers = [viewer for viewer in VIEWERS if re.search(viewer.user().read, "hubble_history")]
    assert readers == [EVERYTHING]


def test_without_history_no_stream_of_flows_or_statuses_is_read() -> None:
    viewer = Viewer("live", ("shop",), history=False)
    assert viewer.streams() == []
    assert viewer.document()["history"] == viewer.document()["status_history"] == []
    assert not re.search(viewer.user().read, "hubble_history.shop")


@pytest.mark.parametrize(
    ("name", "namespaces", "clusters"),
    [
        ("", None, None),
        ("a.b", None, None),
        ("a|b", None, None),
        ("-a", None, None),
        ("a" * 64, None, None),
        ("a", ("*",), None),
        ("a", ("#",), None),
        ("a", ("shop.*",), None),
        ("a", ("shop|pay",), None),
        ("a", ("",), None),
        ("a", ("_world",), None),
        ("a", ("Shop",), None),
        ("a", ("shop\n",), None),
        ("a", ("ſhop",), None),
        ("a", None, ("#",)),
        ("a", None, (".*",)),
        ("a", None, ("prod.lab",)),
    ],
)
def test_names_that_could_mean_more_are_refused(
    name: str, namespaces: tuple[str, ...] | None, clusters: tuple[str, ...] | None
) -> None:
    with pytest.raises(StackError, match="must be"):
        Viewer(name, namespaces, clusters)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(StackError) as raised:
        Viewer("a b", ("Shop", "*"), ("x.y",))
    assert str(raised.value).count("must be") == 4


def test_documents_go_into_erlang_as_base64() -> None:
    expression = publish_expression([SHOP, TEAM])
    texts = [
        base64.b64decode(text).decode() for text in re.findall(r'base64:decode\(<<"([A-Za-z0-9+/=]*)">>\)', expression)
    ]
    assert texts[0::2] == ["hubble_viewer.shop", "hubble_viewer.team-a"]
    assert [json.loads(text) for text in texts[1::2]] == [SHOP.document(), TEAM.document()]
    assert "shop" not in expression


def test_shared_streams_are_declared_once() -> None:
    names = [stream.name for stream in all_streams([SHOP, Viewer("shop-2", ("shop",)), EVERYTHING])]
    assert len(names) == len(set(names))
    assert {"hubble_history", "hubble_history.shop", "hubble_viewer.shop", "hubble_viewer.shop-2"} <= set(names)
