"""What a stream may lose while its leader changes, and that it is told."""

from __future__ import annotations

import time

from stack.stomp import Refused
from stage.cluster import Cluster

_SETTLE_SECONDS = 30.0


def assert_told(cluster: Cluster, began: float, sent: set[str]) -> int:
    """Fail unless each flow that was sent is in the history of each broker, or is told as missing by its ordinals.

    RabbitMQ confirms what is published to a stream between the end of one leader and the election of the next, and
    does not keep it (rabbitmq-server issue 9457). Returns how many flows that was.

    A node that comes back lets viewers in before its copies of the streams are up, and ends a connection that asks for
    one: that is read once more.
    """
    deadline = time.monotonic() + _SETTLE_SECONDS
    worst = 0
    for broker in cluster.brokers:
        while True:
            try:
                history = cluster.stored(began, broker)
            except Refused as refused:
                problem = str(refused)
            else:
                missing = len(sent - history.uuids)
                if missing <= history.told_lost:
                    break
                problem = f"{missing} missing, {history.told_lost} told"
            assert time.monotonic() < deadline, f"{broker.container}: {problem}"
            time.sleep(1.0)
        worst = max(worst, missing)
    return worst
