"""Seeded schedules of faults against the real thing: whatever breaks, every flow is delivered or told as lost.

ORACLE_SEEDS names other seeds than the first 46 (two rounds of all faults): `17`, `17,40` or `100-145`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from tests.oracle.arena import Arena
from tests.oracle.schedule import schedule
from tests.oracle.trial import Outcome


def seeds(text: str) -> list[int]:
    """Return the numbers of `1,5-7`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


SEEDS = seeds(os.environ.get("ORACLE_SEEDS", "0-45"))


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, Future[Outcome]]]:
    """The schedules that were asked for, all under way side by side."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    chosen = [item.callspec.params["seed"] for item in items if "outcomes" in item.fixturenames]
    with Arena(tmp_path_factory.mktemp("arena")) as arena:
        yield {seed: arena.play(schedule(seed)) for seed in chosen}


@pytest.mark.parametrize("seed", SEEDS)
def test_schedule(seed: int, outcomes: dict[int, Future[Outcome]]) -> None:
    outcome = outcomes[seed].result()
    if outcome.findings:
        pytest.fail("\n".join([*outcome.findings, "", outcome.story, "", f"again: {again(seed)}"]), pytrace=False)


def again(seed: int) -> str:
    """Return the command that plays one schedule alone."""
    path = "PYTHONPATH=adapter:demo:test/integration"
    return f"{path} ORACLE_SEEDS={seed} /usr/bin/python3 -m pytest adapter/tests/oracle/test_oracle.py"
