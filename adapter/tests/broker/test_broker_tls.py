"""TLS and mutual TLS to the broker, with certificates that change while it runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_hubble.hubble import MockHubble
from stack.broker import PrivateBroker
from stack.ports import free_port

from tests.broker.certificates import Authority
from tests.broker.kit import USERS, Adapter, Reader, wait_for
from tests.broker.test_faults import burst

_SETTINGS = """\
listeners.ssl.default = 127.0.0.1:{port}
ssl_options.cacertfile = {ca}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
"""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


@pytest.fixture
def tls_port() -> int:
    return free_port()


@pytest.fixture
def broker(tmp_path: Path, authority: Authority, tls_port: int) -> Iterator[PrivateBroker]:
    """A broker that wants certificates at `tls_port`; its own is for broker.example.org."""
    certificate, key = authority.issue("server", "broker.example.org")
    settings = _SETTINGS.format(port=tls_port, ca=authority.ca_file, certificate=certificate, key=key)
    broker = PrivateBroker(tmp_path / "broker", USERS, settings=settings)
    broker.start()
    yield broker
    broker.stop()


def test_tls_and_mutual_tls_to_the_broker_with_renewal_under_load(
    adapter: Adapter, authority: Authority, tls_port: int, broker: PrivateBroker, hubble: MockHubble, reader: Reader
) -> None:
    certificate, key = authority.issue("client", "adapter.example.org")
    rabbitmq = adapter.settings["rabbitmq"]
    rabbitmq["url"] = f"amqp://adapter@127.0.0.1:{tls_port}/hubble"
    adapter.start()
    adapter.says("part=broker event=failed")
    rabbitmq["url"] = f"amqps://adapter@127.0.0.1:{tls_port}/hubble"
    tls = rabbitmq["tls"] = {"ca_file": str(authority.ca_file), "cert_file": str(certificate), "key_file": str(key)}
    adapter.reload()
    adapter.says("certificate is not valid for '127.0.0.1'")
    tls["server_name"] = "broker.example.org"
    del tls["cert_file"], tls["key_file"]
    adapter.reload()
    adapter.says("wants a client certificate: set cert_file and key_file in rabbitmq.tls")
    assert "part=broker event=ready" not in adapter.log
    tls |= {"cert_file": str(certificate), "key_file": str(key)}
    adapter.reload()
    adapter.says("part=broker event=ready")
    hubble.wait_for_streams()
    uuids = burst(hubble)
    assert subjects(broker) == {"CN=client"}

    # Renewed under the same names: a reload notices, a connection that breaks off by itself does without one.
    replace((certificate, key), authority.issue("renewed", "adapter.example.org"))
    adapter.reload()
    uuids += burst(hubble)
    wait_for("the renewed certificate at the broker", lambda: subjects(broker) == {"CN=renewed"})
    replace((certificate, key), authority.issue("renewed-again", "adapter.example.org"))
    uuids += burst(hubble)
    broker.ctl("close_all_connections", "--vhost", "hubble", "test")
    uuids += burst(hubble)
    wait_for("the certificate after that at the broker", lambda: subjects(broker) == {"CN=renewed-again"})
    uuids += burst(hubble)
    reader.has(uuids)
    wait_for("all confirmed", lambda: reader.status["ledger"]["confirmed"] == len(uuids))


def replace(files: tuple[Path, Path], others: tuple[Path, Path]) -> None:
    for file, other in zip(files, others):
        shutil.move(other, file)


def subjects(broker: PrivateBroker) -> set[str]:
    """Return whom the broker takes those for who speak TLS to it."""
    lines = broker.ctl("list_connections", "--no-table-headers", "ssl", "peer_cert_subject").splitlines()
    return {line.split("\t")[1] for line in lines if line.startswith("true")}
