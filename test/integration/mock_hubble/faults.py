"""Misbehaviour to order. The streams look here before each message; every change wakes them."""

from __future__ import annotations

from dataclasses import dataclass

import grpc


@dataclass(frozen=True)
class Cut:
    """The end that was ordered for all streams of that moment; `code` OK is a regular end."""

    code: grpc.StatusCode
    message: str


class Faults:
    """`cuts` counts the ends ordered so far: a stream that began before the last one must end by it. Guarded by the
    server's lock.
    """

    def __init__(self) -> None:
        self.cuts = 0
        self.last_cut = Cut(grpc.StatusCode.OK, "")
        self.stalled = False
        self.drip_seconds = 0.0

    def cut(self, code: grpc.StatusCode, message: str) -> None:
        self.last_cut = Cut(code, message)
        self.cuts += 1
