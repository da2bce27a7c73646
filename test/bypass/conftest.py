from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import debian
import pytest
from arena import Arena

# The audit is a part of the broker's cookbook, in which no compiled files are to be left.
sys.dont_write_bytecode = True
sys.path.append(str(Path(__file__).resolve().parents[2] / "cookbooks/rabbitmq_webstomp/files"))


@pytest.fixture(scope="session", params=debian.CODENAMES)
def arena(request: pytest.FixtureRequest) -> Iterator[Arena]:
    """A broker of each Debian release, one after the other."""
    installation = debian.installation(request.param)
    with debian.run_folder(installation) as folder:
        arena = Arena(Path(folder) / "broker", installation)
        yield arena
        arena.stop()
