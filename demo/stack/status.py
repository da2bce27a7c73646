"""Reads what the adapter says about itself once a second on `hubble_status`, with the rights of a viewer."""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from typing import Any

import pika.exceptions

from stack.broker import PrivateBroker

_RETRY_SECONDS = 1.0
_POLL_SECONDS = 0.5
_BODY_LIMIT_BYTES = 1_048_576


class StatusReader:
    """A thread that keeps the adapter's newest status. It outlives every end of the broker or the adapter.

    `user` needs the rights of a viewer (docs/viewers.md).
    """

    def __init__(self, broker: PrivateBroker, user: str) -> None:
        self._broker = broker
        self._user = user
        self._newest: dict[str, Any] | None = None
        self._newest_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status", daemon=True)

    def start(self) -> None:
        # Looking for a broker that is away is this thread's daily work, not news for the terminal.
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(5.0)

    def newest(self, max_age_seconds: float) -> dict[str, Any] | None:
        """The adapter's last status (docs/messages.md), None if there was none within `max_age_seconds`."""
        if time.monotonic() - self._newest_at > max_age_seconds:
            return None
        return self._newest

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._follow()
            except (pika.exceptions.AMQPError, OSError):
                self._stop.wait(_RETRY_SECONDS)

    def _follow(self) -> None:
        connection = self._broker.connect(self._user)
        try:
            channel = connection.channel()
            queue = channel.queue_declare(
                f"stomp-subscription-{self._user}.{secrets.token_hex(1)}", exclusive=True, auto_delete=True
            ).method.queue
            # Refused until the adapter has declared the exchange: then all of this is tried again.
            channel.queue_bind(queue, "hubble_status", "#")
            for _, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=_POLL_SECONDS):
                if body is not None:
                    self._take(body)
                if self._stop.is_set():
                    return
        finally:
            if connection.is_open:
                connection.close()

    def _take(self, body: bytes) -> None:
        """Keep a status; anything else that was sent to the exchange is left alone."""
        if len(body) > _BODY_LIMIT_BYTES:
            return
        try:
            status = json.loads(body)
        except ValueError:
            return
        if isinstance(status, dict) and status.get("v") == 1:
            self._newest, self._newest_at = status, time.monotonic()
