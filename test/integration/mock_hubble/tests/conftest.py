"""Puts the packages on the path, and shares what several tests of the mock server need."""

from __future__ import annotations

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[4]
for folder in (ROOT / "test" / "integration", ROOT / "adapter"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def captures(root: pathlib.Path) -> list[pathlib.Path]:
    """Every capture at hand: our own, and the real ones that may lie beside the checkout."""
    own = sorted((root / "demo" / "captures").glob("*.jsonl"))
    assert own
    return own + sorted((root.parent / "shared" / "captures").glob("*.jsonl"))
