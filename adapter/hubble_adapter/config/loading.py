"""File and environment in, settings out, or every problem at once.

The environment variables override the file, for fleets and containers that set no more than these.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from hubble_adapter.config.reading import Reader
from hubble_adapter.config.sections import (
    LEAST_BUFFER_BYTES,
    read_batching,
    read_buffer,
    read_filters,
    read_flows,
    read_http_listen,
    read_hubble,
    read_rabbitmq,
    read_state_directory,
)
from hubble_adapter.config.settings import Settings
from hubble_adapter.errors import ConfigError, Problem
from hubble_adapter.routing import UNKNOWN, name_word

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
        hubble=read_hubble(root.section("hubble")),
        rabbitmq=read_rabbitmq(root.section("rabbitmq"), environment),
        filters=read_filters(root.section("filters")),
        cluster=root.text("cluster", "default"),
        workers=root.integer("workers", 1, 1, 32),
        flows=read_flows(root.section("flows")),
        batching=read_batching(root.section("batch")),
        buffer_max_bytes=read_buffer(root.section("buffer")),
        reconnect_max_seconds=root.number("reconnect_max_seconds", 30.0, 0.1, 600),
        drain_timeout_seconds=root.number("drain_timeout_seconds", 5.0, 0, 300),
        http_listen=read_http_listen(root.section("http")),
        state_directory=read_state_directory(root, environment),
        log_level=root.text("log_level", "info", ("debug", "info", "warning", "error")),
    )
    if name_word(settings.cluster) == UNKNOWN:
        root.problem(
            "cluster", f"is {settings.cluster!r}; it must be 1 to 63 letters, digits, - or _, as Cilium has it"
        )
    _check_workers(root, settings)
    root.finish()
    if problems:
        raise ConfigError([_with_source(problem, environment) for problem in problems])
    return settings


def _check_workers(root: Reader, settings: Settings) -> None:
    """Note what does not go together with several workers."""
    workers = settings.workers
    named = [index for index, one in enumerate(settings.filters.allow) if one.node_name]
    if workers > 1 and named:
        root.problem("workers", f"is {workers}, and filters.allow[{named[0]}] names nodes; leave one of them out")
    if settings.buffer_max_bytes < workers * LEAST_BUFFER_BYTES:
        root.problem("workers", f"is {workers}, and buffer.max_bytes leaves less than {LEAST_BUFFER_BYTES} for each")


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
