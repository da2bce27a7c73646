"""A mock Hubble server: real gRPC, as strict and as nasty as Hubble Relay or a Cilium agent.

    captures ──capture──▶ replay ──┐                                        ┌─▶ server (gRPC) ──▶ clients
                                   ├─▶ node (ring) ──▶ reader ──▶ stream ───┤
    tests ────────emit, lost───────┘        query (filters, mask)           └─▶ sent_log

It does not parse packets, knows no CEL expressions, and serves neither agent nor debug events: what it does not know,
it refuses loudly.
"""

from mock_hubble.capture import CaptureError, read, read_all
from mock_hubble.hubble import MockHubble
from mock_hubble.stream import Timing
from mock_hubble.tls import ServerTls

__all__ = ["CaptureError", "MockHubble", "ServerTls", "Timing", "read", "read_all"]
