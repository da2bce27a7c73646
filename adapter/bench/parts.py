"""What the bench is put together from: the feeder and the adapter, each a process of its own, and how they are read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.broker import PrivateBroker
from stack.ports import free_port
from stack.process import children_of, cpu_seconds

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
BUILD = ROOT / "build" / "bench"
TEMPLATES = BUILD / "templates.bin"
_FEEDER = BUILD / "feeder"
_PROTO = ROOT / "adapter" / "proto"
_MOST_SECONDS = 300


def build_feeder() -> None:
    """Compile feeder.cc, unless it is older than what was compiled before."""
    BUILD.mkdir(parents=True, exist_ok=True)
    protos = [_PROTO / "hubble_adapter" / "wire" / f"{name}.proto" for name in ("flow", "relay", "observer")]
    if _FEEDER.exists() and all(
        _FEEDER.stat().st_mtime > source.stat().st_mtime for source in (BENCH / "feeder.cc", *protos)
    ):
        return
    print("compiling the feeder (some 20 s)", file=sys.stderr)
    subprocess.run(["protoc", f"-I{_PROTO}", f"--cpp_out={BUILD}", *map(str, protos)], check=True)
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "grpc++", "protobuf"], check=True, capture_output=True, text=True
    ).stdout.split()
    generated = [str(BUILD / "hubble_adapter" / "wire" / f"{proto.stem}.pb.cc") for proto in protos]
    # The .proto files tell which enum values are deprecated, and protoc's own code names them.
    command = ["g++", "-std=c++17", "-O2", "-Wno-deprecated-declarations", f"-I{BUILD}", "-o", str(_FEEDER)]
    subprocess.run([*command, str(BENCH / "feeder.cc"), *generated, *flags], check=True)


@contextmanager
def feeder(flows_per_second: float, *, filters: bool = True) -> Iterator[str]:
    """A server that sends so many flows a second (0: as many as are taken). Gives its address."""
    options = [] if filters else ["unfiltered"]
    command = [str(_FEEDER), str(TEMPLATES), f"{flows_per_second:g}", str(_MOST_SECONDS), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The adapter at a moment, with its workers: wall clock and CPU time in seconds, memory in bytes, its metrics."""

    at_s: float
    cpu_s: float
    most_rss_bytes: int
    metrics: dict[str, float]


class Adapter:
    """`hubble_adapter run` as in production."""

    def __init__(self, broker: PrivateBroker, hubble_address: str, settings: dict[str, Any]) -> None:
        port = free_port()
        config = {
            "hubble": {"address": hubble_address},
            "rabbitmq": {"url": broker.url("adapter"), "password_file": str(broker.password_file("adapter"))},
            "http": {"listen": f"127.0.0.1:{port}"},
            **settings,
        }
        self._url = f"http://127.0.0.1:{port}/metrics"
        file = BUILD / f"adapter-{port}.yaml"
        file.write_text(json.dumps(config), encoding="utf-8")
        self._log = (BUILD / "adapter.log").open("w")
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-m", "hubble_adapter", "run", "--config", str(file)],
            cwd=ROOT / "adapter",
            env={"PATH": "/usr/bin:/bin"},
            stderr=self._log,
        )

    def snapshot(self) -> Snapshot:
        with urllib.request.urlopen(self._url, timeout=30) as answer:
            text = answer.read().decode()
        lines = re.findall(r"^(hubble_adapter_\S+) (\S+)$", text, re.MULTILINE)
        metrics = {name: float(value) for name, value in lines}
        pids = [self.process.pid, *children_of(self.process.pid)]
        return Snapshot(time.monotonic(), sum(map(cpu_seconds, pids)), sum(map(most_rss_bytes, pids)), metrics)

    def wait_for_flows(self) -> None:
        """Wait until flows are confirmed."""
        give_up_s = time.monotonic() + 30
        while time.monotonic() < give_up_s:
            try:
                if self.snapshot().metrics["hubble_adapter_flows_received_total"] > 0:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise TimeoutError(f"the adapter receives nothing: see {self._log.name}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


def most_rss_bytes(pid: int) -> int:
    """Return the most memory that a process ever had resident."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) * 1024
