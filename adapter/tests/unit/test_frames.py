"""The frames that publish a message are pika's own, byte for byte."""

from __future__ import annotations

import pika
from hypothesis import given
from hypothesis import strategies as st
from pika import frame, spec

from hubble_adapter.frames import encoded_properties, publishing


@given(
    channel=st.integers(1, 2_047),
    exchange=st.text(max_size=60),
    key=st.text(max_size=60),
    body=st.binary(max_size=300),
    most=st.integers(16, 200),
    kind=st.sampled_from(["flows", "status"]),
)
def test_the_frames_are_pikas_own(channel: int, exchange: str, key: str, body: bytes, most: int, kind: str) -> None:
    properties = pika.BasicProperties(content_type="application/json", type=kind)
    theirs = frame.Method(channel, spec.Basic.Publish(exchange=exchange, routing_key=key)).marshal()
    theirs += frame.Header(channel, len(body), properties).marshal()
    if body:
        for at in range(0, len(body), most - 8):
            theirs += frame.Body(channel, body[at : at + most - 8]).marshal()
    ours = publishing(channel, exchange.encode(), key.encode(), encoded_properties(properties), body, most)
    assert b"".join(ours) == theirs or not body
