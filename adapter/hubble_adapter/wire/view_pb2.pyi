from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Flow(_message.Message):
    __slots__ = ["IP", "Type", "debug_capture_point", "destination", "destination_names", "destination_service", "drop_reason_desc", "egress_allowed_by", "egress_denied_by", "event_type", "ingress_allowed_by", "ingress_denied_by", "is_reply", "l4", "l7", "node_name", "policy_match_type", "sock_xlate_point", "source", "source_names", "source_service", "time", "trace_observation_point", "traffic_direction", "uuid", "verdict"]
    DEBUG_CAPTURE_POINT_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_NAMES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_SERVICE_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_DESC_FIELD_NUMBER: _ClassVar[int]
    EGRESS_ALLOWED_BY_FIELD_NUMBER: _ClassVar[int]
    EGRESS_DENIED_BY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    INGRESS_ALLOWED_BY_FIELD_NUMBER: _ClassVar[int]
    INGRESS_DENIED_BY_FIELD_NUMBER: _ClassVar[int]
    IP: bytes
    IP_FIELD_NUMBER: _ClassVar[int]
    IS_REPLY_FIELD_NUMBER: _ClassVar[int]
    L4_FIELD_NUMBER: _ClassVar[int]
    L7_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    POLICY_MATCH_TYPE_FIELD_NUMBER: _ClassVar[int]
    SOCK_XLATE_POINT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_NAMES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    TIME_FIELD_NUMBER: _ClassVar[int]
    TRACE_OBSERVATION_POINT_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    Type: int
    UUID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    debug_capture_point: int
    destination: bytes
    destination_names: _containers.RepeatedScalarFieldContainer[bytes]
    destination_service: bytes
    drop_reason_desc: int
    egress_allowed_by: _containers.RepeatedScalarFieldContainer[bytes]
    egress_denied_by: _containers.RepeatedScalarFieldContainer[bytes]
    event_type: bytes
    ingress_allowed_by: _containers.RepeatedScalarFieldContainer[bytes]
    ingress_denied_by: _containers.RepeatedScalarFieldContainer[bytes]
    is_reply: bytes
    l4: bytes
    l7: bytes
    node_name: bytes
    policy_match_type: int
    sock_xlate_point: int
    source: bytes
    source_names: _containers.RepeatedScalarFieldContainer[bytes]
    source_service: bytes
    time: _timestamp_pb2.Timestamp
    trace_observation_point: int
    traffic_direction: int
    uuid: bytes
    verdict: int
    def __init__(self, time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., verdict: _Optional[int] = ..., IP: _Optional[bytes] = ..., l4: _Optional[bytes] = ..., source: _Optional[bytes] = ..., destination: _Optional[bytes] = ..., Type: _Optional[int] = ..., node_name: _Optional[bytes] = ..., source_names: _Optional[_Iterable[bytes]] = ..., destination_names: _Optional[_Iterable[bytes]] = ..., l7: _Optional[bytes] = ..., event_type: _Optional[bytes] = ..., source_service: _Optional[bytes] = ..., destination_service: _Optional[bytes] = ..., traffic_direction: _Optional[int] = ..., policy_match_type: _Optional[int] = ..., trace_observation_point: _Optional[int] = ..., drop_reason_desc: _Optional[int] = ..., is_reply: _Optional[bytes] = ..., debug_capture_point: _Optional[int] = ..., sock_xlate_point: _Optional[int] = ..., uuid: _Optional[bytes] = ..., egress_allowed_by: _Optional[_Iterable[bytes]] = ..., ingress_allowed_by: _Optional[_Iterable[bytes]] = ..., egress_denied_by: _Optional[_Iterable[bytes]] = ..., ingress_denied_by: _Optional[_Iterable[bytes]] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ["flow", "lost_events", "node_name", "node_status"]
    FLOW_FIELD_NUMBER: _ClassVar[int]
    LOST_EVENTS_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    NODE_STATUS_FIELD_NUMBER: _ClassVar[int]
    flow: Flow
    lost_events: bytes
    node_name: bytes
    node_status: bytes
    def __init__(self, flow: _Optional[_Union[Flow, _Mapping]] = ..., node_status: _Optional[bytes] = ..., lost_events: _Optional[bytes] = ..., node_name: _Optional[bytes] = ...) -> None: ...
