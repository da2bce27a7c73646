"""Another release of the adapter: there and back, and what happens to one that does not start."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Any

import pytest
from stage import secrets
from stage.machine import Machine, docker, eventually
from stage.recording import Recording
from stage.relay import Relay
from stage.viewer import Viewer

pytestmark = pytest.mark.usefixtures("restored")

ADAPTER = ["recipe[example_site::adapter]"]
NEXT, BROKEN = "99.0.0", "99.0.1"


def built() -> Path:
    (archive,) = (secrets.REPOSITORY / "build/dist").glob("hubble-adapter-*.tar.gz")
    return archive


def first_version() -> str:
    return built().name.removeprefix("hubble-adapter-").removesuffix(".tar.gz")


def release(machine: Machine, folder: Path, version: str, launcher: str = "") -> dict[str, Any]:
    """Put a release that differs from the built one in its version, and in its launcher if one is given."""
    archive = folder / f"hubble-adapter-{version}.tar.gz"
    old = f'__version__ = "{first_version()}"'.encode()
    with tarfile.open(built()) as source, tarfile.open(archive, "w:gz") as target:
        for entry in source.getmembers():
            file = source.extractfile(entry)
            content = file.read() if file else b""
            if entry.name.endswith("/hubble_adapter/__init__.py"):
                assert old in content
                content = content.replace(old, f'__version__ = "{version}"'.encode())
            if launcher and entry.name.endswith("/bin/hubble-adapter"):
                content = launcher.encode() + content.split(b"\n", 1)[1]
            entry.size = len(content)
            target.addfile(entry, io.BytesIO(content))
    machine.run("mkdir -p /root/releases")
    docker("cp", str(archive), f"{machine.container}:/root/releases/{archive.name}")
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    return {"hubble_adapter": {"version": version, "source": f"/root/releases/{archive.name}", "sha256": sha256}}


def current(machine: Machine) -> str:
    return machine.run("readlink /opt/hubble-adapter/current").strip().removeprefix("releases/")


def running(machine: Machine) -> str:
    """The version that the adapter itself tells; empty while it is silent."""
    with Viewer(machine.address) as viewer:
        viewer.subscribe("*.adapter", "hubble_status")
        return next((str(status["version"]) for status in viewer.statuses(10.0)), "")


def test_an_upgrade_and_the_way_back_lose_nothing(machine: Machine, relay: Relay, tmp_path: Path) -> None:
    attributes = release(machine, tmp_path, NEXT)
    with Viewer(machine.address) as viewer:
        with Recording(viewer, relay) as recording:
            machine.converge(attributes, ADAPTER).check()
            assert current(machine) == NEXT
            eventually("the new release runs", lambda: running(machine) == NEXT)
            # The way back needs no archive: the release is still there.
            back = {"hubble_adapter": {"source": "/nowhere/to/be/found.tar.gz"}}
            machine.converge(back, ADAPTER).check()
            assert current(machine) == first_version()
            eventually("the old release runs", lambda: running(machine) == first_version())
        sent, missing = recording.missing()
    assert sent > 200
    assert not missing
    assert NEXT in machine.run("ls /opt/hubble-adapter/releases").split()


def test_a_release_that_does_not_start_gives_way_to_the_one_before(machine: Machine, tmp_path: Path) -> None:
    launcher = '#!/bin/sh\nif [ "$1" = run ]; then echo "cannot run here" >&2; exit 1; fi\n'
    converge = machine.converge(release(machine, tmp_path, BROKEN, launcher), ADAPTER)
    converge.check_refused(f"{BROKEN} does not start, so {first_version()} runs again as before")
    assert "cannot run here" in converge.output
    assert current(machine) == first_version()
    eventually("the old release runs", lambda: running(machine) == first_version())


def test_an_archive_with_another_checksum_is_refused(machine: Machine, tmp_path: Path) -> None:
    attributes = release(machine, tmp_path, "99.0.2")
    attributes["hubble_adapter"]["sha256"] = "0" * 64
    converge = machine.converge(attributes, ADAPTER)
    converge.check_refused("checksum")
    assert current(machine) == first_version()
    assert "99.0.2" not in machine.run("ls -A /opt/hubble-adapter/releases").split()


def test_another_archive_under_the_name_of_a_version_is_refused(machine: Machine, tmp_path: Path) -> None:
    another = release(machine, tmp_path, first_version(), launcher="#!/bin/sh\n# another\n")
    machine.converge(another, ADAPTER).check_refused("another checksum")
    assert current(machine) == first_version()
