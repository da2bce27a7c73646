"""The way to a Hubble server: a gRPC channel, one question over it, and why there is no answer."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import grpc
from grpc.experimental import ChannelOptions

from hubble_adapter.config.settings import Hubble
from hubble_adapter.errors import HubbleError, Unimplemented
from hubble_adapter.wire import observer_pb2

__all__ = ["SERVER_STATUS", "ask", "channel_to", "flows_per_second_by_node", "unreachable"]

SERVER_STATUS = "/observer.Observer/ServerStatus"
_GET_NODES = "/observer.Observer/GetNodes"


def channel_to(settings: Hubble) -> grpc.Channel:
    """Return a channel to the server; certificates are read from their files now. Raises HubbleError."""
    options: list[tuple[str, object]] = [
        # Ten times the rate of the default: the thread that reads also turns gRPC's wheels.
        (ChannelOptions.SingleThreadedUnaryStream, 1),
        # A flow with large headers may pass gRPC's 4 MiB for a message only by being hostile; let it, and reject it
        # by size.
        ("grpc.max_receive_message_length", 16 * 1024 * 1024),
        # Each try is a new channel with its own connection: no backoff of gRPC's own beside ours.
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
        # A proxy from the environment would silently reroute the stream.
        ("grpc.enable_http_proxy", 0),
        # What may be under way to us: a fixed window, where gRPC's own guesses at the best one grow to tens of
        # megabytes with a fast server. Enough for 100 MB/s over a network of 10 ms.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", 1024 * 1024),
    ]
    if settings.tls is None:
        return grpc.insecure_channel(settings.address, options)
    tls = settings.tls
    if tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    try:
        ca, key, cert = [
            Path(file).read_bytes() if file else None for file in (tls.ca_file, tls.key_file, tls.cert_file)
        ]
    except OSError as error:
        raise HubbleError(f"a TLS file cannot be read: {error}") from error
    return grpc.secure_channel(settings.address, grpc.ssl_channel_credentials(ca, key, cert), options)


def ask(settings: Hubble, method: str, request: Any, response: type[Any]) -> Any:
    """Return the answer to one unary call, over a connection of its own.

    Raises HubbleError, Unimplemented where the server is there and does not know the method.
    """
    channel = channel_to(settings)
    try:
        try:
            grpc.channel_ready_future(channel).result(timeout=settings.request_timeout_seconds)
        except grpc.FutureTimeoutError:
            raise HubbleError(unreachable(settings)) from None
        call = channel.unary_unary(
            method, request_serializer=type(request).SerializeToString, response_deserializer=response.FromString
        )
        return call(request, timeout=settings.request_timeout_seconds)
    except grpc.RpcError as error:
        kind = Unimplemented if error.code() is grpc.StatusCode.UNIMPLEMENTED else HubbleError
        raise kind(f"{settings.address} answers with {error.code().name}: {error.details()}") from error
    finally:
        channel.close()


def flows_per_second_by_node(settings: Hubble) -> dict[str, float]:
    """Return the nodes that Relay knows, each with its mean rate since its agent started; 0 where that is not known.

    Raises HubbleError, Unimplemented where the server is no Relay (contract 2.7).
    """
    answer = ask(settings, _GET_NODES, observer_pb2.GetNodesRequest(), observer_pb2.GetNodesResponse)
    return {node.name: node.seen_flows / max(node.uptime_ns / 1e9, 1.0) for node in answer.nodes}


def unreachable(settings: Hubble) -> str:
    """Return why no gRPC connection came about, by a look at what listens there."""
    where = settings.address
    if not where.startswith(("unix:", "dns:")):
        host, _, port = where.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=2.0).close()
        except OSError as error:
            return f"cannot reach {where}: {error.strerror or error}"
    if settings.tls is None:
        return f"{where} is there but does not speak plaintext gRPC; if it wants TLS, set hubble.tls"
    return (
        f"{where} is there but does not speak gRPC over TLS with these certificates; "
        "look at hubble.tls (ca_file, server_name), or leave it out for plaintext"
    )
