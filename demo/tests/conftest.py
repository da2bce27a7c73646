from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stack.broker import PrivateBroker
from stack.nginx import PrivateNginx


@pytest.fixture(scope="session")
def session_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateBroker]:
    broker = PrivateBroker(tmp_path_factory.mktemp("broker"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def broker(session_broker: PrivateBroker) -> PrivateBroker:
    """A broker that runs, whatever the test before did to it."""
    if not session_broker.running:
        session_broker.start()
    return session_broker


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A built page in the smallest form that nginx can serve."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>hubblecast</title>")
    (folder / "assets" / "index-0123abcd.js").write_text("void 0;")
    return folder


@pytest.fixture
def serve(tmp_path: Path, page: Path) -> Iterator[Callable[[int], PrivateNginx]]:
    """Start nginx before a Web-STOMP port; it is stopped when the test ends."""
    started: list[PrivateNginx] = []

    def start(webstomp_port: int) -> PrivateNginx:
        nginx = PrivateNginx(tmp_path / "nginx", page, webstomp_port)
        started.append(nginx)
        nginx.start()
        return nginx

    yield start
    for nginx in started:
        nginx.stop()
