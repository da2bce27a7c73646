"""File and environment in, settings out, or every problem at once.

The environment variables override the file, for fleets and containers that set no more than these.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from google.protobuf import json_format

from hubble_adapter.config.reading import Reader, did_you_mean
from hubble_adapter.config.settings import Batching, Broker, Filters, Flows, Hubble, RabbitMQ, Settings, Tls
from hubble_adapter.errors import ConfigError, Problem
from hubble_adapter.routing import UNKNOWN, name_word
from hubble_adapter.wire import flow_pb2

__all__ = ["load"]


def load(path: Path | None, environment: Mapping[str, str]) -> Settings:
    """Return the settings that the file at `path` and the environment give.

    path: None for the environment alone.
    Raises ConfigError with all that is wrong.
    """
    problems: list[Problem] = []
    document = _document(path, problems) if path else None
    if isinstance(document, dict) or document is None:
        document = _overridden(document or {}, environment, problems)
    root = Reader(document, "", problems)
    settings = Settings(
        hubble=_hubble(root.section("hubble")),
        rabbitmq=_rabbitmq(root.section("rabbitmq"), environment),
        filters=_filters(root.section("filters")),
        cluster=root.text("cluster", "default"),
        flows=_flows(root.section("flows")),
        batching=_batching(root.section("batch")),
        buffer_max_bytes=_buffer(root.section("buffer")),
        reconnect_max_seconds=root.number("reconnect_max_seconds", 30.0, 0.1, 600),
        drain_timeout_seconds=root.number("drain_timeout_seconds", 5.0, 0, 300),
        http_listen=_http_listen(root.section("http")),
        state_directory=_state_directory(root, environment),
        log_level=root.text("log_level", "info", ("debug", "info", "warning", "error")),
    )
    if name_word(settings.cluster) == UNKNOWN:
        root.problem(
            "cluster", f"is {settings.cluster!r}; it must be 1 to 63 letters, digits, - or _, as Cilium has it"
        )
    root.finish()
    if problems:
        raise ConfigError([_with_source(problem, environment) for problem in problems])
    return settings


# The settings that an environment variable overrides, and how its text becomes the value.
_ENVIRONMENT = {
    "HUBBLE_RELAY_ADDRESS": ("hubble", "address"),
    "HUBBLE_REQUEST_TIMEOUT_SECONDS": ("hubble", "request_timeout_seconds"),
    "RABBITMQ_URL": ("rabbitmq", "url"),
    "RABBITMQ_EXCHANGE_NAME": ("rabbitmq", "exchange_name"),
    "RABBITMQ_EXCHANGE_TYPE": ("rabbitmq", "exchange_type"),
    "VERDICT_WHITELIST": ("filters", "verdicts"),
}


def _document(path: Path, problems: list[Problem]) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)
    except OSError as error:
        problems.append(Problem(str(path), f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError as error:
        problems.append(Problem(str(path), f"is not UTF-8: {error.reason} at byte {error.start}"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        problems.append(Problem(where, f"is not YAML: {error.problem or error.context}"))
    except yaml.YAMLError as error:
        problems.append(Problem(str(path), f"is not YAML: {' '.join(str(error).split())}"))
    raise ConfigError(problems)


class _UniqueKeys(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types in Debian
    """YAML as everybody reads it: a key that stands twice in one mapping is an error, not the last one's."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                if key_node.value in seen:
                    problem = f"{key_node.value!r} stands here a second time"
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                seen.add(key_node.value)
        return super().construct_mapping(node, deep)  # type: ignore[no-any-return]


def _overridden(
    document: dict[object, object], environment: Mapping[str, str], problems: list[Problem]
) -> dict[object, object]:
    document = dict(document)
    overridden: dict[object, object]
    for variable, (section, key) in _ENVIRONMENT.items():
        text = environment.get(variable, "")
        if not text:
            continue
        value: object = text
        if variable == "VERDICT_WHITELIST":
            value = [verdict.strip() for verdict in text.split(",") if verdict.strip()]
        elif variable == "HUBBLE_REQUEST_TIMEOUT_SECONDS":
            try:
                value = float(text)
            except ValueError:
                problems.append(Problem(f"environment {variable}", f"is {text!r}; it must be a number of seconds"))
                continue
        old = document.get(section)
        if isinstance(old, dict) or old is None:
            overridden = {**(old or {}), key: value}
            if key == "url":
                overridden.pop("urls", None)
            document[section] = overridden
    return document


def _with_source(problem: Problem, environment: Mapping[str, str]) -> Problem:
    """Name the environment variable where a problem's value came from there."""
    for variable, (section, key) in _ENVIRONMENT.items():
        if environment.get(variable) and problem.path.partition("[")[0] == f"{section}.{key}":
            return Problem(f"environment {variable} ({problem.path})", problem.message)
    return problem


def _hubble(reader: Reader) -> Hubble:
    address = reader.text("address", None)
    secure = address.startswith("tls://")
    address = address.removeprefix("tls://")
    if address and not address.startswith(("unix:", "dns:")):
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65_536:
            reader.problem(
                "address",
                f"is {address!r}; it must be HOST:PORT ([ADDRESS]:PORT for IPv6), tls://HOST:PORT or unix:///PATH",
            )
    settings = Hubble(
        address=address,
        request_timeout_seconds=reader.number("request_timeout_seconds", 12.0, 0.1, 300),
        resume_skew_seconds=reader.number("resume_skew_seconds", 5.0, 0, 300),
        tls=_tls(reader, secure),
    )
    reader.finish()
    return settings


def _tls(reader: Reader, secure: bool) -> Tls | None:
    """Read a `tls` section. TLS is on where the address says so or the section is there."""
    if not reader.has("tls"):
        reader.section("tls")
        return Tls() if secure else None
    section = reader.section("tls")
    tls = Tls(*[section.text(key, "") for key in ("ca_file", "cert_file", "key_file", "server_name")])
    if bool(tls.cert_file) != bool(tls.key_file):
        section.problem("cert_file" if tls.key_file else "key_file", "is missing; mutual TLS needs both")
    for key, file in (("ca_file", tls.ca_file), ("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        if file and not os.access(file, os.R_OK):
            section.problem(key, f"is {file!r}, which cannot be read")
    section.finish()
    return tls


def _rabbitmq(reader: Reader, environment: Mapping[str, str]) -> RabbitMQ:
    urls = reader.texts("urls") if reader.has("urls") else (reader.text("url", None),)
    if reader.has("urls") and reader.text("url", ""):
        reader.problem("urls", "is set, and url too; leave one of them out")
    key = "urls[%d]" if reader.has("urls") else "url"
    password_file = reader.text("password_file", "")
    secret = _secret(reader, "password_file", password_file, environment) if password_file else ""
    brokers = []
    for index, url in enumerate(urls):
        broker = _broker(reader, key % index if "%" in key else key, url, secret)
        if broker.password and password_file and broker.password != secret:
            reader.problem("password_file", "is set, and the URL has a password too; leave one of them out")
        elif url and not broker.password and not password_file:
            reader.problem("password_file", "is missing, and the URL has no password; name a file that holds it")
        brokers.append(broker)
    if not brokers:
        reader.problem("urls", "is empty; it must name at least one broker")
    secure = {urlsplit(url).scheme == "amqps" for url in urls}
    if len(secure) > 1:
        reader.problem("urls", "mixes amqp:// and amqps://; all must be of one kind")
    settings = RabbitMQ(
        brokers=tuple(brokers),
        exchange_name=reader.text("exchange_name", "hubble_flows"),
        exchange_type=reader.text("exchange_type", "topic", ("topic", "fanout")),
        status_exchange_name=reader.text("status_exchange_name", "hubble_status"),
        confirm_timeout_seconds=reader.number("confirm_timeout_seconds", 15.0, 1, 300),
        heartbeat_seconds=reader.integer("heartbeat_seconds", 10, 1, 600),
        tls=_tls(reader, True in secure),
    )
    if settings.exchange_name == settings.status_exchange_name:
        reader.problem("status_exchange_name", "is the same as exchange_name; flows and status need one each")
    for key, name in (
        ("exchange_name", settings.exchange_name),
        ("status_exchange_name", settings.status_exchange_name),
    ):
        if not name or len(name.encode()) > 255 or name.startswith("amq."):
            reader.problem(key, f"is {name!r:.80}; it must be 1 to 255 bytes and not begin with amq.")
    reader.finish()
    return settings


def _broker(reader: Reader, key: str, url: str, secret: str) -> Broker:
    # The URL itself is never repeated in a message: it may hold the password.
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
        reader.problem(key, "has a port that is no number from 0 to 65535")
    if url and (parts.scheme not in ("amqp", "amqps") or not parts.hostname):
        reader.problem(key, "must look like amqp://USER@HOST:PORT/VHOST, or amqps:// for TLS")
    return Broker(
        host=parts.hostname or "",
        port=port or (5671 if parts.scheme == "amqps" else 5672),
        vhost=unquote(parts.path[1:]) or "/",
        user=unquote(parts.username or "") or "hubble_adapter",
        password=unquote(parts.password or "") or secret,
    )


def _secret(reader: Reader, key: str, name: str, environment: Mapping[str, str]) -> str:
    """Read a secret's file. A relative name is one of systemd's credentials, where it gives any.

    A file that only root can read may have been handed over as a credential of the same name; one that we can read
    goes first, since a credential is a copy from when the service started.
    """
    credentials = environment.get("CREDENTIALS_DIRECTORY", "")
    path = Path(credentials or ".", name)
    if credentials and not os.access(path, os.R_OK) and (copy := Path(credentials, path.name)).is_file():
        path = copy
    try:
        if stat.S_IMODE(path.stat().st_mode) & stat.S_IROTH:
            reader.problem(key, f"is {str(path)!r}, which everybody can read; chmod it to 0640 or less")
        secret = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reader.problem(key, f"is {str(path)!r}, which cannot be read: {error}")
        return ""
    if not secret:
        reader.problem(key, f"is {str(path)!r}, which is empty")
    return secret


def _filters(reader: Reader) -> Filters:
    names = flow_pb2.Verdict.keys()
    verdicts = []
    for index, name in enumerate(reader.texts("verdicts")):
        if name in names:
            verdicts.append(flow_pb2.Verdict.Value(name))
        else:
            hint = did_you_mean(name, names) or f"; it must be one of {', '.join(names)}"
            reader.problem(f"verdicts[{index}]", f"is {name!r}, which is no verdict of Hubble's{hint}")
    namespaces = reader.texts("exclude_namespaces")
    for index, namespace in enumerate(namespaces):
        if name_word(namespace) == UNKNOWN:
            reader.problem(f"exclude_namespaces[{index}]", f"is {namespace!r}, which is no name of a namespace")
    settings = Filters(tuple(verdicts), namespaces, _flow_filters(reader, "allow"), _flow_filters(reader, "deny"))
    reader.finish()
    return settings


def _flow_filters(reader: Reader, key: str) -> tuple[flow_pb2.FlowFilter, ...]:
    filters = []
    for path, mapping in reader.mappings(key):
        try:
            flow_filter = json_format.ParseDict(mapping, flow_pb2.FlowFilter())
        except json_format.ParseError as error:
            reader.problem(path, f"is no flow.FlowFilter: {error}")
            continue
        if not flow_filter.ListFields():
            reader.problem(path, "is empty; an empty filter matches every flow")
        filters.append(flow_filter)
    return tuple(filters)


def _flows(reader: Reader) -> Flows:
    settings = Flows(
        labels=reader.texts("labels"),
        http_headers=reader.texts("http_headers"),
        max_flow_bytes=reader.integer("max_flow_bytes", 65_536, 1_024, 1_048_576),
    )
    reader.finish()
    return settings


def _batching(reader: Reader) -> Batching:
    settings = Batching(
        max_flows=reader.integer("max_flows", 200, 1, 10_000),
        max_delay_ms=reader.integer("max_delay_ms", 50, 0, 60_000),
    )
    reader.finish()
    return settings


def _buffer(reader: Reader) -> int:
    max_bytes = reader.integer("max_bytes", 32 * 1024 * 1024, 1024 * 1024, 16 * 1024 * 1024 * 1024)
    reader.finish()
    return max_bytes


def _http_listen(reader: Reader) -> str:
    listen = reader.text("listen", "")
    host, _, port = listen.rpartition(":")
    if listen and (not host or not port.isdigit() or int(port) > 65_535):
        reader.problem("listen", f"is {listen!r}; it must be HOST:PORT, as 127.0.0.1:9808")
    reader.finish()
    return listen


def _state_directory(reader: Reader, environment: Mapping[str, str]) -> str:
    # systemd makes the directory of StateDirectory= and names it here.
    directory = reader.text("state_directory", environment.get("STATE_DIRECTORY", ""))
    if directory and not os.access(directory, os.W_OK | os.X_OK):
        reader.problem("state_directory", f"is {directory!r}, which is no directory that can be written to")
    return directory
