"""A child process: its own log, its own process group, and no way to outlive the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from stack.errors import PartDied, StackError
from stack.logs import telling_line


_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used so far (proc(5): utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def children_of(pid: int) -> list[int]:
    """The processes that a process's main thread made (proc(5): children)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Child:
    """One child process, in a process group of its own, stdin closed, its output appended to `log` (mode 0600).

    The kernel sends `death_signal` to it when its parent dies, however that came about (PR_SET_PDEATHSIG, set by
    util-linux's setpriv). The kernel's "parent" is a thread: launch children only from a thread that lives as long as
    the program.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        death_signal: signal.Signals = signal.SIGTERM,
        stop_seconds: float = 10.0,
    ) -> None:
        self.name = name
        self.log = log
        self._command = [str(word) for word in command]
        self._env = dict(env) if env is not None else None
        self._cwd = cwd
        self._death_signal = death_signal
        self._stop_seconds = stop_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._log_began_byte = 0

    @property
    def pid(self) -> int:
        """Process id of the running child, which is its process group's id too. Raises StackError if it never ran."""
        if self._process is None:
            raise StackError(f"{self.name} was not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs and before it ran."""
        return None if self._process is None else self._process.poll()

    def launch(self) -> None:
        """Start the process and return at once. Raises StackError when it runs already or its program is missing."""
        if self.running:
            raise StackError(f"{self.name} is already running")
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        guard = ["/usr/bin/setpriv", "--pdeathsig", self._death_signal.name.removeprefix("SIG"), "--"]
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._log_began_byte = os.fstat(log).st_size
        try:
            self._process = subprocess.Popen(
                guard + self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._env,
                cwd=self._cwd,
                start_new_session=True,
            )
        except OSError as error:
            raise StackError(f"{self.name} cannot be started: {error}") from error
        finally:
            os.close(log)

    def check(self) -> None:
        """Raise PartDied, with the reason from its log, unless the process is running."""
        code = self.returncode
        if code is None and self._process is not None:
            return
        if code is None:
            how = "was never started"
        else:
            how = f"ended with exit code {code}" if code >= 0 else f"was ended by {_signal_name(-code)}"
        why = telling_line(self.log, self._log_began_byte) or "it said nothing"
        raise PartDied(f"{self.name} {how}: {why} (log: {self.log})")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process itself; nothing happens when it is gone."""
        if self._process is not None and self.running:
            self._process.send_signal(number)

    def stop(self) -> None:
        """End the process: SIGTERM, after `stop_seconds` SIGKILL to its group. Does nothing when it is gone."""
        if self._process is None:
            return
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(self._stop_seconds)
            except subprocess.TimeoutExpired:
                pass
        self.kill()

    def kill(self) -> None:
        """End the process and what is left of its group with SIGKILL, and wait for that."""
        if self._process is None:
            return
        deadline = time.monotonic() + 5.0
        while time.monotonic() < deadline:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                break
            self._process.poll()
            time.sleep(0.01)
        self._process.wait()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
