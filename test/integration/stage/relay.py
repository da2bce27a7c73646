"""The mock Hubble server of the suite, in a container of its own that is called hubble-relay."""

from __future__ import annotations

import time

from stage.machine import docker


class Relay:
    """`suite`: the kitchen suite that it was started for."""

    def __init__(self, suite: str) -> None:
        self._container = f"hubblecast-relay-{suite}"

    def sent(self, since: float = 0.0, until: float | None = None) -> set[str]:
        """The uuids of the flows that it first sent between these times (seconds since 1970; until now).

        An adapter that comes back asks for older ones again, and another adapter of the suite may see them too.
        """
        last = time.time() if until is None else until
        first_ns: dict[str, int] = {}
        for line in docker("exec", self._container, "cat", "/sent.log").splitlines():
            uuid, _, time_ns = line.partition(" ")
            if time_ns.isdigit():
                first_ns[uuid] = min(first_ns.get(uuid, int(time_ns)), int(time_ns))
        return {uuid for uuid, at_ns in first_ns.items() if since <= at_ns / 1e9 <= last}
