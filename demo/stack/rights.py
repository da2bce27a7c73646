"""Who may see what on the broker: the exact rights of a viewer, and what its page is told about them.

Pure: regular expressions, names and documents, no I/O. docs/viewers.md says the same in words; the cookbook makes the
same texts. The broker matches a subscription's binding key, as text, against the user's topic right for reading: so a
right lists the shapes that a binding key may have, word by word, and none of them may hold a wildcard of many words.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from stack.definitions import NOTHING, VHOST, Limits, Stream, TopicRight, User
from stack.errors import StackError

FLOWS = "hubble_flows"
STATUS = "hubble_status"

# A word of a binding key: the wildcard of one word, or a word as docs/messages.md defines it. Never "#", never empty.
WORD = r"(?:\*|[A-Za-z0-9_-]{1,63})"
_QUEUE_DIGITS = "[0-9a-f]{2}"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_CLUSTER = re.compile(r"[A-Za-z0-9_-]{1,63}")
# A label of RFC 1123, which every name of a Kubernetes namespace is.
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")

_Retention = dict[str, str | int]
_MIB = 1024 * 1024
_HISTORY: _Retention = {
    "x-max-age": "24h",
    "x-max-length-bytes": 512 * _MIB,
    "x-stream-max-segment-size-bytes": 16 * _MIB,
}
_STATUS_HISTORY: _Retention = {
    "x-max-age": "24h",
    "x-max-length-bytes": 128 * _MIB,
    "x-stream-max-segment-size-bytes": 4 * _MIB,
}
_DOCUMENT: _Retention = {"x-max-length-bytes": 1_000_000, "x-stream-max-segment-size-bytes": 500_000}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user who sees flows in the page: those of `namespaces` (either end), from `clusters`. None means all of them.

    Raises StackError if the broker could not keep these rights apart from wider ones.
    """

    name: str
    namespaces: tuple[str, ...] | None = None
    clusters: tuple[str, ...] | None = None
    history: bool = True
    limits: Limits = Limits(connections=64, channels=128)

    def __post_init__(self) -> None:
        wrong = []
        if not _NAME.fullmatch(self.name):
            wrong.append(
                f"name {self.name!r} must be letters, digits, _ and -, at most 63, the first a letter or digit"
            )
        for namespace in self.namespaces or ():
            if not _NAMESPACE.fullmatch(namespace):
                wrong.append(f"namespace {namespace!r} must be a name of a Kubernetes namespace: a-z, 0-9 and -")
        for cluster in self.clusters or ():
            if not _CLUSTER.fullmatch(cluster):
                wrong.append(f"cluster {cluster!r} must be letters, digits, _ and -, at most 63")
        if wrong:
            raise StackError(f"viewer {self.name!r}: {'; '.join(wrong)}")

    def user(self) -> User:
        """The broker's user with its rights and limits."""
        queue = rf"stomp-subscription-{self.name}\.{_QUEUE_DIGITS}"
        names = [FLOWS, STATUS, *self.history_streams(), *self.status_streams(), self.document_stream()]
        readable = "|".join(name.replace(".", r"\.") for name in names)
        return User(
            name=self.name,
            configure=f"^{queue}$",
            write=f"^{queue}$",
            read=f"^(?:{queue}|{readable})$",
            topics=(
                TopicRight(FLOWS, write=NOTHING, read=self._flow_keys()),
                TopicRight(STATUS, write=NOTHING, read=self._status_keys()),
            ),
            limits=self.limits,
        )

    @property
    def _sees_any(self) -> bool:
        return self.namespaces != () and self.clusters != ()

    def _flow_keys(self) -> str:
        if not self._sees_any:
            return NOTHING
        cluster = WORD if self.clusters is None else _one_of(self.clusters)
        if self.namespaces is None:
            tail = rf"(?:#|{WORD}\.{WORD}\.{WORD})"
            # The first word says whose flows these are: what follows a cluster of the viewer's own may be anything.
            return f"^(?:#|{cluster}\\.{tail})$" if self.clusters is None else f"^{cluster}\\.{tail}$"
        namespace = _one_of(self.namespaces)
        return rf"^{cluster}\.{WORD}\.(?:{namespace}\.{WORD}|{WORD}\.{namespace})$"

    def _status_keys(self) -> str:
        if self.clusters is None:
            return rf"^(?:#|{WORD}\.{WORD})$"
        if not self.clusters:
            return NOTHING
        return rf"^{_one_of(self.clusters)}\.{WORD}$"

    def flow_bindings(self) -> list[str]:
        """Binding keys on hubble_flows that bring all that the viewer may see."""
        return [
            key
            for namespace in ([None] if self.namespaces is None else self.namespaces)
            for cluster in ([None] if self.clusters is None else self.clusters)
            for key in _flow_bindings(namespace, cluster)
        ]

    def status_bindings(self) -> list[str]:
        """Binding keys on hubble_status that bring all that the viewer may see."""
        return ["#"] if self.clusters is None else [f"{cluster}.*" for cluster in self.clusters]

    def history_streams(self) -> list[str]:
        """The streams of flows that together hold what the viewer may see, no more and no less."""
        return [stream.name for stream in self.streams() if stream.exchange == FLOWS]

    def status_streams(self) -> list[str]:
        """The streams of statuses that together hold what the viewer may see, no more and no less."""
        return [stream.name for stream in self.streams() if stream.exchange == STATUS]

    def document_stream(self) -> str:
        return f"hubble_viewer.{self.name}"

    def streams(self) -> list[Stream]:
        """The history streams that the viewer reads, with their bindings. Viewers share them by name."""
        if not self.history:
            return []
        clusters = [None] if self.clusters is None else self.clusters
        namespaces = [None] if self.namespaces is None else self.namespaces
        flows = [
            Stream(
                _stream_name("hubble_history", namespace, cluster),
                FLOWS,
                tuple(_flow_bindings(namespace, cluster)),
                _HISTORY,
            )
            for namespace in namespaces
            for cluster in clusters
        ]
        status = [
            Stream(
                _stream_name("hubble_status_history", None, cluster),
                STATUS,
                ("#",) if cluster is None else (f"{cluster}.*",),
                _STATUS_HISTORY,
            )
            for cluster in clusters
        ]
        return flows + status

    def document(self) -> dict[str, Any]:
        """What the viewer's page is told (docs/messages.md, "Viewer")."""
        return {
            "v": 1,
            "user": self.name,
            "namespaces": None if self.namespaces is None else list(self.namespaces),
            "clusters": None if self.clusters is None else list(self.clusters),
            "queue": f"stomp-subscription-{self.name}.",
            "flows": self.flow_bindings(),
            "status": self.status_bindings(),
            "history": self.history_streams(),
            "status_history": self.status_streams(),
        }


def document_stream(viewer: Viewer) -> Stream:
    """The stream of one message that only this viewer may read."""
    return Stream(viewer.document_stream(), None, (), _DOCUMENT)


def all_streams(viewers: Iterable[Viewer]) -> list[Stream]:
    """Every stream that these viewers read, each once."""
    found: dict[str, Stream] = {}
    for viewer in viewers:
        for stream in [*viewer.streams(), document_stream(viewer)]:
            found[stream.name] = stream
    return list(found.values())


def publish_expression(viewers: Sequence[Viewer]) -> str:
    """Erlang for `rabbitmqctl eval` that puts each viewer's document into its stream, confirmed, and says `ok`.

    It uses the broker's own AMQP client inside of the node, so that it needs neither a port nor a password, and nothing
    but that client's records, which are the same in RabbitMQ 3.10 and 4.0. Only Base64 is put between its quotes.
    """
    pairs = ", ".join(f"{{{_binary(viewer.document_stream())}, {_binary(_json(viewer))}}}" for viewer in viewers)
    return " ".join(
        [
            f'Login = {{amqp_params_direct, none, none, <<"{VHOST}">>, node(), none, []}},',
            "{ok, Connection} = amqp_connection:start(Login),",
            "{ok, Channel} = amqp_connection:open_channel(Connection),",
            "{'confirm.select_ok'} = amqp_channel:call(Channel, {'confirm.select', false}),",
            "No = undefined,",
            "Properties = {'P_basic', <<\"application/json\">>, No, No, 2, No, No, No, No, No, No, No, No, No, No},",
            "Publish = fun ({Name, Body}) -> Method = {'basic.publish', 0, <<>>, Name, false, false},",
            "ok = amqp_channel:cast(Channel, Method, {amqp_msg, Properties, Body}) end,",
            f"lists:foreach(Publish, [{pairs}]),",
            "true = amqp_channel:wait_for_confirms(Channel, 10),",
            "amqp_connection:close(Connection).",
        ]
    )


def end_connections_expression(user: str) -> str:
    """Erlang for `rabbitmqctl eval` that ends this user's open pages, and says `ok`.

    `rabbitmqctl close_all_user_connections` ends connections of AMQP; in RabbitMQ 3.10 it leaves those of Web-STOMP.
    """
    return " ".join(
        [
            '[amqp_direct_connection:server_close(Process, 320, <<"Your rights have changed.">>)',
            f"|| Connection <- rabbit_connection_tracking:list_of_user({_binary(user)}),",
            "Parts <- [tuple_to_list(Connection)], lists:member(direct, Parts), Process <- Parts, is_pid(Process)],",
            "ok.",
        ]
    )


def loopback_settings(viewers: Iterable[Viewer]) -> str:
    """Lines of rabbitmq.conf that let these users in from this machine only: from nginx, whatever else is reachable."""
    return "".join(f"loopback_users.{viewer.name} = true\n" for viewer in viewers)


def _json(viewer: Viewer) -> str:
    return json.dumps(viewer.document(), separators=(",", ":"))


def _binary(text: str) -> str:
    return f'base64:decode(<<"{base64.b64encode(text.encode()).decode()}">>)'


def _one_of(words: Sequence[str]) -> str:
    """A regular expression of exactly these words, none of which holds a sign with a meaning in one."""
    return f"(?:{'|'.join(words)})"


def _flow_bindings(namespace: str | None, cluster: str | None) -> list[str]:
    if namespace is None:
        return ["#" if cluster is None else f"{cluster}.#"]
    first = cluster or "*"
    return [f"{first}.*.{namespace}.*", f"{first}.*.*.{namespace}"]


def _stream_name(base: str, namespace: str | None, cluster: str | None) -> str:
    """No word of a routing key holds an @, so that no namespace can pass for a cluster."""
    parts = [base]
    if namespace is not None or cluster is not None:
        parts.append(f"{namespace or ''}{'' if cluster is None else f'@{cluster}'}")
    return ".".join(parts)
