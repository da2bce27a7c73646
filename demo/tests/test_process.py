"""A child cannot outlive its parent, and says why it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from stack.errors import PartDied, StackError
from stack.logs import harmless, telling_line
from stack.process import Child

STACK = Path(__file__).resolve().parent.parent


def shell(tmp_path: Path, script: str, stop_seconds: float = 10.0) -> Child:
    return Child("the part", ["/bin/sh", "-c", script], tmp_path / "log" / "part.log", stop_seconds=stop_seconds)


def within(seconds: float, true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_death_is_told_with_the_reason(tmp_path: Path) -> None:
    child = shell(tmp_path, "echo starting; echo 'error: no room at the inn' >&2; echo bye; exit 3")
    child.launch()
    assert within(5.0, lambda: not child.running)
    with pytest.raises(PartDied) as raised:
        child.check()
    assert str(raised.value) == f"the part ended with exit code 3: error: no room at the inn (log: {child.log})"


def test_the_reason_is_of_this_run(tmp_path: Path) -> None:
    child = shell(tmp_path, "echo error of old; exit 1")
    child.launch()
    assert within(5.0, lambda: not child.running)
    second = Child("the part", ["/bin/sh", "-c", "exit 4"], child.log)
    second.launch()
    assert within(5.0, lambda: not second.running)
    with pytest.raises(PartDied, match="exit code 4: it said nothing"):
        second.check()


def test_a_signal_is_told_by_name(tmp_path: Path) -> None:
    child = shell(tmp_path, "exec sleep 60")
    child.launch()
    child.check()
    child.kill()
    with pytest.raises(PartDied, match="was ended by SIGKILL"):
        child.check()


def test_stop_ends_the_stubborn_and_what_they_started(tmp_path: Path) -> None:
    child = shell(tmp_path, "trap '' TERM; sleep 60 & echo $!; wait; sleep 60", stop_seconds=0.3)
    child.launch()
    assert within(5.0, lambda: child.log.read_text().strip().isdigit())
    grandchild = int(child.log.read_text())
    child.stop()
    assert not child.running
    assert within(5.0, lambda: not alive(grandchild))


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_takes_its_children_along(tmp_path: Path, death: signal.Signals) -> None:
    program = f"""
import sys, time
sys.path.insert(0, {str(STACK)!r})
from pathlib import Path
from stack.process import Child
child = Child("part", ["/bin/sleep", "60"], Path({str(tmp_path / 'part.log')!r}))
child.launch()
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert within(5.0, lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n")
    parent.send_signal(death)
    parent.wait(5.0)
    parent.stdout.close()
    assert within(5.0, lambda: not alive(pid))


def test_log_is_private_and_stdin_closed(tmp_path: Path) -> None:
    child = shell(tmp_path, "cat; echo done")
    child.launch()
    assert within(5.0, lambda: child.returncode == 0)
    assert child.log.read_text() == "done\n"
    assert child.log.stat().st_mode & 0o777 == 0o600


def test_misuse_is_told(tmp_path: Path) -> None:
    child = shell(tmp_path, "exec sleep 60")
    with pytest.raises(StackError, match="was not started"):
        child.pid
    child.stop()
    child.launch()
    with pytest.raises(StackError, match="already running"):
        child.launch()
    child.stop()


def test_log_lines_are_harmless_and_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"fine\n\x1b]0;owned\x07 error \x1b[31mred\x1b[0m \xff\xfe\n" + b"x" * 10_000 + b"\n")
    assert telling_line(log) == "]0;owned error red \ufffd\ufffd"
    assert len(harmless("y" * 10_000)) == 300
    assert telling_line(tmp_path / "absent") == ""


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    child = Child("the part", ["/nonexistent/program"], tmp_path / "log")
    child.launch()
    assert within(5.0, lambda: not child.running)
    with pytest.raises(PartDied, match="No such file or directory"):
        child.check()
    assert os.path.exists(child.log)
