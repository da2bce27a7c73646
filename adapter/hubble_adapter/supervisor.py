"""What systemd is told: that the adapter is up, how it does, that it still turns, and that it is ending.

The protocol of sd_notify(3): datagrams to the socket that $NOTIFY_SOCKET names. Without one, nothing is told.
"""

from __future__ import annotations

import os
import socket
import time

__all__ = ["Supervisor"]


class Supervisor:
    """Talks to systemd."""

    def __init__(self, environment: dict[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL of an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._status = ""
        watchdog_us = environment.get("WATCHDOG_USEC", "")
        mine = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._interval_s = int(watchdog_us) / 2e6 if watchdog_us.isdigit() and mine else None
        self._fed_s = 0.0

    def ready(self) -> None:
        self._tell("READY=1")

    def reloading(self) -> None:
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def status(self, line: str) -> None:
        """Tell the one line that `systemctl status` shows."""
        if line != self._status:
            self._status = line
            self._tell(f"STATUS={line}")

    def alive(self) -> None:
        """Feed the watchdog, at half of its patience; call it only where the work really goes on."""
        now_s = time.monotonic()
        if self._interval_s is not None and now_s - self._fed_s >= self._interval_s:
            self._fed_s = now_s
            self._tell("WATCHDOG=1")

    def _tell(self, message: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to_systemd:
                to_systemd.connect(self._address)
                to_systemd.send(message.encode())
        except OSError:
            pass  # systemd that does not listen is no reason to stop work
