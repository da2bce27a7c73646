"""The limit of any client of grpcio: reads the stream's messages and throws them away.

    receiver.py ADDRESS SECONDS

Prints flows a second by the clock, and by the CPU second.
"""

from __future__ import annotations

import os
import sys
import time

from hubble_adapter.config.settings import Hubble
from hubble_adapter.channel import channel_to
from hubble_adapter.slim import FIELD_MASK
from hubble_adapter.wire import observer_pb2

_WARM_UP_FLOWS = 20_000


def main(address: str, seconds: float) -> None:
    request = observer_pb2.GetFlowsRequest(follow=True)
    request.field_mask.paths.extend(FIELD_MASK)
    serialize = observer_pb2.GetFlowsRequest.SerializeToString
    channel = channel_to(Hubble(address))
    stream = channel.unary_stream("/observer.Observer/GetFlows", request_serializer=serialize)
    flows = 0
    for _ in stream(request):
        flows += 1
        if flows == _WARM_UP_FLOWS:
            began_s, began_cpu_s = time.monotonic(), time.process_time()
        elif flows > _WARM_UP_FLOWS and not flows & 1023 and time.monotonic() - began_s > seconds:
            break
    flows -= _WARM_UP_FLOWS
    print(flows / (time.monotonic() - began_s), flows / (time.process_time() - began_cpu_s), flush=True)
    os._exit(0)  # gRPC's own end may take a while, and nothing is left to do


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
