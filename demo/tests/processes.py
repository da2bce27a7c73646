"""What runs on this machine on behalf of a run directory."""

from __future__ import annotations

from pathlib import Path


def belonging_to(run_dir: Path) -> dict[int, str]:
    """Command by process id of every live process whose environment, arguments or working directory name `run_dir`.

    A zombie has no environment any more and is nobody's: only its parent can take its exit code.
    """
    needle = str(run_dir).encode()
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = [(process / name).read_bytes() for name in ("environ", "cmdline")]
            if any(needle in text for text in texts) or (process / "cwd").readlink().is_relative_to(run_dir):
                found[int(process.name)] = command_line(process)
        except OSError:
            continue
    return found


def all_command_lines() -> list[str]:
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            lines.append(command_line(process))
        except OSError:
            continue
    return lines


def command_line(process: Path) -> str:
    return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
