"""Hubble's GetFlows stream: connect, ask, read, notice death, try again.

One thread reads, and everything it reads goes to the intake at once. A second one asks ServerStatus now and then on
the same channel: a peer that vanished without closing its connection is found by that, where HTTP/2 pings would earn
a GOAWAY from servers with gRPC's default policy.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc

from hubble_adapter.backoff import Backoff
from hubble_adapter.channel import SERVER_STATUS, channel_to, unreachable
from hubble_adapter.config.settings import Hubble, tls_contents
from hubble_adapter.errors import HubbleError
from hubble_adapter.intake import Intake
from hubble_adapter.link import Link, State
from hubble_adapter.log import Log
from hubble_adapter.rest import Rest
from hubble_adapter.slim import FIELD_MASK
from hubble_adapter.stream import messages
from hubble_adapter.wire import flow_pb2, observer_pb2

__all__ = ["HubbleStream"]

# How often a quiet stream's server is asked for a sign of life. With the longest wait for the answer, a dead peer is
# found within 20 s.
_HEARTBEAT_S = 8.0
_HEARTBEAT_TIMEOUT_S = 8.0

_GET_FLOWS = "/observer.Observer/GetFlows"

# Why a stream ends by `use`. Nobody reads it where the stream was to stop.
_CHANGED = "the configuration changed"

_log = Log("hubble")


class HubbleStream:
    """Reads flows into the intake until stopped.

    whitelist, blacklist: what to ask for, as GetFlowsRequest has them.
    next_turn: when what was read is sent on, as Rest wants it.
    """

    def __init__(
        self,
        settings: Hubble,
        whitelist: list[flow_pb2.FlowFilter],
        blacklist: list[flow_pb2.FlowFilter],
        intake: Intake,
        backoff: Backoff,
        next_turn: Callable[[], tuple[float, float]],
    ) -> None:
        self.link = Link("hubble", settings.address)
        self.server_version = ""
        self._settings = settings
        self._whitelist = whitelist
        self._blacklist = blacklist
        self._asked = (settings, whitelist, blacklist, tls_contents(settings.tls))
        self._intake = intake
        self._masked = True
        self._anew = False
        # Whether a response is being taken, and how many were: a thread that is stuck in one shows by these.
        self._busy = False
        self._taken = self._ticked = 0
        self._rest = Rest(next_turn)
        self._backoff = backoff
        self._stopping = threading.Event()
        # Ends the wait for the next try.
        self._hurry = threading.Event()
        self._lock = threading.Lock()
        self._call: grpc.Call | None = None
        self._death = ""
        self._thread = threading.Thread(target=self._run, name="hubble", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the stream; returns when nothing more will be read."""
        self._stopping.set()
        self._hurry.set()
        self._cancel("")
        self._thread.join(timeout=10.0)

    def use(self, settings: Hubble, whitelist: list[flow_pb2.FlowFilter], blacklist: list[flow_pb2.FlowFilter]) -> bool:
        """From now on ask this of that server: the stream ends and is taken up again at once.

        Returns False, and does nothing, where all of it is as it was, what the TLS files hold included.
        """
        asked = (settings, whitelist, blacklist, tls_contents(settings.tls))
        if asked == self._asked:
            return False
        self._asked = asked
        with self._lock:
            self._settings, self._whitelist, self._blacklist = (settings, whitelist, blacklist)
            self._anew = self._masked = True
            self.link.address = settings.address
        self._hurry.set()
        self._cancel(_CHANGED)
        return True

    def document(self) -> dict[str, object]:
        """Return this side as the status message has it."""
        return self.link.document() | {"version": self.server_version}

    def alive(self) -> bool:
        return self._thread.is_alive()

    def progress(self) -> tuple[bool, int]:
        """Return whether a response is being taken at the moment, and how many were."""
        return self._busy, self._taken

    def tick(self) -> None:
        """Once a second: note whether responses came since the last time."""
        taken = self._taken
        self._rest.tick(taken - self._ticked)
        self._intake.continuity.tick(time.time_ns(), taken != self._ticked)
        self._ticked = taken

    def _run(self) -> None:
        while not self._stopping.is_set():
            started_s = time.monotonic()
            masked = self._masked
            try:
                self._stream()
                # Cilium ends a follow stream only by failing; a clean end is one more way to lose it.
                raise HubbleError("the server ended the stream")
            except HubbleError as error:
                if self._stopping.is_set():
                    break
                with self._lock:
                    anew, self._anew = self._anew, False
                if anew:
                    delay_s = 0.0
                elif masked and not self._masked:
                    _log.warning("field_mask_refused", error=str(error), now="asking again without one")
                    delay_s = 0.0
                else:
                    self.link.fail(str(error))
                    delay_s = self._backoff.next_s(time.monotonic() - started_s)
                self.link.move(State.WAITING, retry_in_s=round(delay_s, 2))
            self._hurry.wait(delay_s)
            self._hurry.clear()
            if not self._stopping.is_set():
                self.link.move(State.CONNECTING)
        self.link.move(State.STOPPED)

    def _stream(self) -> None:
        with self._lock:
            settings, self._anew = self._settings, False
        channel = channel_to(settings)
        try:
            self._connect(channel, settings)
            request = self._request()
            self._intake.start_stream(request.since.ToNanoseconds(), time.time_ns())
            ask = channel.unary_stream(_GET_FLOWS, request_serializer=observer_pb2.GetFlowsRequest.SerializeToString)
            with self._lock:
                if self._anew:
                    raise HubbleError(_CHANGED)
                call = self._call = ask(request)
                self._death = ""
            if self._stopping.is_set():
                return
            self.link.move(State.STREAMING, since=request.since.ToJsonString() if request.HasField("since") else "now")
            with self._heartbeat(channel):
                self._read(call)
        finally:
            with self._lock:
                self._call = None
            channel.close()

    def _connect(self, channel: grpc.Channel, settings: Hubble) -> None:
        ready = grpc.channel_ready_future(channel)
        try:
            # In slices, so that neither a stop nor other settings need wait for the whole time.
            give_up_s = time.monotonic() + settings.request_timeout_seconds
            while True:
                try:
                    ready.result(timeout=0.25)
                    return
                except grpc.FutureTimeoutError:
                    if self._stopping.is_set() or self._anew:
                        raise HubbleError(_CHANGED) from None
                    if time.monotonic() > give_up_s:
                        raise HubbleError(unreachable(settings)) from None
        finally:
            ready.cancel()

    def _request(self) -> observer_pb2.GetFlowsRequest:
        request = observer_pb2.GetFlowsRequest(follow=True, whitelist=self._whitelist, blacklist=self._blacklist)
        if self._masked:
            request.field_mask.paths.extend(FIELD_MASK)
        if frontier_ns := self._intake.frontier_ns():
            skew_ns = int(self._settings.resume_skew_seconds * 1_000_000_000)
            request.since.FromNanoseconds(max(0, frontier_ns - skew_ns))
        return request

    def _read(self, call: grpc.Call) -> None:
        intake = self._intake
        take = intake.take
        rest = self._rest
        try:
            for response in messages(call):
                if rest.steady:
                    rest.received()
                self._busy = True
                take(response)
                self._busy = False
                self._taken += 1
                if rest.calm:
                    rest.received()  # a lone flow is not kept waiting
                if intake.mask_refused and self._masked:
                    self._masked = False
                    raise HubbleError("a node does not know the field mask")
        except grpc.RpcError as error:
            code, details = error.code(), " ".join((error.details() or "").split())
            if self._masked and "fieldmask" in details.lower().replace(" ", "").replace("_", ""):
                self._masked = False
            with self._lock:
                death = self._death
            if code is grpc.StatusCode.UNIMPLEMENTED and not death:
                death = f"{self._settings.address} is a gRPC server without Hubble's Observer service: {details}"
            raise HubbleError(death or f"the stream broke off: {code.name}: {details}") from error

    @contextmanager
    def _heartbeat(self, channel: grpc.Channel) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(channel, over), name="hubble-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            # The thread ends by itself, at the latest as the channel closes and takes its question with it.
            over.set()

    def _beat(self, channel: grpc.Channel, over: threading.Event) -> None:
        ask = channel.unary_unary(
            SERVER_STATUS,
            request_serializer=observer_pb2.ServerStatusRequest.SerializeToString,
            response_deserializer=observer_pb2.ServerStatusResponse.FromString,
        )
        while not over.is_set():
            answer = ask.future(observer_pb2.ServerStatusRequest(), timeout=_HEARTBEAT_TIMEOUT_S)
            try:
                status = answer.result()
                self.link.recovered()
                if status.version != self.server_version:
                    self.server_version = status.version
                    _log.info("server", version=status.version, seen_flows=status.seen_flows)
            except grpc.FutureCancelledError:
                return
            except grpc.RpcError as error:
                if over.is_set():
                    return
                if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                    self._cancel(f"no sign of life from the server in {_HEARTBEAT_TIMEOUT_S:g} s")
                    return
                if error.code() is grpc.StatusCode.UNIMPLEMENTED:
                    _log.info("no_server_status", effect="a server that vanishes is noticed only by TCP")
                    return
            over.wait(_HEARTBEAT_S)

    def _cancel(self, death: str) -> None:
        with self._lock:
            if self._call is not None:
                self._death = self._death or death
                self._call.cancel()
