"""Flows that Hubble sends arrive at whoever may see them, over TLS, and at nobody else."""

from __future__ import annotations

import http.client
import ssl
import time
from contextlib import closing
from pathlib import Path

import pytest
from stack.stomp import Refused
from stack.websocket import HandshakeRefused, WebSocket
from stage import secrets
from stage.machine import Machine, eventually
from stage.recording import Recording
from stage.relay import Relay
from stage.viewer import Viewer

NOTICES_SECONDS = 10.0


def test_every_flow_that_hubble_sends_arrives(machine: Machine, relay: Relay) -> None:
    with Viewer(machine.address) as viewer:
        with Recording(viewer, relay) as recording:
            time.sleep(5.0)
        sent, missing = recording.missing()
    assert sent > 100
    assert not missing


def test_a_flow_is_hubbles_own_json(machine: Machine) -> None:
    with Viewer(machine.address) as viewer:
        viewer.subscribe()
        flows = list(viewer.flows(NOTICES_SECONDS, count=50))
    assert len(flows) == 50
    assert all({"uuid", "time"} <= set(flow) for flow in flows)


def test_a_viewer_of_one_namespace_sees_that_one_only(machine: Machine) -> None:
    with Viewer(machine.address, "shop") as viewer:
        viewer.subscribe("*.*.shop.*")
        flows = list(viewer.flows(NOTICES_SECONDS, count=50))
    assert len(flows) == 50
    assert {flow["source"]["namespace"] for flow in flows} == {"shop"}


@pytest.mark.parametrize("pattern", ["#", "*.*.*.*", "*.*.pay.*", "#.shop.#"])
def test_a_viewer_of_one_namespace_cannot_ask_for_more(machine: Machine, pattern: str) -> None:
    with Viewer(machine.address, "shop") as viewer, pytest.raises(Refused):
        viewer.subscribe(pattern)


def test_a_wrong_password_is_refused(machine: Machine) -> None:
    with pytest.raises((Refused, HandshakeRefused)):
        Viewer(machine.address, "noc", "wrong")


def test_the_page_is_served_under_its_own_certificate_only(machine: Machine) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        WebSocket(machine.address, 443, tls=ssl.create_default_context(), name=secrets.PAGE_NAME)
    with pytest.raises(ssl.SSLCertVerificationError):
        WebSocket(machine.address, 443, tls=secrets.trust(), name="elsewhere.example.org")


def test_without_tls_there_is_only_the_way_to_tls(machine: Machine) -> None:
    with closing(http.client.HTTPConnection(machine.address, 80, timeout=5.0)) as connection:
        connection.request("GET", "/", headers={"Host": secrets.PAGE_NAME})
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (301, 308)
        assert answer.headers["Location"] == f"https://{secrets.PAGE_NAME}/"


def test_an_adapter_that_is_killed_comes_back_and_makes_up_for_it(machine: Machine, relay: Relay) -> None:
    before = machine.unit("hubble-adapter", "MainPID")["MainPID"]
    with Viewer(machine.address) as viewer:
        with Recording(viewer, relay) as recording:
            machine.run(f"kill -KILL {before}")
            eventually(
                "another adapter runs",
                lambda: machine.unit("hubble-adapter", "MainPID")["MainPID"] not in ("0", before),
            )
            eventually("it is ready", lambda: machine.unit("hubble-adapter", "ActiveState")["ActiveState"] == "active")
            time.sleep(5.0)
        sent, missing = recording.missing()
    assert sent > 100
    assert not missing


def test_the_adapter_tells_how_it_does(machine: Machine) -> None:
    with Viewer(machine.address) as viewer:
        viewer.subscribe("*.adapter", "hubble_status")
        status = viewer.statuses(NOTICES_SECONDS)[0]
    assert status["hubble"]["state"] == "streaming"
    version = (
        (Path(secrets.REPOSITORY) / "build/dist/SHA256SUMS").read_text().split("hubble-adapter-")[1].split(".tar.gz")[0]
    )
    assert status["version"] == version
