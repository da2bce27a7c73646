"""The adapter's errors: one family, one leaf for each thing that can be wrong.

AdapterError
├── ConfigError      the configuration; carries every problem found
├── MalformedFlow    bytes that are no flow, or a flow that JSON cannot say
├── HubbleError      the Hubble side: unreachable, refused, broken off
│   └── Unimplemented    the server is there and does not know the method
└── BrokerError      the RabbitMQ side: unreachable, refused, misconfigured
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from google.protobuf.message import DecodeError

__all__ = [
    "UNDECODABLE",
    "AdapterError",
    "BrokerError",
    "ConfigError",
    "HubbleError",
    "MalformedFlow",
    "Problem",
    "Unimplemented",
]

# What protobuf raises on bytes that are no message. One kind of damage it only warns of, and returns what stands before
# it; half a flow must not pass for a whole one, so that warning is made an error, which the C++ runtime of Debian's
# package hands on as a SystemError.
UNDECODABLE = (DecodeError, RuntimeWarning, SystemError)
warnings.filterwarnings("error", "Unexpected end-group tag", RuntimeWarning)


class AdapterError(Exception):
    """Base of all errors that the adapter raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the configuration.

    path: where it stands, as `rabbitmq.url` or `environment RABBITMQ_URL`.
    message: what is wrong and what would be right.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class ConfigError(AdapterError):
    """The configuration cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


class MalformedFlow(AdapterError):
    """A response that does not decode, or holds what Hubble's JSON has no form for."""


class HubbleError(AdapterError):
    """The Hubble side failed, in words for the operator."""


class Unimplemented(HubbleError):
    """The server does not know what it was asked, in words for the operator."""


class BrokerError(AdapterError):
    """The RabbitMQ side failed, in words for the operator."""
