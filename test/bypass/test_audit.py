"""What people do at the broker is in the audit's lines, with the client's address, and nothing of what they see."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import debian
import pika
import pika.exceptions
import pytest
from arena import FOILED
from stack import audit, ports
from stack.broker import PrivateBroker
from stack.definitions import ADAPTER, AUDIT, AUDIT_QUEUE, EVERYTHING, EVENTS_VHOST, User
from stack.nginx import PrivateNginx
from stack.rights import Viewer, all_streams
from stack.stomp import Client, login_cookie
from stack.websocket import WebSocket

VIEWER = Viewer("shop", namespaces=("shop",))
# Fills the audit's queue.
FLOODER = User("flooder", configure=EVERYTHING, write=EVERYTHING, read=EVERYTHING, vhost=EVENTS_VHOST)
QUEUE = "stomp-subscription-shop.af"
OWN_KEY = "/exchange/hubble_flows/*.*.shop.*"
CLIENT, OTHER_CLIENT = "127.0.0.9", "127.0.0.77"
# A busy machine takes its time, and much may lie in the queue before it.
TOLD_SECONDS = 60.0
FLOOD = 55_000


class Site:
    """A broker of a Debian release with its audit, behind nginx."""

    def __init__(self, folder: Path, codename: str) -> None:
        self.broker = PrivateBroker(
            folder / "broker",
            (ADAPTER, AUDIT, FLOODER, VIEWER.user()),
            installation=debian.installation(codename),
            streams=all_streams([VIEWER]),
            plugins=(audit.PLUGIN,),
            settings=f"web_stomp.use_http_auth = true\n{audit.SETTINGS}",
        )
        self.audit = audit.Audit(self.broker, folder / "audit", folder / "audit.log")
        page = folder / "page"
        page.mkdir()
        (page / "index.html").write_text("<!doctype html><title>hubblecast</title>")
        self.nginx = PrivateNginx(folder / "nginx", page, self.broker.webstomp_port, visitors=self.audit.visitors)
        self._told = 0
        self._web_sockets: list[WebSocket] = []

    def start(self) -> None:
        self.broker.start()
        self.nginx.start()
        self.start_audit()

    def start_audit(self) -> None:
        self.audit.launch()
        self.wait_for("audit_follows")
        # nginx notices by its first word that the socket is another one, and loses it.
        WebSocket(ports.LOOPBACK, self.nginx.port, source=OTHER_CLIENT).close()

    def stop(self) -> None:
        self.nginx.stop()
        self.audit.stop()
        self.broker.stop()

    def client(self, password: str = "", *, user: str = VIEWER.name, address: str = CLIENT) -> Client:
        """A log-in through nginx by a client of this address."""
        word = password or self.broker.password(VIEWER.name)
        cookie = login_cookie(user, word)
        web_socket = WebSocket(ports.LOOPBACK, self.nginx.port, headers=[cookie], source=address)
        self._web_sockets.append(web_socket)
        return Client(web_socket, user, word)

    def leave(self) -> None:
        """End every connection that a test left open."""
        for web_socket in self._web_sockets:
            web_socket.close()
        self._web_sockets.clear()

    def forget(self) -> None:
        """From here on `lines` and `wait_for` know only what is new."""
        self._told = len(self.audit.lines())

    def lines(self, event: str = "") -> list[str]:
        return [line for line in self.audit.lines()[self._told :] if line.startswith(f"event={event}")]

    def wait_for(self, event: str, *words: str) -> str:
        """The first new line of this event that holds all of the words."""
        deadline = time.monotonic() + TOLD_SECONDS
        while time.monotonic() < deadline:
            for line in self.lines(f"{event} "):
                if all(word in line for word in words):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no {event} with {words} in {self.lines()}")


@pytest.fixture(scope="module", params=debian.CODENAMES)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with debian.run_folder(debian.installation(request.param)) as folder:
        site = Site(Path(folder), request.param)
        site.start()
        yield site
        site.stop()


@pytest.fixture(autouse=True)
def fresh(site: Site) -> Iterator[None]:
    site.forget()
    yield
    site.leave()


def refused(attempt: Callable[[], object]) -> None:
    with pytest.raises(FOILED):
        attempt()


def test_a_log_in_with_its_subscriptions_is_told_with_the_client_s_address(site: Site) -> None:
    client = site.client()
    client.subscribe(OWN_KEY, x_queue_name=QUEUE, exclusive="true", ack="client", prefetch_count="10")
    client.subscribe("/amq/queue/hubble_history.shop", ack="client-individual", prefetch_count="10")
    site.wait_for("reading", "user=shop", f"from={CLIENT} ", "queue=hubble_history.shop vhost=hubble")
    line = site.wait_for("logged_in", "user=shop", f"from={CLIENT} ", 'protocol="Web STOMP 1.2"')
    # The broker saw an address that stands for the client.
    assert 'connection="127.1' in line
    site.wait_for(
        "subscribed", "user=shop", f"from={CLIENT} ", "exchange=hubble_flows key=*.*.shop.*", f"queue={QUEUE}"
    )
    assert 'hubblecast_audit_connections{user="shop"} 1.0' in site.audit.metrics()
    client.close()
    site.wait_for("logged_out", "user=shop", f"from={CLIENT} ", "seconds=")
    assert 'hubblecast_audit_connections{user="shop"}' not in site.audit.metrics()


def test_refusals_are_told(site: Site) -> None:
    client = site.client(address=OTHER_CLIENT)
    refused(lambda: client.subscribe("/exchange/hubble_flows/#", x_queue_name=QUEUE, exclusive="true", ack="client"))
    line = site.wait_for("refused", "user=shop", f"from={OTHER_CLIENT} ", "operation=queue.bind code=access_refused")
    assert "topic '#' in exchange 'hubble_flows'" in line
    client = site.client(address=OTHER_CLIENT)
    refused(lambda: client.subscribe("/amq/queue/hubble_history", ack="client-individual", prefetch_count="10"))
    site.wait_for("refused", "operation=basic.consume code=access_refused", "queue 'hubble_history'")
    assert not site.lines("subscribed")


def test_a_refused_log_in_is_told(site: Site) -> None:
    site.client().close()
    # Events and the log come by two ways: until this is told, the client may pass for one that has yet to log in.
    site.wait_for("logged_in", "user=shop", f"from={CLIENT} ")
    refused(lambda: site.client("wrong", address=OTHER_CLIENT))
    site.wait_for("login_refused", "user=shop", f"from={OTHER_CLIENT} ", 'reason="authentication failed"')
    # Over AMQP the broker knows itself.
    refused(lambda: pika.BlockingConnection(amqp(site, VIEWER.name, "wrong")))
    site.wait_for("login_refused", "user=shop", "from=127.0.0.1 ", "invalid credentials")
    # It does not know which of two, and says so.
    idle = WebSocket(ports.LOOPBACK, site.nginx.port, source=CLIENT)
    refused(lambda: site.client("wrong", address=OTHER_CLIENT))
    site.wait_for("login_refused", "user=shop", f"from=unknown perhaps={OTHER_CLIENT},{CLIENT} ")
    idle.close()
    assert 'hubblecast_audit_events_total{event="login_refused"} 3.0' in site.audit.metrics()


def amqp(site: Site, user: str, password: str, vhost: str = "hubble") -> pika.ConnectionParameters:
    return pika.ConnectionParameters(
        ports.LOOPBACK, site.broker.amqp_port, vhost, pika.PlainCredentials(user, password), socket_timeout=5.0
    )


def test_changes_of_rights_are_told(site: Site) -> None:
    site.broker.ctl("set_permissions", "-p", EVENTS_VHOST, VIEWER.name, "", "", "")
    site.broker.ctl("clear_permissions", "-p", EVENTS_VHOST, VIEWER.name)
    site.wait_for("changed", "what=permission.created", f"user={VIEWER.name}", f"vhost={EVENTS_VHOST}")
    site.wait_for("changed", "what=permission.deleted", f"user={VIEWER.name}")


def test_a_name_stays_in_its_line(site: Site) -> None:
    name = "x' - ok\n2026-11-25 1:0:0 [error] <0.1.0> STOMP login failed for user 'y': \"\x1b[31m\nevent=logged_in"
    refused(lambda: pika.BlockingConnection(amqp(site, name, "wrong")))
    line = site.wait_for("login_refused", "from=127.0.0.1 ")
    assert "\x1b" not in line
    assert not site.lines("logged_in")
    assert len(site.lines("login_refused")) == 1


def test_neither_flows_nor_secrets_are_told(site: Site) -> None:
    client = site.client()
    client.subscribe(OWN_KEY, x_queue_name=QUEUE, exclusive="true", ack="client", prefetch_count="10")
    with site.broker.connect(ADAPTER.name) as connection:
        connection.channel().basic_publish("hubble_flows", "default.DROPPED.shop._world", b"what-a-flow-says")
    assert client.messages(TOLD_SECONDS, count=1)[0].body == b"what-a-flow-says"
    client.close()
    site.wait_for("logged_out", "user=shop")
    told = site.audit.log.read_text() + site.audit.metrics()
    secrets = [site.broker.password(user.name) for user in site.broker.users]
    assert not [secret for secret in ("what-a-flow-says", "wrong", *secrets) if secret in told]
    command = Path(f"/proc/{site.audit.pid}/cmdline").read_bytes().decode()
    assert not [secret for secret in secrets if secret in command]


def test_who_is_there_and_what_happens_meanwhile_outlive_a_stop(site: Site) -> None:
    client = site.client(address=OTHER_CLIENT)
    site.wait_for("logged_in", "user=shop")
    site.audit.stop()
    site.forget()
    client.subscribe(OWN_KEY, x_queue_name=QUEUE, exclusive="true", ack="client", prefetch_count="10")
    client.close()
    site.start_audit()
    site.wait_for("subscribed", "user=shop", f"from={OTHER_CLIENT} ")
    site.wait_for("logged_out", "user=shop", f"from={OTHER_CLIENT} ")
    assert not [line for line in site.lines("logged_in") if "user=shop" in line]
    # It knows who is behind the loopback addresses that it was told before.
    site.client().close()
    site.wait_for("logged_in", "user=shop", f"from={CLIENT} ")
    assert not site.lines("audit_lost")


def test_it_follows_a_broker_that_restarts(site: Site) -> None:
    site.broker.restart()
    site.wait_for("audit_waits")
    site.wait_for("audit_follows")
    site.client().close()
    site.wait_for("logged_in", "user=shop", f"from={CLIENT} ")
    site.wait_for("logged_out", "user=shop")
    assert not site.lines("audit_lost")
    assert "hubblecast_audit_up 1.0" in site.audit.metrics()


def test_what_does_not_fit_while_it_is_away_is_told_as_lost(site: Site) -> None:
    site.audit.kill()
    site.forget()
    with pika.BlockingConnection(
        amqp(site, FLOODER.name, site.broker.password(FLOODER.name), EVENTS_VHOST)
    ) as connection:
        channel = connection.channel()
        for _ in range(FLOOD):
            channel.basic_publish("", AUDIT_QUEUE, b"")
    counted = site.broker.ctl("list_queues", "-p", EVENTS_VHOST, "--no-table-headers", "name", "messages").split()
    assert int(counted[counted.index(AUDIT_QUEUE) + 1]) <= 50_000
    site.start_audit()
    site.wait_for("audit_lost")
    site.client().close()
    site.wait_for("logged_in", "user=shop", f"from={CLIENT} ")
    assert 'hubblecast_audit_events_total{event="audit_lost"} 1.0' in site.audit.metrics()


def test_a_wrong_command_line_is_told(site: Site) -> None:
    done = subprocess.run(site.audit.command[:3], env=site.audit.environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "--node" in done.stderr
