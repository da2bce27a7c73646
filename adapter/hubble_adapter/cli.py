"""The command line: `hubble-adapter run | check | version`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from hubble_adapter import __version__
from hubble_adapter.bridge import Bridge
from hubble_adapter.config import load
from hubble_adapter.errors import AdapterError, ConfigError
from hubble_adapter.log import Log, setup
from hubble_adapter.supervisor import Supervisor

__all__ = ["main"]

# EX_CONFIG of sysexits.h: the service manager must not restart what no restart can mend.
_EXIT_CONFIG = 78
_EXIT_FAILURE = 1

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
            print(f"hubble-adapter: {problem}", file=sys.stderr)
        count = len(error.problems)
        print(f"hubble-adapter: {count} problem{'s' if count > 1 else ''} in the configuration", file=sys.stderr)
        return _EXIT_CONFIG
    if options.command == "check":
        print("hubble-adapter: the configuration is good")
        return 0
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hubble-adapter", description="Carries Cilium Hubble's flows to a RabbitMQ exchange."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("run", "carry flows until SIGTERM, then drain; a second SIGTERM stops at once"),
        ("check", "tell every problem of the configuration, and exit with 78 where there is one"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument(
            "--config", type=Path, metavar="FILE", help="YAML; without it, the environment variables alone"
        )
    commands.add_parser("version", help="print the version")
    return parser
