"""The demo: flows of the captures (or of a real Relay), live in a browser, with everything private and on loopback.

    demo.py [--json] [--run-dir DIR] [--page DIR] [--port PORT] [--rate FLOWS_PER_SECOND]
            [--hubble HOST:PORT] [CAPTURE …]

It replays captures/shop.jsonl, or the captures that are named.
DEMO_PORT, DEMO_RATE and DEMO_HUBBLE say the same as the options, which win. Ends at Ctrl-C, SIGTERM or SIGHUP with exit
code 0; when a part dies or cannot start, with one line on stderr and exit code 1.

With --json a program is at the other end: one line of JSON on stdout when everything runs, then one for each one-word
command on stdin (kill-broker, start-broker, stop-adapter, start-adapter, quit; the end of stdin means quit).
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import queue
import re
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

try:
    from stack import ports
    from stack.errors import StackError
    from stack.pipeline import VIEWERS, Pipeline, Settings, Stopped, describe, seen_by
except ModuleNotFoundError as missing:
    sys.exit(f"demo: Python module {missing.name} is missing: `make demo` installs what it needs")

_HERE = Path(__file__).resolve().parent
_PAGE = _HERE.parent / "frontend" / "dist"
_CAPTURE = _HERE / "captures" / "shop.jsonl"
_DEFAULT_PORT = "8080"
_DEFAULT_RATE = "200"
_MAX_RATE_PER_SECOND = 1_000_000
_LOOP_SECONDS = 0.25
_STATUS_TERMINAL_SECONDS = 2.0
_STATUS_FILE_SECONDS = 30.0


class Voice:
    """Progress: a line for each step with the seconds since the start. On a terminal the status overwrites itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._terminal = stream.isatty()
        self._overwrite = False

    def tell(self, text: str) -> None:
        if self._overwrite:
            self._stream.write("\n")
            self._overwrite = False
        self._stream.write(f"[{time.monotonic() - self._began:6.1f} s] {text}\n")
        self._stream.flush()

    def status(self, text: str) -> None:
        if not self._terminal:
            self.tell(text)
            return
        self._stream.write(f"\r\x1b[K[{time.monotonic() - self._began:6.1f} s] {text}")
        self._stream.flush()
        self._overwrite = True

    @property
    def status_seconds(self) -> float:
        return _STATUS_TERMINAL_SECONDS if self._terminal else _STATUS_FILE_SECONDS


def main() -> int:
    options = _options()
    stop_asked = threading.Event()

    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop_asked.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask_to_stop)
    voice = Voice(sys.stderr if options.json else sys.stdout)
    try:
        settings = _settings(options)
        lock = _prepare(settings.run_dir)
        with lock:
            _run(Pipeline(settings, voice.tell, stop_asked), voice, stop_asked, as_json=options.json)
    except Stopped:
        voice.tell("stopped")
    except (StackError, OSError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo.py", description="Flows, live in a browser, on loopback.")
    parser.add_argument("--run-dir", type=Path, default=_HERE / "run", help="where everything private to the run goes")
    parser.add_argument("--page", type=Path, default=_PAGE, help="folder of the built page")
    parser.add_argument("--port", default=os.environ.get("DEMO_PORT") or _DEFAULT_PORT, help="0: any free one")
    parser.add_argument("--rate", default=os.environ.get("DEMO_RATE") or _DEFAULT_RATE, help="flows a second")
    parser.add_argument("--hubble", default=os.environ.get("DEMO_HUBBLE") or None, help="address of a real Relay")
    parser.add_argument("captures", type=Path, nargs="*", default=[_CAPTURE], help="files of flows to replay")
    parser.add_argument("--json", action="store_true", help="speak JSON lines on stdin and stdout")
    return parser.parse_args()


def _settings(options: argparse.Namespace) -> Settings:
    """Raises StackError for whatever could not work, before anything is started."""
    try:
        port = int(options.port)
    except ValueError:
        raise StackError(f"DEMO_PORT={options.port} is no port: it must be a number from 1 to 65535") from None
    try:
        rate_per_second = float(options.rate)
    except ValueError:
        rate_per_second = 0.0
    if not 0.0 < rate_per_second <= _MAX_RATE_PER_SECOND:
        raise StackError(f"DEMO_RATE={options.rate} is no rate: it must be a number of flows a second, above 0")
    if options.hubble is not None and not re.fullmatch(r"\S+:[0-9]{1,5}", options.hubble):
        raise StackError(f"DEMO_HUBBLE={options.hubble} is no address: it must be HOST:PORT of a Relay without TLS")
    for capture in options.captures:
        if not capture.is_file() and options.hubble is None:
            raise StackError(f"there is no capture {capture}: name files that hold a GetFlowsResponse a line, as JSON")
    if not (options.page / "index.html").is_file():
        raise StackError(f"the page is not built: {options.page}/index.html is missing (`make demo` builds it)")
    return Settings(
        run_dir=options.run_dir.absolute(),
        page=options.page,
        captures=options.captures,
        port=ports.claim(port, setting="DEMO_PORT"),
        rate_per_second=rate_per_second,
        hubble_address=options.hubble,
    )


def _prepare(run_dir: Path) -> TextIO:
    """Make the run directory ours alone, throw away an earlier run's logs, and lock it. Raises StackError."""
    try:
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        run_dir.chmod(0o700)
        lock = (run_dir / "lock").open("a+", encoding="ascii")
    except PermissionError as error:
        raise StackError(f"{run_dir} belongs to somebody else ({error.strerror}): remove it as that user") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        raise StackError(f"another demo (process {lock.read().strip()}) runs in {run_dir}: stop it first") from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    for old in [*(run_dir / "log").glob("*.log"), run_dir / "sent.log"]:
        old.unlink(missing_ok=True)
    return lock


def _run(pipeline: Pipeline, voice: Voice, stop_asked: threading.Event, *, as_json: bool) -> None:
    try:
        pipeline.start()
        if as_json:
            _say_json(_ready(pipeline))
            _serve(pipeline, stop_asked)
        else:
            for viewer in VIEWERS:
                voice.tell(f"open {pipeline.page_urls[viewer.name]} ({seen_by(viewer)})")
            voice.tell("Ctrl-C ends the demo and everything that it started")
            _watch(pipeline, voice, stop_asked)
    finally:
        # From here on Ctrl-C would only leave things running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        pipeline.stop()
    voice.tell("stopped")


def _watch(pipeline: Pipeline, voice: Voice, stop_asked: threading.Event) -> None:
    told = time.monotonic()
    while not stop_asked.wait(_LOOP_SECONDS):
        pipeline.check()
        if time.monotonic() - told >= voice.status_seconds:
            told = time.monotonic()
            voice.status(describe(pipeline.status()))


def _serve(pipeline: Pipeline, stop_asked: threading.Event) -> None:
    commands: dict[str, Callable[[], None]] = {
        "kill-broker": pipeline.kill_broker,
        "start-broker": pipeline.start_broker,
        "stop-adapter": pipeline.stop_adapter,
        "start-adapter": pipeline.start_adapter,
        "quit": stop_asked.set,
    }
    words: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read_words, args=(words,), name="stdin", daemon=True).start()
    while not stop_asked.is_set():
        pipeline.check()
        try:
            word = words.get(timeout=_LOOP_SECONDS)
        except queue.Empty:
            continue
        command = commands.get(word)
        if command is None:
            _say_json({"error": f"unknown command: {word}", "commands": sorted(commands)})
            continue
        try:
            command()
        except StackError as error:
            _say_json({"error": str(error)})
        else:
            _say_json({"done": word})


def _read_words(words: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        if line.strip():
            words.put(line.strip())
    words.put("quit")


def _ready(pipeline: Pipeline) -> dict[str, Any]:
    broker = pipeline.broker
    return {
        "ready": True,
        "url": pipeline.page_url,
        "page": pipeline.nginx.url,
        "viewers": {name: {"url": url, "password": broker.password(name)} for name, url in pipeline.page_urls.items()},
        "user": "demo",
        "password": broker.password("demo"),
        "pid": os.getpid(),
        "sent_log": str(pipeline.mock.sent_log) if pipeline.mock else None,
        "hubble": pipeline.hubble_address,
        "ports": {"page": pipeline.nginx.port, "amqp": broker.amqp_port, "webstomp": broker.webstomp_port},
        "logs": str(pipeline.adapter.log.parent),
    }


def _say_json(value: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody listens any more; the end of stdin, which comes with it, ends the demo.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
