"""A policy, exported on one machine and carried to a bare one without a Chef server, makes of it what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from stage import secrets
from stage.machine import Machine, docker, eventually
from stage.viewer import Viewer, flows_arrive

POLICY = os.environ["KITCHEN_SUITE"].removeprefix("policy-").replace("-", "_")
# Whatever would ask the network ends here.
OFFLINE = {name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY")}
BUNDLE = str(secrets.REPOSITORY / "tools/bundle")


@pytest.fixture(scope="module")
def machine() -> Machine:
    return Machine(os.environ["KITCHEN_CONTAINER_ID"])


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported policy, resolved and packed without a network."""
    folder = tmp_path_factory.mktemp("policy")
    policy = secrets.REPOSITORY / f"policyfiles/{POLICY}.rb"
    policy.with_suffix(".lock.json").unlink(missing_ok=True)
    for command in (["install", str(policy)], ["export", str(policy), str(folder / "export")]):
        offline([BUNDLE, "exec", "chef-cli", *command])
    return folder / "export"


def offline(command: list[str]) -> None:
    done = subprocess.run(
        command, cwd=secrets.REPOSITORY, env={**os.environ, **OFFLINE}, capture_output=True, text=True, timeout=120.0
    )
    assert done.returncode == 0, done.stdout + done.stderr


def attributes() -> dict[str, Any]:
    """What docs/fleet.md lets a site write into attributes.json."""
    sums = dict(line.split()[::-1] for line in (secrets.REPOSITORY / "build/dist/SHA256SUMS").read_text().splitlines())

    def newest(name: str) -> dict[str, str]:
        (archive,) = (archive for archive in sums if archive.startswith(name))
        version = archive.removeprefix(f"{name}-").removesuffix(".tar.gz")
        return {"version": version, "source": f"/srv/dist/{archive}", "sha256": sums[archive]}

    broker: dict[str, Any] = {
        "viewers": {"noc": {"namespaces": "all"}},
        "page": {**newest("hubblecast-page"), "server_names": [secrets.PAGE_NAME]},
    }
    config: dict[str, Any] = {"hubble": {"address": "hubble-relay:4245"}}
    adapter: dict[str, Any] = {
        **newest("hubble-adapter"),
        "config": config,
        "service_directives": {"PrivateUsers": "no"},
    }
    if POLICY == "adapter":
        config["rabbitmq"] = {
            "url": "amqp://adapter@broker.example.test:5672/hubble",
            "password_file": "/etc/hubble-adapter/rabbitmq.password",
        }
    return {"rabbitmq_webstomp": broker, "hubble_adapter": adapter}


def given_secrets() -> list[str]:
    """The secrets that a site hands out; those that single_host makes by itself are none of them."""
    certificate = ["page.crt", "page.key"]
    return {
        "adapter": ["adapter.password"],
        "broker": [*certificate, "rabbitmq.cookie", "adapter.password", "noc.password"],
        "single_host": [*certificate, "noc.password"],
    }[POLICY]


if POLICY == "single_host":
    # Once: Berkshelf writes a file beside the Berksfile, and the policies are tested side by side.
    def test_cookbooks_resolve_without_a_network(tmp_path: Path) -> None:
        offline([BUNDLE, "exec", "berks", "vendor", str(tmp_path / "vendored")])
        assert {"hubble_adapter", "rabbitmq_webstomp"} <= {folder.name for folder in (tmp_path / "vendored").iterdir()}


def test_an_export_holds_what_a_node_needs_and_no_more(export: Path) -> None:
    folders = {
        re.sub(r"-[0-9a-f]{40}$", "", folder.name): folder for folder in (export / "cookbook_artifacts").iterdir()
    }
    wanted = {"adapter": {"hubble_adapter"}, "broker": {"rabbitmq_webstomp"}}
    assert set(folders) == wanted.get(POLICY, {"hubble_adapter", "rabbitmq_webstomp"})
    for folder in folders.values():
        assert not {"spec", "documentation", "test"} & {entry.name for entry in folder.iterdir()}


def test_chef_client_makes_a_bare_machine_what_the_policy_says(machine: Machine, export: Path) -> None:
    docker("cp", str(export), f"{machine.container}:/opt/policy")
    machine.run("install -d -m 700 /etc/hubblecast/secrets")
    for name in given_secrets():
        machine.run(f"umask 077; cat >/etc/hubblecast/secrets/{name}", stdin=secrets.read(name))
    machine.run("umask 077; cat >/opt/policy/attributes.json", stdin=json.dumps(attributes()))
    first, second = (chef_client(machine) for _ in range(2))
    assert first > 10
    assert second == 0


def chef_client(machine: Machine) -> int:
    """The number of resources that a run updated."""
    command = "cd /opt/policy && chef-client -z -j attributes.json --chef-license accept-no-persist --no-color 2>&1"
    output = machine.run(command, timeout_seconds=300.0)
    updated = re.findall(r"Infra Phase complete, (\d+)/\d+ resources updated", output)
    assert updated, output[-3000:]
    return int(updated[-1])


def test_what_was_installed_works(machine: Machine) -> None:
    if POLICY in ("adapter", "single_host"):
        assert machine.unit("hubble-adapter", "ActiveState")["ActiveState"] == "active"
    if POLICY == "broker":
        with Viewer(machine.address) as viewer:
            viewer.subscribe()
    if POLICY == "single_host":
        eventually("flows arrive", lambda: flows_arrive(machine))
