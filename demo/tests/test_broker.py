"""The private node boots, keeps its users within their rights, survives a kill, and leaves nothing behind."""

from __future__ import annotations

import socket
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pika
import pika.exceptions
import pytest
from processes import all_command_lines, belonging_to
from stack.broker import PrivateBroker
from stack.errors import PartDied, StackError
from stack.ports import LOOPBACK
from stack.stomp import Client
from stack.websocket import WebSocket

ACCESS_REFUSED = 403
# Browsers wake the timers of a hidden tab once a minute.
SILENCE_SECONDS = 75.0


def refusal(
    broker: PrivateBroker, user: str, act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]
) -> int:
    """The AMQP reply code with which the broker refuses what `act` does; 0 if it lets it pass."""
    connection = broker.connect(user)
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        act(channel)
        return 0
    except pika.exceptions.ChannelClosedByBroker as error:
        return int(error.reply_code)
    finally:
        connection.close()


@pytest.fixture
def exchanges(broker: PrivateBroker) -> PrivateBroker:
    """A broker with both exchanges, declared by the user who may."""
    connection = broker.connect("adapter")
    for name in ("hubble_flows", "hubble_status"):
        connection.channel().exchange_declare(name, "topic", durable=True)
    connection.close()
    return broker


@pytest.mark.parametrize("exchange", ["hubble_flows", "hubble_status"])
def test_adapter_publishes_and_demo_reads(exchanges: PrivateBroker, exchange: str) -> None:
    viewer = exchanges.connect("demo")
    channel = viewer.channel()
    queue = f"stomp-subscription-{exchange}"
    channel.queue_declare(queue, exclusive=True, auto_delete=True)
    channel.queue_bind(queue, exchange, "#")
    key = "default.DROPPED.shop._world"
    assert refusal(exchanges, "adapter", lambda channel: channel.basic_publish(exchange, key, b"{}")) == 0
    deadline = time.monotonic() + 5.0
    method, _, body = channel.basic_get(queue, auto_ack=True)
    while method is None and time.monotonic() < deadline:
        method, _, body = channel.basic_get(queue, auto_ack=True)
    assert (method.routing_key, body) == (key, b"{}")
    viewer.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.basic_publish("hubble_flows", "default.DROPPED.shop._world", b"{}"),
        lambda channel: channel.basic_publish("hubble_status", "default.adapter", b"{}"),
        lambda channel: channel.exchange_declare("hubble_flows", "topic", durable=True),
        lambda channel: channel.exchange_delete("hubble_flows"),
        lambda channel: channel.exchange_declare("another", "topic"),
        lambda channel: channel.queue_declare("another"),
        lambda channel: channel.basic_publish("", "stomp-subscription-another", b"{}"),
        lambda channel: channel.basic_publish("amq.topic", "any", b"{}"),
    ],
)
def test_demo_user_writes_nothing(
    exchanges: PrivateBroker, act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]
) -> None:
    assert refusal(exchanges, "demo", act) == ACCESS_REFUSED


@pytest.mark.parametrize(
    "act",
    [
        lambda channel: channel.queue_declare("mine"),
        lambda channel: channel.basic_consume("hubble_history", lambda *_: None),
        lambda channel: channel.exchange_declare("another", "topic"),
    ],
)
def test_adapter_user_has_no_more_than_its_exchanges(
    exchanges: PrivateBroker, act: Callable[[pika.adapters.blocking_connection.BlockingChannel], object]
) -> None:
    assert refusal(exchanges, "adapter", act) == ACCESS_REFUSED


def test_nobody_else_gets_in(broker: PrivateBroker) -> None:
    for user, password in (("guest", "guest"), ("demo", "wrong"), ("adapter", "")):
        parameters = pika.ConnectionParameters(
            "127.0.0.1", broker.amqp_port, "hubble", pika.PlainCredentials(user, password)
        )
        with pytest.raises(pika.exceptions.ProbableAuthenticationError):
            pika.BlockingConnection(parameters)


def test_readers_that_fall_behind_are_limited(broker: PrivateBroker) -> None:
    assert "^stomp-subscription-" in broker.ctl("list_operator_policies", "-p", "hubble")


def test_a_reader_may_be_silent_for_as_long_as_a_hidden_tab(exchanges: PrivateBroker) -> None:
    client = Client(WebSocket(LOOPBACK, exchanges.webstomp_port), "demo", exchanges.password("demo"))
    time.sleep(SILENCE_SECONDS)
    client.subscribe("/exchange/hubble_flows/#", x_queue_name="stomp-subscription-demo.0a", exclusive="true")
    client.close()


def test_secrets_are_private(broker: PrivateBroker) -> None:
    for user in ("adapter", "demo"):
        path = broker.password_file(user)
        assert path.read_text() == broker.password(user)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(broker.run_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((broker.run_dir / "definitions.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((broker.run_dir / "home" / ".erlang.cookie").stat().st_mode) == 0o400
    cookie = (broker.run_dir / "home" / ".erlang.cookie").read_text()
    secrets = [broker.password("adapter"), broker.password("demo"), cookie]
    lines = all_command_lines()
    assert any("beam.smp" in line for line in lines)
    assert not [line for line in lines if any(secret in line for secret in secrets)]
    log = broker.log.read_text()
    assert not any(secret in log for secret in secrets)


def test_everything_listens_on_loopback_only(broker: PrivateBroker) -> None:
    descriptors = {str(path.readlink()) for path in Path(f"/proc/{broker.pid}/fd").iterdir()}
    listening = []
    for table in ("tcp", "tcp6"):
        for row in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in descriptors:
                listening.append(fields[1].partition(":")[0])
    loopback = f"{int.from_bytes(socket.inet_aton('127.0.0.1'), 'little'):08X}"
    assert len(listening) >= 3  # AMQP, Web-STOMP, the Erlang distribution
    assert set(listening) == {loopback}


def test_a_killed_broker_comes_back_as_it_was(broker: PrivateBroker) -> None:
    before = (broker.pid, broker.amqp_port, broker.webstomp_port, broker.password("demo"))
    broker.kill()
    with pytest.raises(PartDied, match="SIGKILL"):
        broker.check()
    broker.start()
    assert broker.pid != before[0]
    assert (broker.amqp_port, broker.webstomp_port, broker.password("demo")) == before[1:]
    broker.connect("demo").close()


def test_memory_alarm_blocks_publishers_and_is_taken_back(broker: PrivateBroker) -> None:
    broker.block_publishers()
    assert "memory" in broker.ctl("eval", "rabbit_alarm:get_alarms().")
    broker.unblock_publishers()
    assert "memory" not in broker.ctl("eval", "rabbit_alarm:get_alarms().")


def test_ctl_tells_what_went_wrong(broker: PrivateBroker) -> None:
    with pytest.raises(StackError, match="rabbitmqctl delete_user nobody ended with exit code 67"):
        broker.ctl("delete_user", "nobody")


def test_a_stopped_broker_leaves_nothing_running(tmp_path: Path) -> None:
    broker = PrivateBroker(tmp_path / "a b")
    broker.start()
    assert len(belonging_to(broker.run_dir)) >= 3  # epmd, the Erlang machine, its helper
    broker.stop()
    deadline = time.monotonic() + 20.0
    while belonging_to(broker.run_dir) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert belonging_to(broker.run_dir) == {}


def broken(run_dir: Path, name: str, text: str) -> StackError:
    """What is said about a node of which one file is broken."""
    broker = PrivateBroker(run_dir)
    broker.launch()
    broker.kill()
    (run_dir / name).write_text(text)
    try:
        with pytest.raises(StackError) as raised:
            broker.start(60.0)
    finally:
        broker.stop()
    return raised.value


def test_a_broken_configuration_is_told_in_one_line(tmp_path: Path) -> None:
    error = str(broken(tmp_path, "rabbitmq.conf", "no_such_key = 1\n"))
    assert error.startswith("RabbitMQ ended with exit code 1: ")
    assert "no_such_key" in error
    assert "\n" not in error


def test_broken_definitions_are_told_in_one_line(tmp_path: Path) -> None:
    error = str(broken(tmp_path, "definitions.json", "{"))
    assert "definitions.json" in error
    assert "\n" not in error
