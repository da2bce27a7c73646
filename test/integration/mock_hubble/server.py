"""The gRPC edge: Observer and Health on a port, with hand-registered handlers.

GetFlows hands ready-made bytes to gRPC: its response serializer is the identity.
"""

from __future__ import annotations

import threading
import time
from concurrent import futures
from typing import Any, Callable, Iterator, Protocol

import grpc

from hubble_adapter.wire import health_pb2, observer_pb2
from mock_hubble.event import FlowEvent
from mock_hubble.faults import Faults
from mock_hubble.refusal import BadRequest, NotImplementedHere
from mock_hubble.sent_log import SentLog
from mock_hubble.stream import Stream

_WAIT_SECONDS = 0.1
_MOST_CALLS = 64
_HEALTH_SERVICES = ("", "hubble.server.Observer", "observer.Observer")


class Backend(Protocol):
    """What the edge serves. All but the attributes is called with `changed` held."""

    changed: threading.Condition
    faults: Faults
    sent: SentLog
    requests: list[Any]
    open_streams: int
    version_header: tuple[str, str]

    def open_stream(self, request: Any, now_ns: int) -> Stream:
        """BadRequest or NotImplementedHere when it cannot be."""

    def server_status(self, now_ns: int) -> Any:
        """observer.ServerStatusResponse"""

    def nodes_response(self, now_ns: int) -> Any:
        """observer.GetNodesResponse; NotImplementedHere where there is none."""

    def namespaces_response(self, now_ns: int) -> Any:
        """observer.GetNamespacesResponse"""


class Server:
    """One run of the gRPC server. OSError when the port is taken; `port` tells which one it became."""

    def __init__(self, backend: Backend, listen: str, credentials: grpc.ServerCredentials | None = None) -> None:
        self._backend = backend
        self._stopping = threading.Event()
        self._server = grpc.server(
            futures.ThreadPoolExecutor(max_workers=_MOST_CALLS, thread_name_prefix="mock-hubble"),
            options=(("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", 4 * 1024 * 1024)),
        )
        self._server.add_generic_rpc_handlers((self._observer(), self._health()))
        try:
            if credentials is None:
                self.port = self._server.add_insecure_port(listen)
            else:
                self.port = self._server.add_secure_port(listen, credentials)
        except RuntimeError:  # gRPC's own words send the reader to its debug log
            self.port = 0
        if not self.port:
            raise OSError(f"cannot listen on {listen}: the port is taken, or the address is not this machine's")
        self._server.start()

    def stop(self) -> None:
        """Breaks every call (UNAVAILABLE at the client) and frees the port."""
        stopped = self._server.stop(grace=None)
        # Not before: a stream that saw it then would end well.
        self._stopping.set()
        with self._backend.changed:
            self._backend.changed.notify_all()
        stopped.wait(5)

    def _observer(self) -> Any:
        unary, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        pb2 = observer_pb2
        return grpc.method_handlers_generic_handler(
            "observer.Observer",
            {
                "GetFlows": stream(self._get_flows, pb2.GetFlowsRequest.FromString),
                "GetAgentEvents": stream(self._no_events("GetAgentEvents"), pb2.GetAgentEventsRequest.FromString),
                "GetDebugEvents": stream(self._no_events("GetDebugEvents"), pb2.GetDebugEventsRequest.FromString),
                "ServerStatus": unary(
                    self._unary(self._backend.server_status),
                    pb2.ServerStatusRequest.FromString,
                    pb2.ServerStatusResponse.SerializeToString,
                ),
                "GetNodes": unary(
                    self._unary(self._backend.nodes_response),
                    pb2.GetNodesRequest.FromString,
                    pb2.GetNodesResponse.SerializeToString,
                ),
                "GetNamespaces": unary(
                    self._unary(self._backend.namespaces_response),
                    pb2.GetNamespacesRequest.FromString,
                    pb2.GetNamespacesResponse.SerializeToString,
                ),
            },
        )

    def _health(self) -> Any:
        request, response = health_pb2.HealthCheckRequest, health_pb2.HealthCheckResponse
        return grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health",
            {
                "Check": grpc.unary_unary_rpc_method_handler(
                    self._check, request.FromString, response.SerializeToString
                ),
                "Watch": grpc.unary_stream_rpc_method_handler(
                    self._watch, request.FromString, response.SerializeToString
                ),
            },
        )

    def _get_flows(self, request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
        backend, faults, sent = self._backend, self._backend.faults, self._backend.sent
        context.send_initial_metadata((backend.version_header,))
        context.add_callback(self._wake)
        with backend.changed:
            backend.requests.append(request)
            cuts = faults.cuts
            stream = self._open(request, context)
            backend.open_streams += 1
            backend.changed.notify_all()
        try:
            while self._alive(context):
                with backend.changed:
                    messages = [] if faults.stalled or faults.cuts != cuts else stream.poll(time.time_ns())
                    if not messages and not stream.done and faults.cuts == cuts:
                        backend.changed.wait(_WAIT_SECONDS)
                for message in messages:
                    while faults.stalled and faults.cuts == cuts and self._alive(context):
                        self._nap()
                    if faults.cuts != cuts:
                        break
                    if faults.drip_seconds:
                        time.sleep(faults.drip_seconds)
                    data = stream.encode(message)
                    if isinstance(message, FlowEvent):
                        sent.record(message.uuid)
                    yield data
                if faults.cuts != cuts:
                    if faults.last_cut.code is not grpc.StatusCode.OK:
                        context.abort(faults.last_cut.code, faults.last_cut.message)
                    return
                if stream.done:
                    return
        finally:
            with backend.changed:
                backend.open_streams -= 1

    def _open(self, request: Any, context: grpc.ServicerContext) -> Stream:
        if request.first and request.follow:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "first cannot be specified with follow")
        try:
            return self._backend.open_stream(request, time.time_ns())
        except BadRequest as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))
        except NotImplementedHere as refusal:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"mock_hubble: {refusal}")
        raise AssertionError("abort raises")

    def _unary(self, answer: Callable[[int], Any]) -> Callable[[Any, grpc.ServicerContext], Any]:
        def handle(_request: Any, context: grpc.ServicerContext) -> Any:
            context.send_initial_metadata((self._backend.version_header,))
            self._wait_out_stall(context)
            with self._backend.changed:
                try:
                    return answer(time.time_ns())
                except NotImplementedHere as refusal:
                    context.abort(grpc.StatusCode.UNIMPLEMENTED, str(refusal))

        return handle

    def _no_events(self, method: str) -> Callable[[Any, grpc.ServicerContext], Iterator[bytes]]:
        def handle(_request: Any, context: grpc.ServicerContext) -> Iterator[bytes]:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{method} not yet implemented")
            yield b""

        return handle

    def _check(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._wait_out_stall(context)
        if request.service not in _HEALTH_SERVICES:
            context.abort(grpc.StatusCode.NOT_FOUND, f"unknown service {request.service}")
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    def _watch(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        known = request.service in _HEALTH_SERVICES
        statuses = health_pb2.HealthCheckResponse
        yield statuses(status=statuses.SERVING if known else statuses.SERVICE_UNKNOWN)
        context.add_callback(self._wake)
        while self._alive(context):
            self._nap()

    def _wait_out_stall(self, context: grpc.ServicerContext) -> None:
        while self._backend.faults.stalled and self._alive(context):
            self._nap()

    def _alive(self, context: grpc.ServicerContext) -> bool:
        return bool(context.is_active()) and not self._stopping.is_set()

    def _nap(self) -> None:
        with self._backend.changed:
            self._backend.changed.wait(_WAIT_SECONDS)

    def _wake(self) -> None:
        with self._backend.changed:
            self._backend.changed.notify_all()
