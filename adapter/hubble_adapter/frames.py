"""A message as the frames of AMQP 0-9-1 that publish it.

pika makes them from objects, a dozen for each message, and hands every frame to its transport alone: six times the cost
of all else that the publisher does. A test holds this against pika's own.
"""

from __future__ import annotations

import struct

import pika

__all__ = ["encoded_properties", "publishing"]

# Type, channel, size of what follows; a method's class and number (basic.publish) and a field of its past, always 0.
_METHOD = struct.Struct(">BHI4sH")
# Type, channel, size of what follows; the class, its weight, always 0, and the body's size.
_HEADER = struct.Struct(">BHIHHQ")
_BODY = struct.Struct(">BHI")
_BASIC, _BASIC_PUBLISH = 60, b"\x00\x3c\x00\x28"
_END = b"\xce"
# What a frame needs around its content.
_AROUND_BYTES = 8


def encoded_properties(properties: pika.BasicProperties) -> bytes:
    return b"".join(properties.encode())


def publishing(
    channel: int, exchange: bytes, key: bytes, properties: bytes, body: bytes, frame_max_bytes: int
) -> list[bytes]:
    """Return the frames of one basic.publish, not mandatory; they belong together and in this order.

    exchange, key: at most 255 bytes; properties: encoded; frame_max_bytes: what was agreed on with the broker.
    """
    method = b"%c%b%c%b\x00" % (len(exchange), exchange, len(key), key)
    frames = [
        _METHOD.pack(1, channel, 6 + len(method), _BASIC_PUBLISH, 0),
        method,
        _END,
        _HEADER.pack(2, channel, 12 + len(properties), _BASIC, 0, len(body)),
        properties,
        _END,
    ]
    most = frame_max_bytes - _AROUND_BYTES
    if len(body) <= most:  # and never empty
        frames += (_BODY.pack(3, channel, len(body)), body, _END)
    else:
        for at in range(0, len(body), most):
            part = body[at : at + most]
            frames += (_BODY.pack(3, channel, len(part)), part, _END)
    return frames
