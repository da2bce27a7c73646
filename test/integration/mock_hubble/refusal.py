"""How a request can be refused."""

from __future__ import annotations


class BadRequest(ValueError):
    """What a real agent refuses with status UNKNOWN, and what Relay turns into a node status NODE_ERROR."""


class NotImplementedHere(ValueError):
    """What a real server might well understand but this one does not: refused loudly, so that no test believes in a
    filter that never ran.
    """
