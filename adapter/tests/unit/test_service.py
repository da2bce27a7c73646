"""The shipped systemd unit: as closed as the adapter's work allows, and never restarted over what no restart mends."""

from __future__ import annotations

import configparser
import subprocess
from pathlib import Path

from hubble_adapter import cli

UNIT = Path(__file__).parents[2] / "systemd" / "hubble-adapter.service"


def test_systemd_scores_the_unit_at_1_5_or_better() -> None:
    done = subprocess.run(
        [
            "systemd-analyze",
            "security",
            "--offline=true",
            "--threshold=15",
            "--no-pager",
            str(UNIT),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_a_configuration_that_cannot_be_used_is_not_restarted() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(UNIT)
    service = unit["Service"]
    assert str(cli._EXIT_CONFIG) in service["RestartPreventExitStatus"].split()
    assert service["Type"] == "notify"
    assert service["Restart"] == "always"
