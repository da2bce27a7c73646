"""A machine that reboots comes back as it was, without Chef."""

from __future__ import annotations

from stage.machine import Machine, docker, eventually
from stage.viewer import flows_arrive

BOOT_SECONDS = 90.0
# What a converge with nothing to do may take, in the processor time of one that has no resources at all. Neither runs
# Ohai's costly plugins.
MOST_CHEF_STARTS = 6.0


def test_a_reboot_brings_everything_back(machine: Machine) -> None:
    docker("restart", machine.container, timeout_seconds=120.0)
    eventually("flows arrive again", lambda: flows_arrive(machine), BOOT_SECONDS)
    assert machine.run("systemctl --failed --no-legend --plain").strip() == ""


def test_chef_has_nothing_to_do_then_and_takes_little_for_it(machine: Machine) -> None:
    without_resources = machine.converge(run_list=[]).check()
    converge = machine.converge().check()
    assert converge.updated == 0
    # Chef's own start is the measure of the machine, and processor time leaves out whatever else it is at.
    assert converge.cpu_seconds < MOST_CHEF_STARTS * without_resources.cpu_seconds
