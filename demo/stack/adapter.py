"""The adapter as a child process, with a configuration of its own in the run directory."""

from __future__ import annotations

import json
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stack.hubble import PYTHON, python_environment
from stack.part import Part
from stack.process import Child

# The variables that override the adapter's configuration: a shell in which an operator set them must not bend the demo.
_OVERRIDES = (
    "HUBBLE_RELAY_ADDRESS",
    "HUBBLE_REQUEST_TIMEOUT_SECONDS",
    "RABBITMQ_URL",
    "RABBITMQ_EXCHANGE_NAME",
    "RABBITMQ_EXCHANGE_TYPE",
    "VERDICT_WHITELIST",
)


def configuration(hubble_address: str, rabbitmq_url: str, password_file: Path) -> dict[str, Any]:
    """The adapter's configuration for a stack of this package."""
    return {
        "cluster": "default",
        "hubble": {"address": hubble_address},
        "rabbitmq": {
            "url": rabbitmq_url,
            "password_file": str(password_file),
            "exchange_name": "hubble_flows",
            "exchange_type": "topic",
        },
    }


class Adapter(Part):
    """`hubble_adapter run` with these settings, written to `config_file` (JSON, which is YAML too)."""

    def __init__(self, settings: Mapping[str, Any], config_file: Path, log: Path) -> None:
        self._settings = settings
        self._config_file = config_file.absolute()
        environment = python_environment("adapter")
        for name in _OVERRIDES:
            environment.pop(name, None)
        command: list[str | Path] = [PYTHON, "-m", "hubble_adapter", "run", "--config", self._config_file]
        super().__init__(
            Child(
                "the adapter",
                command,
                log.absolute(),
                env=environment,
                # When its parent dies, so does its broker: there is nowhere left to drain to.
                death_signal=signal.SIGKILL,
                # Time to drain.
                stop_seconds=15.0,
            )
        )

    def launch(self) -> None:
        """Start and return at once: it finds Hubble and the broker by itself, in any order of start."""
        self._config_file.write_text(json.dumps(self._settings, indent=2) + "\n", encoding="utf-8")
        super().launch()
