"""The secrets of this run of the kitchen, which test/integration/images/secrets made and the containers were given."""

from __future__ import annotations

import ssl
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = REPOSITORY / "build/kitchen/secrets"
PAGE_NAME = "flows.example.test"


def read(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def trust() -> ssl.SSLContext:
    """TLS that believes in nobody but this run's own authority."""
    return ssl.create_default_context(cafile=str(FOLDER / "ca.crt"))
