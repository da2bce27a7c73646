"""The mock Hubble server as a child process: replays captures on a loopback port."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from stack import ports
from stack.part import ListeningPart
from stack.process import Child

REPOSITORY = Path(__file__).resolve().parents[2]
PYTHON = Path("/usr/bin/python3")


def python_environment(*folders: str) -> dict[str, str]:
    """The caller's environment with PYTHONPATH set to these folders of the repository, and unbuffered output."""
    paths = os.pathsep.join(str(REPOSITORY / folder) for folder in folders)
    return {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}


class MockHubble(ListeningPart):
    """`mock_hubble` at 127.0.0.1:`port`, sending `rate_per_second` flows and noting what it sent in `sent_log`."""

    def __init__(
        self,
        captures: Sequence[Path],
        rate_per_second: float,
        log: Path,
        sent_log: Path | None = None,
        port: int = 0,
    ) -> None:
        self.port = port or ports.free_port()
        self.sent_log = sent_log
        command: list[str | Path] = [PYTHON, "-m", "mock_hubble", "--listen", self.address]
        command += ["--rate", f"{rate_per_second:g}"]
        if sent_log is not None:
            command += ["--sent-log", sent_log.absolute()]
        super().__init__(
            Child(
                "the mock Hubble server",
                [*command, *(capture.absolute() for capture in captures)],
                log.absolute(),
                env=python_environment("test/integration", "adapter"),
            )
        )

    @property
    def address(self) -> str:
        return f"{ports.LOOPBACK}:{self.port}"

    def ready(self) -> bool:
        """Whether it listens."""
        return ports.accepts(self.port)
