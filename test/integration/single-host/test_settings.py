"""A changed setting takes effect with no more disruption than it needs; a wrong one changes nothing."""

from __future__ import annotations

import secrets as random
import time
from typing import Any

import pytest
from stage import secrets
from stage.machine import Converge, Machine, eventually
from stage.recording import Recording
from stage.relay import Relay
from stage.viewer import Viewer

pytestmark = pytest.mark.usefixtures("restored")

ADAPTER = ["recipe[example_site::adapter]"]


def adapter(machine: Machine, config: dict[str, Any]) -> Converge:
    """Converge the adapter alone with these settings on top."""
    return machine.converge({"hubble_adapter": {"config": config}}, ADAPTER)


def process(machine: Machine) -> str:
    return machine.unit("hubble-adapter", "MainPID")["MainPID"]


def verdicts(machine: Machine) -> set[str]:
    with Viewer(machine.address) as viewer:
        viewer.subscribe()
        return {flow.get("verdict", "VERDICT_UNKNOWN") for flow in viewer.flows(10.0, count=60)}


def test_a_live_setting_needs_no_restart(machine: Machine) -> None:
    before = process(machine)
    assert len(verdicts(machine)) > 1
    adapter(machine, {"filters": {"verdicts": ["DROPPED"]}}).check()
    eventually("only drops arrive", lambda: verdicts(machine) == {"DROPPED"})
    assert process(machine) == before


def test_a_setting_that_is_not_live_restarts_the_adapter_alone(machine: Machine) -> None:
    before = process(machine)
    broker = machine.unit("rabbitmq-server", "MainPID")
    adapter(machine, {"http": {"listen": "127.0.0.1:9909"}}).check()
    assert process(machine) != before
    assert machine.unit("rabbitmq-server", "MainPID") == broker
    assert "127.0.0.1:9909" in machine.run("ss -H -ltn")


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"hubble": {"adress": "relay:4245"}}, "did you mean"),
        ({"batch": {"max_flows": 0}}, "max_flows"),
        ({"rabbitmq": {"url": "amqp://adapter:secret@127.0.0.1/hubble"}}, "holds a password"),
        ({"rabbitmq": {"tls": {"ca_file": "/etc/shadow"}}}, "cannot be read"),
    ],
    ids=["unknown", "out of range", "password in the URL", "file that the service cannot read"],
)
def test_a_wrong_setting_changes_nothing(machine: Machine, config: dict[str, Any], reason: str) -> None:
    state = "cat /etc/hubble-adapter/*; readlink /opt/hubble-adapter/current"
    before, running = machine.run(state), process(machine)
    converge = adapter(machine, config)
    converge.check_refused(reason)
    assert machine.run(state) == before
    assert process(machine) == running
    assert machine.run("ls -A /etc/hubble-adapter").split() == ["config.yaml", "rabbitmq.password"]
    assert verdicts(machine)


def test_a_rotated_password_takes_effect_without_a_restart_or_a_loss(machine: Machine, relay: Relay) -> None:
    machine.converge().check()
    new = random.token_hex(24)
    before = process(machine)
    with Viewer(machine.address) as viewer:
        with Recording(viewer, relay) as recording:
            machine.converge({"example_site": {"secrets": {"adapter.password": new}}}).check()
            assert machine.run("cat /etc/hubble-adapter/rabbitmq.password").strip() == new
            time.sleep(5.0)
        sent, missing = recording.missing()
    assert process(machine) == before
    assert sent > 100
    assert not missing
    assert machine.succeeds(
        "/opt/hubble-adapter/current/bin/hubble-adapter check --connect --config /etc/hubble-adapter/config.yaml"
    )
    assert new not in machine.run("journalctl --no-pager")


def test_a_renewed_certificate_takes_effect_without_a_restart(machine: Machine) -> None:
    before = machine.unit("nginx", "MainPID")
    renewed = {"page.crt": secrets.read("renewed.crt"), "page.key": secrets.read("renewed.key")}
    with Viewer(machine.address) as viewer:
        viewer.subscribe()
        machine.converge({"example_site": {"secrets": renewed}}).check()
        assert list(viewer.flows(10.0, count=10))
    served = (
        "openssl s_client -connect 127.0.0.1:443 -servername flows.example.test </dev/null 2>/dev/null | openssl x509"
    )
    # nginx takes it up behind Chef's back.
    eventually("the renewed certificate", lambda: machine.run(served).strip() == secrets.read("renewed.crt").strip())
    assert machine.unit("nginx", "MainPID") == before
