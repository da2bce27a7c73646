"""The command line: `hubble-adapter run | check | tail | version`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hubble_adapter import __version__
from hubble_adapter.bridge import Bridge
from hubble_adapter.config import Settings, load
from hubble_adapter.errors import AdapterError, ConfigError
from hubble_adapter.log import Log, setup
from hubble_adapter.memory import keep_compact
from hubble_adapter.probe import probe_broker, probe_hubble
from hubble_adapter.supervisor import Supervisor
from hubble_adapter.tail import HISTORY, Wanted, compact, json_line, moment, tail

__all__ = ["main"]

# EX_CONFIG of sysexits.h: the service manager must not restart what no restart can mend.
_EXIT_CONFIG = 78
_EXIT_FAILURE = 1
_EXIT_USAGE = 2

_log = Log("cli")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 1 for a failure, 78 for a configuration that cannot be used."""
    options = _parser().parse_args(arguments)
    if options.command == "version":
        print(f"hubble-adapter {__version__}")
        return 0
    try:
        settings = load(options.config, os.environ)
    except ConfigError as error:
        for problem in error.problems:
            _complain(str(problem))
        count = len(error.problems)
        _complain(f"{count} problem{'s' if count > 1 else ''} in the configuration")
        return _EXIT_CONFIG
    command: Callable[[argparse.Namespace, Settings], int] = options.do
    return command(options, settings)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    keep_compact()
    setup(settings.log_level)
    stop, reload = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os._exit(_EXIT_FAILURE) if stop.is_set() else stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    _log.info("start", version=__version__, config=options.config)
    try:
        bridge = Bridge(settings, Supervisor(dict(os.environ)))
        bridge.run(stop, reload, lambda: load(options.config, os.environ))
    except AdapterError as error:
        _log.error("failed", error=str(error))
        return _EXIT_FAILURE
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    print("the configuration is good")
    if not options.connect:
        return 0
    code = 0
    try:
        print(f"hubble {settings.hubble.address}: {probe_hubble(settings.hubble)}")
    except AdapterError as error:
        _complain(f"hubble: {error}")
        code = _EXIT_FAILURE
    for broker in settings.rabbitmq.brokers:
        try:
            for line in probe_broker(settings.rabbitmq, broker):
                print(f"broker {broker.address}: {line}")
        except AdapterError as error:
            _complain(f"broker: {error}")
            code = _EXIT_FAILURE
    return code


def _tail(options: argparse.Namespace, settings: Settings) -> int:
    def write(flow: dict[str, Any]) -> None:
        print(compact(flow) if options.output == "compact" else json_line(flow), flush=True)

    try:
        since = moment(options.since, datetime.now(timezone.utc)) if options.since else None
        tail(settings.rabbitmq, Wanted(options.key, since, options.stream), write)
    except ValueError as error:
        _complain(f"--since: {error}")
        return _EXIT_USAGE
    except AdapterError as error:
        _complain(str(error))
        return _EXIT_FAILURE
    except BrokenPipeError:
        # `| head` has had enough; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        pass
    return 0


def _complain(line: str) -> None:
    print(f"hubble-adapter: {line}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubble-adapter", description="Carries Cilium Hubble's flows to a RabbitMQ exchange."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(
        name: str, text: str, do: Callable[[argparse.Namespace, Settings], int] | None = None
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        if do:
            command.set_defaults(do=do)
            command.add_argument(
                "--config", type=Path, metavar="FILE", help="YAML; without it, the environment variables alone"
            )
        return command

    add("run", "carry flows until SIGTERM, then drain; SIGHUP applies a changed configuration", _run)
    check = add("check", "tell every problem of the configuration, and exit with 78 where there is one", _check)
    check.add_argument("--connect", action="store_true", help="try Hubble and the broker too, and say what is there")
    tailing = add("tail", "print flows from the broker, as lines that `hubble observe --input-file -` reads", _tail)
    tailing.add_argument(
        "--key", default="#", metavar="PATTERN", help="binding key, as '*.DROPPED.shop.*' (default: #)"
    )
    tailing.add_argument(
        "--since", metavar="TIME", help="begin in the past: 90s, 5m, 1h30m or 2d ago, or 2026-01-02T03:04:05Z"
    )
    tailing.add_argument(
        "--stream", default=HISTORY, metavar="NAME", help="where the past is kept (default: %(default)s)"
    )
    tailing.add_argument("-o", "--output", choices=("json", "compact"), default="json")
    add("version", "print the version")
    return parser
