"""What Chef put there Chef takes away, all of it; and a machine that had it once can have it again."""

from __future__ import annotations

from testinfra.host import Host
from stage.machine import Machine, eventually
from stage.viewer import flows_arrive

REMOVE = ["recipe[example_site::remove]"]


def test_removal_leaves_nothing(machine: Machine, host: Host) -> None:
    machine.converge(run_list=REMOVE).check()
    for path in (
        "/opt/hubble-adapter",
        "/etc/hubble-adapter",
        "/var/lib/hubble-adapter",
        "/var/www/hubblecast",
        "/etc/nginx/sites-enabled/hubblecast",
        "/etc/nginx/sites-available/hubblecast",
        "/opt/hubblecast-audit",
        "/etc/hubblecast-audit",
        "/var/lib/hubblecast-audit",
        "/etc/systemd/system/hubblecast-audit.service",
    ):
        assert not host.file(path).exists, path
    assert not machine.succeeds("ls -d /etc/systemd/system/hubble-adapter*")
    for name in ("hubble-adapter", "hubblecast-audit"):
        assert not host.user(name).exists
        assert not host.group(name).exists
        assert machine.unit(name, "LoadState")["LoadState"] == "not-found"
    assert not machine.succeeds("pgrep -f 'hubble_adapter|hubblecast_audit'")
    assert not machine.succeeds("find / -xdev -nouser | grep .")


def test_a_second_removal_has_nothing_to_do(machine: Machine) -> None:
    assert machine.converge(run_list=REMOVE).check().updated == 0


def test_it_can_be_installed_again(machine: Machine) -> None:
    machine.converge().check()
    eventually("flows arrive again", lambda: flows_arrive(machine))
