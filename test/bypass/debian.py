"""Another Debian's RabbitMQ, in a tree of its own, to run beside this machine's."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from stack.errors import StackError
from stack.installation import HERE, Installation

# RabbitMQ 3.10 and 4.0.
CODENAMES = ("bookworm", "trixie")

_TREES = Path(__file__).resolve().parent.parent.parent / "build" / "trees"
_TIMEOUT_SECONDS = 540.0


def installation(codename: str) -> Installation:
    """This machine's RabbitMQ if the machine is of this release, else one from `build/trees`, made if it is missing.

    Raises StackError where it can't be made: that takes root and Debian's package mmdebstrap.
    """
    if _this_machine() == codename:
        return HERE
    return Installation(_tree(codename))


def run_folder(installation: Installation) -> tempfile.TemporaryDirectory[str]:
    """A folder for one run, where that release's programs can reach it; gone at the end of its `with`."""
    return tempfile.TemporaryDirectory(prefix="hubblecast-bypass-", dir=installation.root / "tmp")


def _this_machine() -> str:
    for line in Path("/etc/os-release").read_text().splitlines():
        name, _, value = line.partition("=")
        if name == "VERSION_CODENAME":
            return value.strip('"')
    return ""


def _tree(codename: str) -> Path:
    if os.geteuid() != 0:
        raise StackError(f"a tree of Debian {codename} can be made and entered by root only")
    _TREES.mkdir(parents=True, exist_ok=True)
    tree = _TREES / codename
    with (_TREES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.is_dir():
            fresh = _TREES / f"{codename}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            _make(codename, fresh)
            fresh.rename(tree)
    return tree


def _make(codename: str, folder: Path) -> None:
    command = ["mmdebstrap", "--variant=minbase", "--include=rabbitmq-server", codename, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"no tree of Debian {codename}: {error}") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-3:]
        raise StackError(f"no tree of Debian {codename}: mmdebstrap says {' / '.join(last)}")
