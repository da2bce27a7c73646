"""What must not listen does not, what the service may not do it cannot, and no secret lies about."""

from __future__ import annotations

import os
import re
import socket
from pathlib import Path

import pytest
from testinfra.host import Host
from stage import secrets
from stage.machine import Machine

# AMQP over TLS is for adapters on other hosts.
PUBLIC_PORTS = {80, 443, 5671}
# AMQP, Web-STOMP without and with TLS, STOMP, management, epmd, distribution, three kinds of metrics, SSH.
PRIVATE_PORTS = [5672, 15674, 15673, 61613, 15672, 4369, 25672, 15692, 9808, 9809, 22]
EXPOSURE_LIMIT = 1.5


@pytest.mark.parametrize("port", PRIVATE_PORTS)
def test_a_private_port_is_closed_to_the_network(machine: Machine, port: int) -> None:
    with pytest.raises(OSError):
        socket.create_connection((machine.address, port), timeout=2.0)


def test_each_service_runs_and_is_enabled(host: Host) -> None:
    for name in ("rabbitmq-server", "nginx", "hubble-adapter", "hubblecast-audit"):
        assert host.service(name).is_running, name
        assert host.service(name).is_enabled, name


@pytest.mark.parametrize("port", [443, 5671])
def test_a_public_port_listens(host: Host, port: int) -> None:
    assert host.socket(f"tcp://{port}").is_listening


def test_the_service_account_cannot_log_in(host: Host) -> None:
    account = host.user("hubble-adapter")
    assert account.exists
    assert account.shell == "/usr/sbin/nologin"
    assert account.groups == ["hubble-adapter"]


def test_nothing_but_the_public_ports_listens_beyond_loopback(machine: Machine) -> None:
    listening = {}
    for line in machine.run("ss -H -ltnu").splitlines():
        address, _, port = line.split()[4].rpartition(":")
        # High UDP ports are questions to a name server.
        if not address.startswith(("127.", "[::1]")) and not (line.startswith("udp") and int(port) > 32767):
            listening[int(port)] = line
    assert set(listening) == PUBLIC_PORTS, listening


def test_the_unit_is_locked_in(machine: Machine) -> None:
    score = re.search(
        r"exposure level for \S+: ([0-9.]+)", machine.run("systemd-analyze security hubble-adapter --no-pager")
    )
    assert score and float(score[1]) <= EXPOSURE_LIMIT


def test_the_process_has_nothing_that_it_does_not_need(machine: Machine) -> None:
    process = machine.unit("hubble-adapter", "MainPID")["MainPID"]
    status = dict(
        line.split(":\t", 1) for line in machine.run(f"cat /proc/{process}/status").splitlines() if ":\t" in line
    )
    account = machine.run("id -u hubble-adapter").strip()
    assert status["Uid"].split() == [account] * 4
    assert {status[name].strip() for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"


def test_its_own_program_and_settings_are_read_only_to_it(machine: Machine) -> None:
    process = machine.unit("hubble-adapter", "MainPID")["MainPID"]
    inside = f"nsenter --target {process} --mount runuser -u hubble-adapter -- "
    for path in ("/opt/hubble-adapter/x", "/etc/hubble-adapter/x", "/usr/x", "/etc/x"):
        assert not machine.succeeds(f"{inside} touch {path}"), path
    assert (
        machine.run(f"{inside} ls -A /home /root 2>/dev/null || true")
        .replace("/home:", "")
        .replace("/root:", "")
        .strip()
        == ""
    )


def test_secrets_are_for_root_and_the_service(machine: Machine, host: Host) -> None:
    for name in ("rabbitmq.password", "config.yaml"):
        file = host.file(f"/etc/hubble-adapter/{name}")
        assert (file.mode, file.user, file.group) == (0o640, "root", "hubble-adapter"), name
    assert host.file("/etc/hubble-adapter").mode == 0o750
    assert not machine.succeeds("runuser -u nobody -- cat /etc/hubble-adapter/rabbitmq.password")


@pytest.mark.parametrize("name", ["adapter.password", "noc.password", "shop.password", "rabbitmq.cookie"])
def test_a_secret_is_told_nowhere(machine: Machine, name: str) -> None:
    secret = secrets.read(name)
    places = machine.run("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' || true; journalctl --no-pager")
    assert secret not in places
    assert secret not in machine.run(
        "cat /etc/hubble-adapter/config.yaml /etc/systemd/system/hubble-adapter.service.d/*"
    )
    log = Path(secrets.REPOSITORY, "build/log", f"kitchen-{os.environ['KITCHEN_INSTANCE']}-converge.log").read_text(
        errors="replace"
    )
    assert "hubble_adapter[adapter]" in log
    assert secret not in log


def test_no_file_that_everybody_can_read_holds_a_secret(machine: Machine) -> None:
    names = ["adapter.password", "noc.password", "shop.password", "rabbitmq.cookie"]
    patterns = "\n".join(secrets.read(name) for name in names)
    readable = machine.run(
        "find /etc /opt /var /srv /home /root /usr/local -xdev -type f -perm /o=r -not -path '/opt/chef/*' -print0"
        " | xargs -0 grep --files-with-matches --fixed-strings --file=<(cat) || true",
        stdin=patterns,
    )
    assert readable == ""
