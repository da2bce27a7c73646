"""Ports on loopback: free ones, and a clear word about the ones that are taken."""

from __future__ import annotations

import errno
import os
import random
import socket
import time
from collections.abc import Callable
from pathlib import Path

from stack.errors import NotReady, PortTaken, StackError

LOOPBACK = "127.0.0.1"

# Below the range that Linux gives to outgoing connections (32768 and up, net.ipv4.ip_local_port_range): a port found
# free here does not become some connection's local port before its server listens.
_FIRST_PORT, _LAST_PORT = 20_000, 32_000
# Part of that range, FIRST-LAST, for each of several runs side by side: a server of one that is down for a moment must
# find its port free when it comes back.
_PART = os.environ.get("STACK_PORTS", f"{_FIRST_PORT}-{_LAST_PORT}")
_TRIES = 200
# Their servers may not listen yet.
_given: set[int] = set()


def free_port() -> int:
    """A TCP port on which nobody listens at this moment, from 20000 to 32000 or in STACK_PORTS, another one each time.

    Raises StackError if none is found.
    """
    chooser = random.SystemRandom()
    first, last = map(int, _PART.split("-"))
    for _ in range(_TRIES):
        port = chooser.randint(first, last)
        if port not in _given and _bind_error(port) is None:
            _given.add(port)
            return port
    raise StackError(f"no free port between {first} and {last} on {LOOPBACK}")


def free_ports(count: int) -> tuple[int, ...]:
    """As many ports as `free_port` finds."""
    return tuple(free_port() for _ in range(count))


def claim(port: int, *, setting: str) -> int:
    """`port` itself if it is free, any free one for 0. `setting` is what to change, e.g. "DEMO_PORT".

    Raises PortTaken when somebody listens there, StackError when it may not be used.
    """
    if port == 0:
        return free_port()
    if not 0 < port < 65_536:
        raise StackError(f"{setting}={port} is no port: it must be from 1 to 65535, or 0 for any free one")
    code = _bind_error(port)
    if code is None:
        return port
    if code == errno.EADDRINUSE:
        raise PortTaken(f"port {port} on {LOOPBACK} is taken{_holder(port)}: free it or choose another with {setting}")
    raise StackError(f"port {port} on {LOOPBACK} cannot be used ({os.strerror(code)}): choose another with {setting}")


def accepts(port: int) -> bool:
    """Whether somebody listens on this port of loopback."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True
    except OSError:
        return False


def wait_until(ready: Callable[[], bool], *, alive: Callable[[], None], what: str, timeout_seconds: float) -> None:
    """Return once `ready()` is true. `alive` raises when waiting is pointless; raises NotReady after the timeout."""
    deadline = time.monotonic() + timeout_seconds
    while not ready():
        alive()
        if time.monotonic() > deadline:
            raise NotReady(f"{what} was not ready after {timeout_seconds:.0f} s")
        time.sleep(0.05)


def _bind_error(port: int) -> int | None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: without it, connections of an earlier run in TIME_WAIT would look like a taken port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EIO
    return None


def _holder(port: int) -> str:
    """ " by NAME (process PID)" of the listener, "" where the kernel does not tell us (other users' processes)."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        try:
            rows = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            fields = row.split()
            # proc(5): local address as HEX:PORT in field 1, state in field 3 (0A: LISTEN), inode in field 9.
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(os.readlink(descriptor) in inodes for descriptor in (process / "fd").iterdir()):
                return f" by {(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return ""
