"""Feeds flows straight into the broker, in place of Hubble and the adapter: how much can the page itself take?

    feeder.py AMQP_PORT RATE_PER_SECOND SECONDS CAPTURE…   (the adapter user's password on stdin)

Publishes batches as docs/messages.md gives them and of the adapter's size, 20 a second and more for each routing key,
with the time of sending as each flow's `time` and `EPOCH-NUMBER` as its uuid. Prints one JSON line at the end: how many
flows were published, in how many seconds, and when: for each tick the number of its first flow and the ms since 1970.
"""

from __future__ import annotations

import collections
import itertools
import json
import pathlib
import sys
import time
import uuid
from typing import Any

import pika

_TICK_SECONDS = 0.05
_CATCH_UP_SECONDS = 0.5
_BATCH_FLOWS = 200


def main() -> None:
    port, rate_per_second, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    flows = itertools.cycle([flow for path in sys.argv[4:] for flow in _flows(pathlib.Path(path))])
    credentials = pika.PlainCredentials("adapter", sys.stdin.readline().rstrip("\n"))
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, "hubble", credentials))
    channel = connection.channel()
    epoch = uuid.uuid4().hex[:16]
    ordinals: collections.Counter[str] = collections.Counter()
    sent = 0
    ticks: list[tuple[int, float]] = []
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        # After a stall of the machine not all at once, or a message would be larger than the broker takes.
        due = min(int(elapsed * rate_per_second) - sent, int(rate_per_second * _CATCH_UP_SECONDS) + 1)
        batches: dict[str, list[str]] = collections.defaultdict(list)
        now = time.time_ns()
        ticks.append((sent, now / 10**6))
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now // 10**9)) + f".{now % 10**9:09d}Z"
        for number in range(due):
            key, text = next(flows)
            batches[key].append(f'{{"uuid":"{epoch}-{sent + number}","time":"{stamp}",{text}')
        for key, texts in batches.items():
            for first in range(0, len(texts), _BATCH_FLOWS):
                some = texts[first : first + _BATCH_FLOWS]
                head = json.dumps({"v": 1, "cluster": "default", "epoch": epoch, "first": ordinals[key]})
                channel.basic_publish("hubble_flows", key, f'{head[:-1]},"flows":[{",".join(some)}]}}'.encode())
                ordinals[key] += len(some)
        sent += due
        connection.process_data_events(0)
        time.sleep(_TICK_SECONDS)
    print(json.dumps({"sent": sent, "seconds": time.monotonic() - began, "epoch": epoch, "ticks": ticks}))
    connection.close()


def _flows(capture: pathlib.Path) -> list[tuple[str, str]]:
    """Routing key and the rest of the JSON object behind uuid and time, for each flow of a capture."""
    found: list[tuple[str, str]] = []
    for line in capture.read_text(encoding="utf-8").splitlines():
        flow: dict[str, Any] = json.loads(line).get("flow") or {}
        flow.pop("uuid", None)
        flow.pop("time", None)
        if not flow or len(line) > 4_000:
            continue
        for side in ("source", "destination"):
            # The slim form: labels other than the reserved ones do not reach the broker.
            endpoint = flow.get(side) or {}
            endpoint["labels"] = [label for label in endpoint.get("labels") or [] if label.startswith("reserved:")]
        key = f"default.{flow.get('verdict', 'VERDICT_UNKNOWN')}.{_place(flow, 'source')}.{_place(flow, 'destination')}"
        found.append((key, json.dumps(flow, separators=(",", ":"))[1:]))
    return found


def _place(flow: dict[str, Any], side: str) -> str:
    namespace = str((flow.get(side) or {}).get("namespace") or "_unknown")
    return namespace if namespace.replace("-", "").replace("_", "").isalnum() else "_unknown"


if __name__ == "__main__":
    main()
