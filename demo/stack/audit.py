"""The audit of a private broker as a child process: the program that the cookbook puts beside each node."""

from __future__ import annotations

import urllib.request
from pathlib import Path

from stack import ports
from stack.broker import NODE, PrivateBroker
from stack.definitions import AUDIT
from stack.hubble import PYTHON, python_environment
from stack.part import ListeningPart
from stack.process import Child

# What a broker needs besides the user AUDIT.
PLUGIN = "rabbitmq_event_exchange"
SETTINGS = "log.exchange = true\nlog.exchange.level = warning\n"

_FOLDER = "cookbooks/rabbitmq_webstomp/files"
_VISITORS = "visitors.sock"


class Audit(ListeningPart):
    """`hubblecast_audit` of this broker in `run_dir` (its own, created 0700). Its lines are in `log`."""

    def __init__(self, broker: PrivateBroker, run_dir: Path, log: Path) -> None:
        self.run_dir = run_dir.absolute()
        self.metrics_port = ports.free_port()
        self.command: list[str | Path] = [PYTHON, "-m", "hubblecast_audit", "--node", NODE]
        self.command += ["--url", f"amqp://{AUDIT.name}@{ports.LOOPBACK}:{broker.amqp_port}/%2f"]
        self.command += ["--password-file", broker.password_file(AUDIT.name), "--state", self.run_dir]
        # A name from where it runs: a socket's whole path may not be longer than 107 bytes.
        self.command += ["--visitors", _VISITORS, "--metrics", f"{ports.LOOPBACK}:{self.metrics_port}"]
        # The folder is a cookbook's: no compiled files are to be left there.
        self.environment = {**python_environment(_FOLDER), "PYTHONDONTWRITEBYTECODE": "1"}
        super().__init__(Child("the audit", self.command, log.absolute(), env=self.environment, cwd=self.run_dir))

    @property
    def visitors(self) -> Path:
        """The socket at which nginx tells where clients come from."""
        return self.run_dir / _VISITORS

    def lines(self) -> list[str]:
        """What it told so far."""
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []

    def metrics(self) -> str:
        """Raises OSError."""
        with urllib.request.urlopen(f"http://{ports.LOOPBACK}:{self.metrics_port}/metrics", timeout=5.0) as answer:
            return str(answer.read().decode())

    def launch(self) -> None:
        """Start and return at once: it waits for its broker by itself."""
        self.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().launch()

    def ready(self) -> bool:
        """Whether its metrics can be had, after which nginx can tell it everything."""
        return ports.accepts(self.metrics_port)
