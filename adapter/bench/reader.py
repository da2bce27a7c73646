"""A reader of all flows: prints how long each took from the server's time to here.

    reader.py AMQP_PORT PASSWORD_FILE

At each line on its standard input it prints, as JSON, what came since the last: flows, messages, and the latencies'
50th and 99th percentile in seconds. Its queue holds few messages, so that it cannot fall behind for long.
"""

from __future__ import annotations

import calendar
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pika

from stack.definitions import VHOST


class Reader:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self.flows = self.messages = 0
        self.latencies_s: list[float] = []

    def take(self, channel: Any, method: Any, _: Any, body: bytes) -> None:
        now_s = time.time()
        channel.basic_ack(method.delivery_tag, multiple=True)
        with self._lock:
            self.messages += 1
            # The last flow of a batch waited least, the first longest: each second message tells either.
            at = body.find(b'"time":"') if self.messages % 2 else body.rfind(b'"time":"')
            stamp = body[at + 8 : at + 38].partition(b"Z")[0].decode()
            second, _, fraction = stamp.partition(".")
            sent_s = calendar.timegm(time.strptime(second, "%Y-%m-%dT%H:%M:%S")) + float(f"0.{fraction or 0}")
            self.latencies_s.append(now_s - sent_s)
            self.flows += body.count(b'"time":"')

    def report(self) -> dict[str, float]:
        with self._lock:
            ordered = sorted(self.latencies_s) or [0.0]
            found = {
                "flows": self.flows,
                "messages": self.messages,
                "p50_s": ordered[len(ordered) // 2],
                "p99_s": ordered[len(ordered) * 99 // 100],
            }
            self._clear()
        return found


def main(port: int, password_file: Path) -> None:
    reader = Reader()
    credentials = pika.PlainCredentials("bench", password_file.read_text())
    parameters = pika.ConnectionParameters("127.0.0.1", port, VHOST, credentials)

    def answer() -> None:
        for _ in sys.stdin:
            print(json.dumps(reader.report()), flush=True)

    threading.Thread(target=answer, daemon=True).start()
    with pika.BlockingConnection(parameters) as connection:
        channel = connection.channel()
        channel.exchange_declare("hubble_flows", "topic", durable=True)
        arguments = {"x-max-length": 2_000, "x-overflow": "drop-head"}
        queue = channel.queue_declare("", exclusive=True, arguments=arguments).method.queue
        channel.queue_bind(queue, "hubble_flows", "#")
        channel.basic_qos(prefetch_count=200)
        channel.basic_consume(queue, reader.take)
        print("reading", flush=True)
        channel.start_consuming()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
