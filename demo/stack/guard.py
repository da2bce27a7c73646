"""What ends a Web-STOMP connection that makes a node hold too much: compiled for it from the cookbook's source."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from stack.errors import StackError
from stack.hubble import REPOSITORY
from stack.logs import harmless

_SOURCE = REPOSITORY / "cookbooks/rabbitmq_webstomp/files/hubblecast_guard.erl"
_COMPILER = Path("/usr/bin/erlc")
_TIMEOUT_SECONDS = 60.0


def compile_into(folder: Path, inside: str, command: Callable[..., list[str]]) -> None:
    """Compile the guard into `folder`, which is called `inside` where the node runs. Raises StackError.

    `command` makes a command line for there: another release's machine does not read this one's code.
    """
    shutil.copy(_SOURCE, folder)
    done = subprocess.run(
        command(_COMPILER, "-o", inside, f"{inside}/{_SOURCE.name}"),
        # erlc takes a working directory's path off paths that only begin with the same letters.
        cwd="/",
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
    )
    if done.returncode != 0:
        raise StackError(f"the guard cannot be compiled: {harmless(done.stdout + done.stderr)}")


def arguments(inside: str) -> str:
    """Arguments of the Erlang machine that start it. Without its code the node boots all the same."""
    return f"-pa {inside} -eval catch(hubblecast_guard:start())"
