"""`python -m mock_hubble`: serve captures, replayed at a rate, until SIGTERM or SIGINT.

Signals order misbehaviour: SIGUSR1 cuts all streams, SIGUSR2 stalls them and the next one lets them go on, SIGHUP
restarts the server.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import queue
import signal
import sys
import time
from typing import Any, Sequence

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # a taken port is told once, by us

from mock_hubble.capture import CaptureError, read_all  # noqa: E402
from mock_hubble.hubble import DEFAULT_VERSION, PERSONALITIES, MockHubble  # noqa: E402
from mock_hubble.ring import DEFAULT_CAPACITY_EVENTS  # noqa: E402
from mock_hubble.stream import Timing  # noqa: E402
from mock_hubble.tls import ServerTls  # noqa: E402

_ENDING = (signal.SIGTERM, signal.SIGINT)
_ORDERS = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGHUP)
_LOOK_SECONDS = 0.2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 after a signal, 1 when it could not begin, 2 on wrong arguments."""
    options = _parser().parse_args(arguments)
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in (*_ENDING, *_ORDERS):
        signal.signal(number, lambda received, _frame: signals.put(received))
    try:
        flows = read_all(options.captures)
        hubble = _hubble(options, flows)
        hubble.start()
    except (CaptureError, OSError, ValueError) as error:
        print(f"mock_hubble: {error}", file=sys.stderr)
        return 1
    try:
        print(f"mock_hubble: listening on {hubble.address} {_summary(options, flows)}", flush=True)
        _serve(hubble, options, flows, signals)
    finally:
        hubble.stop()
    print(f"mock_hubble: stopped after {hubble.sent.count} flows sent", flush=True)
    return 0


def _serve(
    hubble: MockHubble, options: argparse.Namespace, flows: Sequence[Any], signals: queue.SimpleQueue[int]
) -> None:
    lost = _Every(options.lost_every)
    cut = _Every(options.cut_every)
    stalled = False
    waiting = bool(flows)
    while True:
        if waiting and (hubble.open_streams or not options.wait_for_client):
            hubble.start_replay(flows, options.rate, loop=not options.once, as_recorded=options.as_recorded)
            waiting = False
        number = _next(signals, 0.02 if waiting else _LOOK_SECONDS)
        if number in _ENDING:
            return
        if number == signal.SIGUSR1 or cut.due():
            hubble.cut()
        if number == signal.SIGUSR2:
            stalled = not stalled
            hubble.stall(stalled)
        if number == signal.SIGHUP:
            hubble.restart()
        if lost.due():
            hubble.lost(100, source="OBSERVER_EVENTS_QUEUE")


def _next(signals: queue.SimpleQueue[int], timeout_seconds: float) -> int | None:
    try:
        return signals.get(timeout=timeout_seconds)
    except queue.Empty:
        return None


class _Every:
    """Tells when a period has passed once more; without a period, never."""

    def __init__(self, period_seconds: float | None) -> None:
        self._period_seconds = period_seconds
        self._last_seconds = time.monotonic()

    def due(self) -> bool:
        now_seconds = time.monotonic()
        if not self._period_seconds or now_seconds - self._last_seconds < self._period_seconds:
            return False
        self._last_seconds = now_seconds
        return True


def _hubble(options: argparse.Namespace, flows: Sequence[Any]) -> MockHubble:
    tls = None
    if options.tls_cert or options.tls_key or options.tls_client_ca:
        if not (options.tls_cert and options.tls_key):
            raise ValueError("TLS needs both --tls-cert and --tls-key")
        tls = ServerTls(options.tls_cert, options.tls_key, options.tls_client_ca)
    return MockHubble(
        options.listen,
        _node_names(options, flows),
        personality=options.personality,
        version=options.hubble_version,
        ring_capacity=options.ring_capacity,
        timing=Timing(sort_entries=options.sort_entries),
        tls=tls,
        sent_log=options.sent_log,
        remember_sent=False,
    )


def _node_names(options: argparse.Namespace, flows: Sequence[Any]) -> list[str]:
    """As many as asked for, else those that the captures name."""
    recorded = list(dict.fromkeys(flow.node_name for flow in flows if flow.node_name))
    if options.personality == "agent":
        if options.nodes not in (None, 1):
            raise ValueError("an agent is exactly one node")
        return recorded[:1] or ["default/node-1"]
    if options.nodes is None:
        return recorded or ["default/node-1"]
    made_up = (f"default/node-{number}" for number in range(1, options.nodes + 1))
    return (recorded + [name for name in made_up if name not in recorded])[: options.nodes]


def _summary(options: argparse.Namespace, flows: Sequence[Any]) -> str:
    nodes = len(_node_names(options, flows))
    return f"({options.personality}, nodes={nodes}, flows={len(flows)}, rate={options.rate:g}/s)"


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise argparse.ArgumentTypeError(f"HOST:PORT expected, not {text!r}")
    return text


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"a number above 0 expected, not {text!r}")
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"a whole number above 0 expected, not {text!r}")
    return int(text)


def _count_or_none(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mock_hubble", description="A mock Hubble server that replays captures.")
    add = parser.add_argument
    add("captures", nargs="*", type=pathlib.Path, metavar="CAPTURE", help="GetFlowsResponse in JSON, one a line")
    add("--listen", type=_address, default="127.0.0.1:4245", metavar="HOST:PORT", help="port 0 takes a free one")
    add("--rate", type=_positive, default=100.0, metavar="N", help="flows a second (default 100)")
    add("--personality", choices=PERSONALITIES, default="relay")
    add("--nodes", type=_count, metavar="N", help="how many nodes (default: those that the captures name)")
    add("--once", action="store_true", help="replay every flow once instead of in a loop")
    add("--as-recorded", action="store_true", help="every flow once, with its own uuid, time and node name")
    add("--wait-for-client", action="store_true", help="begin to replay when the first GetFlows stream is open")
    add("--sent-log", type=pathlib.Path, metavar="FILE", help="one line `UUID UNIX_TIME_NS` for each flow sent")
    add("--lost-every", type=_positive, metavar="SECONDS", help="tell of 100 lost events this often")
    add("--cut-every", type=_positive, metavar="SECONDS", help="cut all streams with UNAVAILABLE this often")
    add("--ring-capacity", type=_count, default=DEFAULT_CAPACITY_EVENTS, metavar="N", help="2^n-1 events a node")
    add(
        "--sort-entries",
        type=_count_or_none,
        default=0,
        metavar="N",
        help="Relay's sort buffer: real ones have 100, with 1-2 s delay",
    )
    add(
        "--hubble-version",
        default=DEFAULT_VERSION,
        metavar="X.Y.Z",
        help=f"what it says it is (default {DEFAULT_VERSION})",
    )
    add("--tls-cert", type=pathlib.Path, metavar="FILE", help="PEM certificate: turns TLS on")
    add("--tls-key", type=pathlib.Path, metavar="FILE", help="PEM key of the certificate")
    add("--tls-client-ca", type=pathlib.Path, metavar="FILE", help="PEM CA that clients must come from (mutual TLS)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
