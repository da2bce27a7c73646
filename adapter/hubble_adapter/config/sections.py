"""The sections of the configuration: each from what stands there to its settings, every problem noted."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from google.protobuf import json_format

from hubble_adapter.config.reading import Reader, did_you_mean
from hubble_adapter.config.settings import Batching, Broker, Filters, Flows, Hubble, RabbitMQ, Tls
from hubble_adapter.routing import UNKNOWN, name_word
from hubble_adapter.wire import flow_pb2

__all__ = [
    "LEAST_BUFFER_BYTES",
    "read_batching",
    "read_buffer",
    "read_filters",
    "read_flows",
    "read_http_listen",
    "read_hubble",
    "read_rabbitmq",
    "read_state_directory",
]

LEAST_BUFFER_BYTES = 1024 * 1024


def read_hubble(reader: Reader) -> Hubble:
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


def read_rabbitmq(reader: Reader, environment: Mapping[str, str]) -> RabbitMQ:
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


def read_filters(reader: Reader) -> Filters:
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


def read_flows(reader: Reader) -> Flows:
    settings = Flows(
        labels=reader.texts("labels"),
        http_headers=reader.texts("http_headers"),
        max_flow_bytes=reader.integer("max_flow_bytes", 65_536, 1_024, 1_048_576),
    )
    reader.finish()
    return settings


def read_batching(reader: Reader) -> Batching:
    settings = Batching(
        max_flows=reader.integer("max_flows", 200, 1, 10_000),
        max_delay_ms=reader.integer("max_delay_ms", 50, 0, 60_000),
    )
    reader.finish()
    return settings


def read_buffer(reader: Reader) -> int:
    max_bytes = reader.integer("max_bytes", 32 * 1024 * 1024, LEAST_BUFFER_BYTES, 16 * 1024 * 1024 * 1024)
    reader.finish()
    return max_bytes


def read_http_listen(reader: Reader) -> str:
    listen = reader.text("listen", "")
    host, _, port = listen.rpartition(":")
    if listen and (not host or not port.isdigit() or int(port) > 65_535):
        reader.problem("listen", f"is {listen!r}; it must be HOST:PORT, as 127.0.0.1:9808")
    reader.finish()
    return listen


def read_state_directory(reader: Reader, environment: Mapping[str, str]) -> str:
    # systemd makes the directory of StateDirectory= and names it here.
    directory = reader.text("state_directory", environment.get("STATE_DIRECTORY", ""))
    if directory and not os.access(directory, os.W_OK | os.X_OK):
        reader.problem("state_directory", f"is {directory!r}, which is no directory that can be written to")
    return directory
