"""What can go wrong with the stack, each as one line that a person can act on."""

from __future__ import annotations


class StackError(Exception):
    """A part could not be started, or is not as it should be; `str()` is one line for the terminal."""


class PortTaken(StackError):
    """A port that was asked for by number is in use."""


class PartDied(StackError):
    """A child process ended although nobody asked it to."""


class NotReady(StackError):
    """A part did not become ready in time."""
