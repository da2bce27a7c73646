"""A machine that reboots comes back as it was, without Chef."""

from __future__ import annotations

from stage.machine import Machine, docker, eventually
from stage.viewer import flows_arrive

BOOT_SECONDS = 90.0


def test_a_reboot_brings_everything_back(machine: Machine) -> None:
    docker("restart", machine.container, timeout_seconds=120.0)
    eventually("flows arrive again", lambda: flows_arrive(machine), BOOT_SECONDS)
    assert machine.run("systemctl --failed --no-legend --plain").strip() == ""


def test_chef_has_nothing_to_do_then_and_takes_little_for_it(machine: Machine) -> None:
    converge = machine.converge().check()
    assert converge.updated == 0
    # Of the processors, which is what it costs whatever else the machine is at.
    assert converge.cpu_seconds < 10.0
