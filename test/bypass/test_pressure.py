"""Viewers who stop reading do not take the memory that the adapter's flows need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import debian
import pytest
from stack import ports
from stack.broker import PrivateBroker
from stack.definitions import ADAPTER
from stack.rights import Viewer, all_streams
from stack.stomp import Client
from stack.websocket import WebSocket

MIB = 1024 * 1024
VIEWER = Viewer("shop", namespaces=("shop",))
TABS = VIEWER.limits.connections
MOST_BATCHES = 8_000
# How many come after the guard has begun to act.
MORE_BATCHES = 1_000
LOOK_EVERY_BATCHES = 250
BATCH = b"x" * 8_000
# Less than what the tabs would hold: without the guard the broker reaches its limit.
ROOM_BYTES = 80 * MIB
GUARD_SAYS = "hubblecast_guard: emptied queue stomp-subscription-shop."


@pytest.fixture(params=debian.CODENAMES)
def broker(request: pytest.FixtureRequest) -> Iterator[PrivateBroker]:
    installation = debian.installation(request.param)
    users, streams = (ADAPTER, VIEWER.user()), all_streams((VIEWER,))
    with debian.run_folder(installation) as folder:
        broker = PrivateBroker(Path(folder) / "broker", users, installation=installation, streams=streams)
        broker.start()
        yield broker
        broker.stop()


def used_of_limit(broker: PrivateBroker) -> float:
    return float(broker.ctl("eval", "vm_memory_monitor:get_memory_use(ratio)."))


def test_all_tabs_of_a_user_together_raise_no_alarm(broker: PrivateBroker) -> None:
    used_bytes = int(broker.ctl("eval", "vm_memory_monitor:get_process_memory()."))
    broker.ctl("set_vm_memory_high_watermark", "absolute", str(used_bytes + ROOM_BYTES))
    blocked: list[object] = []
    tabs = []
    try:
        with broker.connect(ADAPTER.name) as connection:
            connection.add_on_connection_blocked_callback(lambda *_: blocked.append(_))
            channel = connection.channel()
            channel.confirm_delivery()
            for number in range(TABS):
                web_socket = WebSocket(ports.LOOPBACK, broker.webstomp_port, receive_buffer_bytes=4096)
                tabs.append(Client(web_socket, VIEWER.name, broker.password(VIEWER.name)))
                # Neither acknowledgement nor prefetch: the broker sends as fast as it can, and nobody reads.
                queue = f"stomp-subscription-shop.{number:02x}"
                tabs[-1].subscribe("/exchange/hubble_flows/*.*.shop.*", x_queue_name=queue)
            most = 0.0
            left = MOST_BATCHES
            acts = False
            while left > 0:
                for _ in range(LOOK_EVERY_BATCHES):
                    channel.basic_publish("hubble_flows", "default.FORWARDED.shop.shop", BATCH)
                left -= LOOK_EVERY_BATCHES
                most = max(most, used_of_limit(broker))
                if not acts and GUARD_SAYS in broker.log.read_text(errors="replace"):
                    acts, left = True, MORE_BATCHES
    finally:
        for tab in tabs:
            tab.close()
    assert acts
    assert most < 1.0
    assert not blocked
