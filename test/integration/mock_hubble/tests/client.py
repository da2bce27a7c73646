"""A plain gRPC client of the Observer API, as small as tests need it."""

from __future__ import annotations

import queue
import threading
from typing import Any

import grpc

from hubble_adapter.wire import health_pb2, observer_pb2


class Client:
    """Use it as a context manager. `credentials` turn TLS on, `authority` is the name on the certificate."""

    def __init__(
        self, address: str, credentials: Any = None, authority: str = "", options: dict[str, int] | None = None
    ) -> None:
        # Otherwise channels to one address share their connection, even one that was reset a moment ago.
        options = {"use_local_subchannel_pool": 1, **(options or {})}
        settings: list[tuple[str, Any]] = [(f"grpc.{name}", value) for name, value in options.items()]
        if credentials is None:
            self.channel = grpc.insecure_channel(address, settings)
        else:
            settings.append(("grpc.ssl_target_name_override", authority))
            self.channel = grpc.secure_channel(address, credentials, settings)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()

    def get_flows(self, timeout_seconds: float | None = 10.0, **fields: Any) -> Any:
        """The call: iterate it."""
        method = self.channel.unary_stream(
            "/observer.Observer/GetFlows",
            observer_pb2.GetFlowsRequest.SerializeToString,
            observer_pb2.GetFlowsResponse.FromString,
        )
        return method(observer_pb2.GetFlowsRequest(**fields), timeout=timeout_seconds, wait_for_ready=True)

    def flows(self, **fields: Any) -> list[str]:
        """The uuids of a call that ends."""
        return [response.flow.uuid for response in self.get_flows(**fields) if response.HasField("flow")]

    def observer(self, name: str) -> Any:
        """The answer of a unary call."""
        request, response = getattr(observer_pb2, f"{name}Request"), getattr(observer_pb2, f"{name}Response")
        method = self.channel.unary_unary(f"/observer.Observer/{name}", request.SerializeToString, response.FromString)
        return method(request(), timeout=10, wait_for_ready=True)

    def health(self, service: str, method: str = "Check") -> Any:
        """The call to grpc.health.v1.Health."""
        pb2 = health_pb2
        kind = self.channel.unary_unary if method == "Check" else self.channel.unary_stream
        call = kind(
            f"/grpc.health.v1.Health/{method}",
            pb2.HealthCheckRequest.SerializeToString,
            pb2.HealthCheckResponse.FromString,
        )
        return call(pb2.HealthCheckRequest(service=service), timeout=10, wait_for_ready=True)


class Follower:
    """Reads a call on a thread: `next` gives its messages, None at a regular end, the error at any other."""

    def __init__(self, call: Any) -> None:
        self.call = call
        self._messages: queue.Queue[Any] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for message in self.call:
                self._messages.put(message)
            self._messages.put(None)
        except grpc.RpcError as error:
            self._messages.put(error)

    def next(self, timeout_seconds: float = 5.0) -> Any:
        """queue.Empty when nothing comes in time."""
        return self._messages.get(timeout=timeout_seconds)

    def uuid(self) -> str:
        """Of the next flow; other messages are passed over."""
        while True:
            message = self.next()
            if message is None or isinstance(message, grpc.RpcError):
                raise AssertionError(f"no flow but the stream's end: {message!r}")
            if message.HasField("flow"):
                return str(message.flow.uuid)
