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
from google.protobuf import json_format

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "adapter"))

from hubble_adapter.slim import Kept, Slimmer  # noqa: E402
from hubble_adapter.wire import flow_pb2, view_pb2  # noqa: E402

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
    """Routing key and the rest of the JSON object behind uuid and time, for each flow of a capture, as the adapter has it."""
    slimmer = Slimmer(Kept(), "default")
    found: list[tuple[str, str]] = []
    for line in capture.read_text(encoding="utf-8").splitlines():
        document: dict[str, Any] = json.loads(line).get("flow") or {}
        for field in ("uuid", "time"):
            document.pop(field, None)
        if not document:
            continue
        encoded = json_format.ParseDict(document, flow_pb2.Flow(), ignore_unknown_fields=True).SerializeToString()
        flow = slimmer.slim(view_pb2.Flow.FromString(encoded))
        verdict = flow_pb2.Verdict.Name(flow.verdict)
        found.append((f"{flow.node.cluster}.{verdict}.{flow.source}.{flow.destination}", flow.json.decode()[1:]))
    return found


if __name__ == "__main__":
    main()
