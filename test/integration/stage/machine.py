"""A container under test: what runs in it, and further converges of it with other attributes."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import testinfra

_CHEF = "/usr/local/bin/chef-client --local-mode --config /opt/kitchen/client.rb --no-color --force-formatter"
# Ohai's other plugins take a fifth of the processor's time of a converge that has nothing to do, and two fifths of
# Chef's own start. Test Kitchen's converges, and those of the policies, run with them.
_CHEF += " --minimal-ohai --json-attributes /opt/kitchen/again.json"
_END = re.compile(r"Infra Phase (?:complete|failed)[.,] (\d+)(?:/\d+)? resources updated")
_WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Converge:
    """How a chef-client run ended. `updated`: how many resources it changed. `cpu_seconds`: with all it called."""

    code: int
    output: str
    updated: int
    cpu_seconds: float

    def check(self) -> Converge:
        assert self.code == 0, self.output[-3000:]
        return self

    def check_refused(self, why: str) -> Converge:
        assert self.code != 0 and why in self.output, f"not refused with {why!r}: {self.output[-3000:]}"
        return self


class Machine:
    """`container`: id or name of a container that Test Kitchen made. `host` is testinfra's view of its state."""

    def __init__(self, container: str) -> None:
        self.container = container
        self.host = testinfra.get_host(f"docker://{container}")

    def run(self, command: str, stdin: str | None = None, timeout_seconds: float = 120.0) -> str:
        """What a shell command printed. Raises CalledProcessError."""
        done = subprocess.run(
            ["docker", "exec", "--interactive", self.container, "/bin/bash", "-e", "-c", command],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout_seconds,
        )
        if done.returncode != 0:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def succeeds(self, command: str) -> bool:
        try:
            self.run(command)
        except subprocess.CalledProcessError:
            return False
        return True

    @property
    def address(self) -> str:
        """Its IPv4 address on the suites' network."""
        shape = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return docker("inspect", "--format", shape, self.container).strip()

    def attributes(self) -> dict[str, Any]:
        """The attributes and the run list that Test Kitchen converged it with."""
        loaded: dict[str, Any] = json.loads(self.run("cat /opt/kitchen/dna.json"))
        return loaded

    def converge(self, attributes: Mapping[str, Any] | None = None, run_list: list[str] | None = None) -> Converge:
        """Run Chef once more with these attributes on top of Test Kitchen's, or with another run list."""
        wanted = merged(self.attributes(), attributes or {})
        if run_list is not None:
            wanted["run_list"] = run_list
        # The node's own file would bring the attributes of an earlier converge back.
        self.run("umask 077; rm -f /opt/kitchen/nodes/*; cat >/opt/kitchen/again.json", stdin=json.dumps(wanted))
        done = subprocess.run(
            ["docker", "exec", self.container, "/bin/bash", "-c", f"TIMEFORMAT='%U %S'; time {_CHEF} 2>&1"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300.0,
        )
        ends = _END.findall(done.stdout)
        cpu_seconds = sum(float(word) for word in done.stderr.split()[-2:])
        return Converge(done.returncode, done.stdout, int(ends[-1]) if ends else -1, cpu_seconds)

    def unit(self, name: str, *properties: str) -> dict[str, str]:
        """Properties of a systemd unit."""
        text = self.run(f"systemctl show {name} --property {','.join(properties)}")
        return dict(line.split("=", 1) for line in text.splitlines())


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return result


def docker(*arguments: str, timeout_seconds: float = 60.0) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=timeout_seconds, check=True)
    return done.stdout


def eventually(what: str, condition: Callable[[], bool], seconds: float = _WAIT_SECONDS) -> None:
    """Fail with `what` unless the condition becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.2)
