"""The page, as a browser gets it."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import subprocess
from contextlib import closing
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

from stage import secrets
from stage.machine import Machine, eventually
from stage.relay import Relay

ROWS = 8
PATIENCE_SECONDS = 20


def look(machine: Machine, user: str, password: str, text: str = "") -> dict[str, Any]:
    """What Chromium shows after this log-in."""
    script = Path(__file__).with_name("look.mjs")
    public = ["openssl", "x509", "-in", str(secrets.FOLDER / "page.crt"), "-noout", "-pubkey"]
    pem = subprocess.run(public, capture_output=True, check=True).stdout
    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    orders = {
        "address": machine.address,
        "name": secrets.PAGE_NAME,
        "key": base64.b64encode(hashlib.sha256(der).digest()).decode(),
        "user": user,
        "password": password,
        "rows": ROWS,
        "text": text,
        "seconds": PATIENCE_SECONDS,
    }
    done = subprocess.run(
        ["node", str(script)], input=json.dumps(orders), capture_output=True, text=True, timeout=120.0
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


def test_rows_appear_in_chromium(machine: Machine, relay: Relay) -> None:
    seen = look(machine, "noc", secrets.read("noc.password"))
    assert len(seen["rows"]) >= ROWS, seen
    uuids = {row["uuid"] for row in seen["rows"]}
    eventually("every row is a flow that Hubble sent", lambda: uuids <= relay.sent())
    assert seen["problems"] == []
    assert seen["hosts"] == [secrets.PAGE_NAME]
    assert "login" not in seen["url"]


def test_a_wrong_password_is_told(machine: Machine) -> None:
    seen = look(machine, "noc", "wrong", text="refused")
    assert seen["rows"] == []
    assert "refused" in seen["body"]


def test_the_page_comes_with_its_headers(machine: Machine) -> None:
    status, headers = ask(machine, secrets.PAGE_NAME)
    assert status == 200
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_name_that_is_not_the_pages_is_refused(machine: Machine) -> None:
    assert ask(machine, "elsewhere.example.org")[0] == 421


def ask(machine: Machine, host: str) -> tuple[int, HTTPMessage]:
    """The status and the headers of the answer to GET / under this name."""
    context = secrets.trust()
    # The connection goes to an address.
    context.check_hostname = False
    connection = http.client.HTTPSConnection(machine.address, 443, timeout=5.0, context=context)
    with closing(connection):
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
