"""hubblecast_audit --node NAME --url amqp://USER@HOST:PORT/VHOST --password-file FILE --state DIRECTORY [options]

Lines go to standard error. Ends at SIGTERM or SIGINT with 0; 2 is a wrong command line, 1 an address or file that
cannot be had. A broker that is away is waited for.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from hubblecast_audit.broker import Lost, Reader, Unreachable
from hubblecast_audit.line import Line
from hubblecast_audit.metrics import Metrics
from hubblecast_audit.trail import Message, Trail
from hubblecast_audit.visitors import Visitors

_RETRY_SECONDS = (0.5, 1.0, 2.0, 5.0)
# systemd's way to tell journald a line's priority: 6 is news, 4 a warning.
_FOR_JOURNALD = bool(os.environ.get("JOURNAL_STREAM"))


class Audit:
    """One run: reads, tells, counts, and leaves to the next run who is there."""

    def __init__(self, options: argparse.Namespace, stop: threading.Event) -> None:
        self._stop = stop
        self._state = options.state / "present.json"
        self._reader = Reader(options.url, options.password_file, options.queue, options.ca)
        self._visitors = Visitors()
        if options.visitors is not None:
            self._visitors.listen(options.visitors, options.visitors_group)
        self._trail = Trail(options.node, self._visitors, options.queue)
        self._up = False
        self._last_digest = ""
        self._metrics = Metrics(self._trail.users, lambda: self._up)
        self._recall()
        if options.metrics is not None:
            self._metrics.serve(options.metrics)

    def run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                for entry in self._reader.entries(self._stop.is_set):
                    if not self._up:
                        self._up, failures = True, 0
                        say(Line("audit_follows", _now_ms(), {"user": self._reader.user}))
                    self._take(entry)
            except Unreachable as unreachable:
                if self._up or failures == 0:
                    say(Line("audit_waits", _now_ms(), {"error": str(unreachable)}, warning=True))
                self._up = False
                self._stop.wait(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
                failures += 1
        state = {"last": self._last_digest, "trail": self._trail.state(), "visitors": self._visitors.state()}
        self._state.write_text(json.dumps(state))

    def _take(self, entry: Message | Lost | None) -> None:
        if entry is None:
            return
        if isinstance(entry, Lost):
            self._tell(Line("audit_lost", _now_ms(), {"why": "the queue was full"}, warning=True))
            return
        digest = entry.digest()
        if entry.at_head and digest == self._last_digest:
            return
        self._last_digest = digest
        if (line := self._trail.take(entry)) is not None:
            self._tell(line)

    def _recall(self) -> None:
        """Take over who is there from the run before, once: what a run that was killed left is old."""
        try:
            found = json.loads(self._state.read_text())
            self._trail.recall(found["trail"])
            self._visitors.recall(found["visitors"])
            self._last_digest = str(found["last"])
            self._state.unlink()
        except FileNotFoundError:
            pass
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            say(Line("audit_forgot", _now_ms(), {"error": str(error)}, warning=True))

    def _tell(self, line: Line) -> None:
        self._metrics.count(line)
        say(line)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    # pika tells each failed try with stack traces; what matters of it is in Unreachable.
    logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
    try:
        Audit(options, stop).run()
    except (OSError, LookupError) as error:
        print(f"hubblecast_audit: {error}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hubblecast_audit", description="Who used the broker, and what was refused.")
    add = parser.add_argument
    add("--node", required=True, help="name of the broker's node whose events are told, such as rabbit@rmq1")
    add("--url", required=True, help="amqp://USER@HOST:PORT/VHOST or amqps://…, without a password")
    add("--password-file", type=Path, required=True, help="file that holds the user's password and nothing else")
    add("--ca", type=Path, help="certificates that the broker's is signed by, for amqps")
    add("--queue", default="hubblecast_audit", help="queue of its own for the broker's events")
    add("--state", type=Path, required=True, help="directory in which a run leaves to the next one who is there")
    add("--visitors", type=Path, help="socket at which nginx tells where clients come from")
    add("--visitors-group", help="group that may write to it: nginx's")
    add("--metrics", help="HOST:PORT for /metrics")
    return parser.parse_args(arguments)


def say(line: Line) -> None:
    priority = ("<4>" if line.warning else "<6>") if _FOR_JOURNALD else ""
    print(f"{priority}{line}", file=sys.stderr, flush=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    sys.exit(main())
