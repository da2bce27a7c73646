"""Passwords that live for one run: random, kept in files of mode 0600, known to the broker as hashes only."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

_PASSWORD_BYTES = 18
_SALT_BYTES = 4


def new_password() -> str:
    """24 random characters, letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (0600), whatever the umask is and whatever was there."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def broker_hash(password: str) -> str:
    """RabbitMQ's salted SHA-256 of a password: base64 of the 4-byte salt and the digest of salt and password.

    Source: RabbitMQ's documentation, "Credentials and Passwords", computing a password hash.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode("ascii")
