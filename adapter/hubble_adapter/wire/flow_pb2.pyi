from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import wrappers_pb2 as _wrappers_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

AGENT_EVENT_UNKNOWN: AgentEventType
AGENT_STARTED: AgentEventType
AUDIT: Verdict
AUTH_REQUIRED: DropReason
CT_CANNOT_CREATE_ENTRY_FROM_PACKET: DropReason
CT_MAP_INSERTION_FAILED: DropReason
CT_MISSING_TCP_ACK_FLAG: DropReason
CT_NO_MAP_FOUND: DropReason
CT_TRUNCATED_OR_INVALID_HEADER: DropReason
CT_UNKNOWN_L4_PROTOCOL: DropReason
DBG_CAPTURE_AFTER_V46: DebugCapturePoint
DBG_CAPTURE_AFTER_V64: DebugCapturePoint
DBG_CAPTURE_DELIVERY: DebugCapturePoint
DBG_CAPTURE_FROM_LB: DebugCapturePoint
DBG_CAPTURE_POINT_UNKNOWN: DebugCapturePoint
DBG_CAPTURE_PROXY_POST: DebugCapturePoint
DBG_CAPTURE_PROXY_PRE: DebugCapturePoint
DBG_CAPTURE_SNAT_POST: DebugCapturePoint
DBG_CAPTURE_SNAT_PRE: DebugCapturePoint
DBG_CT_CREATED: DebugEventType
DBG_CT_CREATED2: DebugEventType
DBG_CT_CREATED4: DebugEventType
DBG_CT_CREATED6: DebugEventType
DBG_CT_LOOKUP: DebugEventType
DBG_CT_LOOKUP4: DebugEventType
DBG_CT_LOOKUP4_1: DebugEventType
DBG_CT_LOOKUP4_2: DebugEventType
DBG_CT_LOOKUP6_1: DebugEventType
DBG_CT_LOOKUP6_2: DebugEventType
DBG_CT_LOOKUP_REV: DebugEventType
DBG_CT_MATCH: DebugEventType
DBG_CT_VERDICT: DebugEventType
DBG_DECAP: DebugEventType
DBG_ENCAP: DebugEventType
DBG_ERROR_RET: DebugEventType
DBG_EVENT_UNKNOWN: DebugEventType
DBG_GENERIC: DebugEventType
DBG_ICMP6_HANDLE: DebugEventType
DBG_ICMP6_NS: DebugEventType
DBG_ICMP6_REQUEST: DebugEventType
DBG_ICMP6_TIME_EXCEEDED: DebugEventType
DBG_INHERIT_IDENTITY: DebugEventType
DBG_IP_ID_MAP_FAILED4: DebugEventType
DBG_IP_ID_MAP_FAILED6: DebugEventType
DBG_IP_ID_MAP_SUCCEED4: DebugEventType
DBG_IP_ID_MAP_SUCCEED6: DebugEventType
DBG_L4_CREATE: DebugEventType
DBG_L4_POLICY: DebugEventType
DBG_L7_LB: DebugEventType
DBG_LB4_LOOKUP_BACKEND_FAIL: DebugEventType
DBG_LB4_LOOKUP_BACKEND_SLOT: DebugEventType
DBG_LB4_LOOKUP_BACKEND_SLOT_SUCCESS: DebugEventType
DBG_LB4_LOOKUP_BACKEND_SLOT_V2_FAIL: DebugEventType
DBG_LB4_LOOKUP_FRONTEND: DebugEventType
DBG_LB4_LOOKUP_FRONTEND_FAIL: DebugEventType
DBG_LB4_LOOPBACK_SNAT: DebugEventType
DBG_LB4_LOOPBACK_SNAT_REV: DebugEventType
DBG_LB4_REVERSE_NAT: DebugEventType
DBG_LB4_REVERSE_NAT_LOOKUP: DebugEventType
DBG_LB6_LOOKUP_BACKEND_FAIL: DebugEventType
DBG_LB6_LOOKUP_BACKEND_SLOT: DebugEventType
DBG_LB6_LOOKUP_BACKEND_SLOT_SUCCESS: DebugEventType
DBG_LB6_LOOKUP_BACKEND_SLOT_V2_FAIL: DebugEventType
DBG_LB6_LOOKUP_FRONTEND: DebugEventType
DBG_LB6_LOOKUP_FRONTEND_FAIL: DebugEventType
DBG_LB6_LOOPBACK_SNAT: DebugEventType
DBG_LB6_LOOPBACK_SNAT_REV: DebugEventType
DBG_LB6_REVERSE_NAT: DebugEventType
DBG_LB6_REVERSE_NAT_LOOKUP: DebugEventType
DBG_LB_STALE_CT: DebugEventType
DBG_LOCAL_DELIVERY: DebugEventType
DBG_LXC_FOUND: DebugEventType
DBG_NETDEV_ENCAP4: DebugEventType
DBG_NETDEV_IN_CLUSTER: DebugEventType
DBG_PKT_HASH: DebugEventType
DBG_POLICY_DENIED: DebugEventType
DBG_PORT_MAP: DebugEventType
DBG_REV_PROXY_FOUND: DebugEventType
DBG_REV_PROXY_LOOKUP: DebugEventType
DBG_REV_PROXY_UPDATE: DebugEventType
DBG_RR_BACKEND_SLOT_SEL: DebugEventType
DBG_SKIP_POLICY: DebugEventType
DBG_SKIP_PROXY: DebugEventType
DBG_SK_ASSIGN: DebugEventType
DBG_SK_LOOKUP4: DebugEventType
DBG_SK_LOOKUP6: DebugEventType
DBG_TO_HOST: DebugEventType
DBG_TO_STACK: DebugEventType
DENIED_BY_LB_SRC_RANGE_CHECK: DropReason
DESCRIPTOR: _descriptor.FileDescriptor
DISABLED: AuthType
DROPPED: Verdict
DROP_EP_NOT_READY: DropReason
DROP_HOST_NOT_READY: DropReason
DROP_NO_EGRESS_IP: DropReason
DROP_PUNT_PROXY: DropReason
DROP_RATE_LIMITED: DropReason
DROP_REASON_UNKNOWN: DropReason
EGRESS: TrafficDirection
ENCAPSULATION_TRAFFIC_IS_PROHIBITED: DropReason
ENCRYPT_OVERLAY: TraceReason
ENDPOINT_CREATED: AgentEventType
ENDPOINT_DELETED: AgentEventType
ENDPOINT_REGENERATE_FAILURE: AgentEventType
ENDPOINT_REGENERATE_SUCCESS: AgentEventType
ERROR: Verdict
ERROR_RETRIEVING_TUNNEL_KEY: DropReason
ERROR_RETRIEVING_TUNNEL_OPTIONS: DropReason
ERROR_WHILE_CORRECTING_L3_CHECKSUM: DropReason
ERROR_WHILE_CORRECTING_L4_CHECKSUM: DropReason
ERROR_WRITING_TO_PACKET: DropReason
ESTABLISHED: TraceReason
EventSample: EventType
FAILED_TO_INSERT_INTO_PROXYMAP: DropReason
FIB_LOOKUP_FAILED: DropReason
FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND: DropReason
FORBIDDEN_ICMPV6_MESSAGE: DropReason
FORWARDED: Verdict
FROM_CRYPTO: TraceObservationPoint
FROM_ENDPOINT: TraceObservationPoint
FROM_HOST: TraceObservationPoint
FROM_NETWORK: TraceObservationPoint
FROM_OVERLAY: TraceObservationPoint
FROM_PROXY: TraceObservationPoint
FROM_STACK: TraceObservationPoint
HUBBLE_RING_BUFFER: LostEventSource
IGMP_HANDLED: DropReason
IGMP_SUBSCRIBED: DropReason
INGRESS: TrafficDirection
INVALID_CLUSTER_ID: DropReason
INVALID_DESTINATION_MAC: DropReason
INVALID_GENEVE_OPTION: DropReason
INVALID_IDENTITY: DropReason
INVALID_IPV6_EXTENSION_HEADER: DropReason
INVALID_PACKET_DROPPED: DropReason
INVALID_SOURCE_IP: DropReason
INVALID_SOURCE_MAC: DropReason
INVALID_TC_BUFFER: DropReason
INVALID_VNI: DropReason
IPCACHE_DELETED: AgentEventType
IPCACHE_UPSERTED: AgentEventType
IP_FRAGMENTATION_NOT_SUPPORTED: DropReason
IP_NOT_USED: IPVersion
IPv4: IPVersion
IPv6: IPVersion
IS_A_CLUSTERIP: DropReason
L3_L4: FlowType
L7: FlowType
LOCAL_HOST_IS_UNREACHABLE: DropReason
MISSED_TAIL_CALL: DropReason
MISSING_SRV6_STATE: DropReason
MULTICAST_HANDLED: DropReason
NAT46: DropReason
NAT64: DropReason
NAT_NOT_NEEDED: DropReason
NEW: TraceReason
NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION: DropReason
NO_EGRESS_GATEWAY: DropReason
NO_MAPPING_FOR_NAT_MASQUERADE: DropReason
NO_MATCHING_LOCAL_CONTAINER_FOUND: DropReason
NO_NODE_ID: DropReason
NO_SID: DropReason
NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT: DropReason
OBSERVER_EVENTS_QUEUE: LostEventSource
PERF_EVENT_RING_BUFFER: LostEventSource
POLICY_DELETED: AgentEventType
POLICY_DENIED: DropReason
POLICY_DENY: DropReason
POLICY_UPDATED: AgentEventType
PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL: DropReason
REACHED_EDT_RATE_LIMITING_DROP_HORIZON: DropReason
REDIRECTED: Verdict
RELATED: TraceReason
REOPENED: TraceReason
REPLY: TraceReason
REQUEST: L7FlowType
RESPONSE: L7FlowType
RecordLost: EventType
SAMPLE: L7FlowType
SERVICE_BACKEND_NOT_FOUND: DropReason
SERVICE_DELETED: AgentEventType
SERVICE_UPSERTED: AgentEventType
SNAT_NO_MAP_FOUND: DropReason
SOCK: FlowType
SOCKET_ASSIGN_FAILED: DropReason
SOCKET_LOOKUP_FAILED: DropReason
SOCK_XLATE_POINT_POST_DIRECTION_FWD: SocketTranslationPoint
SOCK_XLATE_POINT_POST_DIRECTION_REV: SocketTranslationPoint
SOCK_XLATE_POINT_PRE_DIRECTION_FWD: SocketTranslationPoint
SOCK_XLATE_POINT_PRE_DIRECTION_REV: SocketTranslationPoint
SOCK_XLATE_POINT_UNKNOWN: SocketTranslationPoint
SPIRE: AuthType
SRV6_DECAP: TraceReason
SRV6_ENCAP: TraceReason
STALE_OR_UNROUTABLE_IP: DropReason
TEST_ALWAYS_FAIL: AuthType
TO_CRYPTO: TraceObservationPoint
TO_ENDPOINT: TraceObservationPoint
TO_HOST: TraceObservationPoint
TO_NETWORK: TraceObservationPoint
TO_OVERLAY: TraceObservationPoint
TO_PROXY: TraceObservationPoint
TO_STACK: TraceObservationPoint
TRACED: Verdict
TRACE_REASON_UNKNOWN: TraceReason
TRAFFIC_DIRECTION_UNKNOWN: TrafficDirection
TRANSLATED: Verdict
TTL_EXCEEDED: DropReason
UNENCRYPTED_TRAFFIC: DropReason
UNKNOWN: EventType
UNKNOWN_CONNECTION_TRACKING_STATE: DropReason
UNKNOWN_ICMPV4_CODE: DropReason
UNKNOWN_ICMPV4_TYPE: DropReason
UNKNOWN_ICMPV6_CODE: DropReason
UNKNOWN_ICMPV6_TYPE: DropReason
UNKNOWN_L3_TARGET_ADDRESS: DropReason
UNKNOWN_L4_PROTOCOL: DropReason
UNKNOWN_L7_TYPE: L7FlowType
UNKNOWN_LOST_EVENT_SOURCE: LostEventSource
UNKNOWN_POINT: TraceObservationPoint
UNKNOWN_SENDER: DropReason
UNKNOWN_TYPE: FlowType
UNSUPPORTED_L2_PROTOCOL: DropReason
UNSUPPORTED_L3_PROTOCOL: DropReason
UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP: DropReason
UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE: DropReason
VERDICT_UNKNOWN: Verdict
VLAN_FILTERED: DropReason

class AgentEvent(_message.Message):
    __slots__ = ["agent_start", "endpoint_regenerate", "endpoint_update", "ipcache_update", "policy_update", "service_delete", "service_upsert", "type", "unknown"]
    AGENT_START_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_REGENERATE_FIELD_NUMBER: _ClassVar[int]
    ENDPOINT_UPDATE_FIELD_NUMBER: _ClassVar[int]
    IPCACHE_UPDATE_FIELD_NUMBER: _ClassVar[int]
    POLICY_UPDATE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_DELETE_FIELD_NUMBER: _ClassVar[int]
    SERVICE_UPSERT_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELD_NUMBER: _ClassVar[int]
    agent_start: TimeNotification
    endpoint_regenerate: EndpointRegenNotification
    endpoint_update: EndpointUpdateNotification
    ipcache_update: IPCacheNotification
    policy_update: PolicyUpdateNotification
    service_delete: ServiceDeleteNotification
    service_upsert: ServiceUpsertNotification
    type: AgentEventType
    unknown: AgentEventUnknown
    def __init__(self, type: _Optional[_Union[AgentEventType, str]] = ..., unknown: _Optional[_Union[AgentEventUnknown, _Mapping]] = ..., agent_start: _Optional[_Union[TimeNotification, _Mapping]] = ..., policy_update: _Optional[_Union[PolicyUpdateNotification, _Mapping]] = ..., endpoint_regenerate: _Optional[_Union[EndpointRegenNotification, _Mapping]] = ..., endpoint_update: _Optional[_Union[EndpointUpdateNotification, _Mapping]] = ..., ipcache_update: _Optional[_Union[IPCacheNotification, _Mapping]] = ..., service_upsert: _Optional[_Union[ServiceUpsertNotification, _Mapping]] = ..., service_delete: _Optional[_Union[ServiceDeleteNotification, _Mapping]] = ...) -> None: ...

class AgentEventUnknown(_message.Message):
    __slots__ = ["notification", "type"]
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    notification: str
    type: str
    def __init__(self, type: _Optional[str] = ..., notification: _Optional[str] = ...) -> None: ...

class Aggregate(_message.Message):
    __slots__ = ["egress_flow_count", "ingress_flow_count", "unknown_direction_flow_count"]
    EGRESS_FLOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    INGRESS_FLOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_DIRECTION_FLOW_COUNT_FIELD_NUMBER: _ClassVar[int]
    egress_flow_count: int
    ingress_flow_count: int
    unknown_direction_flow_count: int
    def __init__(self, ingress_flow_count: _Optional[int] = ..., egress_flow_count: _Optional[int] = ..., unknown_direction_flow_count: _Optional[int] = ...) -> None: ...

class CiliumEventType(_message.Message):
    __slots__ = ["sub_type", "type"]
    SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    sub_type: int
    type: int
    def __init__(self, type: _Optional[int] = ..., sub_type: _Optional[int] = ...) -> None: ...

class DNS(_message.Message):
    __slots__ = ["cnames", "ips", "observation_source", "qtypes", "query", "rcode", "rrtypes", "ttl"]
    CNAMES_FIELD_NUMBER: _ClassVar[int]
    IPS_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_SOURCE_FIELD_NUMBER: _ClassVar[int]
    QTYPES_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    RCODE_FIELD_NUMBER: _ClassVar[int]
    RRTYPES_FIELD_NUMBER: _ClassVar[int]
    TTL_FIELD_NUMBER: _ClassVar[int]
    cnames: _containers.RepeatedScalarFieldContainer[str]
    ips: _containers.RepeatedScalarFieldContainer[str]
    observation_source: str
    qtypes: _containers.RepeatedScalarFieldContainer[str]
    query: str
    rcode: int
    rrtypes: _containers.RepeatedScalarFieldContainer[str]
    ttl: int
    def __init__(self, query: _Optional[str] = ..., ips: _Optional[_Iterable[str]] = ..., ttl: _Optional[int] = ..., cnames: _Optional[_Iterable[str]] = ..., observation_source: _Optional[str] = ..., rcode: _Optional[int] = ..., qtypes: _Optional[_Iterable[str]] = ..., rrtypes: _Optional[_Iterable[str]] = ...) -> None: ...

class DebugEvent(_message.Message):
    __slots__ = ["arg1", "arg2", "arg3", "cpu", "hash", "message", "source", "type"]
    ARG1_FIELD_NUMBER: _ClassVar[int]
    ARG2_FIELD_NUMBER: _ClassVar[int]
    ARG3_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    arg1: _wrappers_pb2.UInt32Value
    arg2: _wrappers_pb2.UInt32Value
    arg3: _wrappers_pb2.UInt32Value
    cpu: _wrappers_pb2.Int32Value
    hash: _wrappers_pb2.UInt32Value
    message: str
    source: Endpoint
    type: DebugEventType
    def __init__(self, type: _Optional[_Union[DebugEventType, str]] = ..., source: _Optional[_Union[Endpoint, _Mapping]] = ..., hash: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ..., arg1: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ..., arg2: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ..., arg3: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ..., message: _Optional[str] = ..., cpu: _Optional[_Union[_wrappers_pb2.Int32Value, _Mapping]] = ...) -> None: ...

class Emitter(_message.Message):
    __slots__ = ["name", "version"]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class Endpoint(_message.Message):
    __slots__ = ["ID", "cluster_name", "identity", "labels", "namespace", "pod_name", "workloads"]
    CLUSTER_NAME_FIELD_NUMBER: _ClassVar[int]
    ID: int
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    POD_NAME_FIELD_NUMBER: _ClassVar[int]
    WORKLOADS_FIELD_NUMBER: _ClassVar[int]
    cluster_name: str
    identity: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    namespace: str
    pod_name: str
    workloads: _containers.RepeatedCompositeFieldContainer[Workload]
    def __init__(self, ID: _Optional[int] = ..., identity: _Optional[int] = ..., namespace: _Optional[str] = ..., labels: _Optional[_Iterable[str]] = ..., pod_name: _Optional[str] = ..., workloads: _Optional[_Iterable[_Union[Workload, _Mapping]]] = ..., cluster_name: _Optional[str] = ...) -> None: ...

class EndpointRegenNotification(_message.Message):
    __slots__ = ["error", "id", "labels"]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    error: str
    id: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, id: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ..., error: _Optional[str] = ...) -> None: ...

class EndpointUpdateNotification(_message.Message):
    __slots__ = ["error", "id", "labels", "namespace", "pod_name"]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    POD_NAME_FIELD_NUMBER: _ClassVar[int]
    error: str
    id: int
    labels: _containers.RepeatedScalarFieldContainer[str]
    namespace: str
    pod_name: str
    def __init__(self, id: _Optional[int] = ..., labels: _Optional[_Iterable[str]] = ..., error: _Optional[str] = ..., pod_name: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class Ethernet(_message.Message):
    __slots__ = ["destination", "source"]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    destination: str
    source: str
    def __init__(self, source: _Optional[str] = ..., destination: _Optional[str] = ...) -> None: ...

class EventTypeFilter(_message.Message):
    __slots__ = ["match_sub_type", "sub_type", "type"]
    MATCH_SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    SUB_TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    match_sub_type: bool
    sub_type: int
    type: int
    def __init__(self, type: _Optional[int] = ..., match_sub_type: bool = ..., sub_type: _Optional[int] = ...) -> None: ...

class FileInfo(_message.Message):
    __slots__ = ["line", "name"]
    LINE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    line: int
    name: str
    def __init__(self, name: _Optional[str] = ..., line: _Optional[int] = ...) -> None: ...

class Flow(_message.Message):
    __slots__ = ["IP", "Summary", "Type", "aggregate", "auth_type", "cgroup_id", "debug_capture_point", "destination", "destination_names", "destination_service", "drop_reason", "drop_reason_desc", "egress_allowed_by", "egress_denied_by", "emitter", "ethernet", "event_type", "extensions", "file", "ingress_allowed_by", "ingress_denied_by", "interface", "ip_trace_id", "is_reply", "l4", "l7", "node_labels", "node_name", "policy_log", "policy_match_type", "proxy_port", "reply", "sock_xlate_point", "socket_cookie", "source", "source_names", "source_service", "time", "trace_context", "trace_observation_point", "trace_reason", "traffic_direction", "tunnel", "uuid", "verdict"]
    AGGREGATE_FIELD_NUMBER: _ClassVar[int]
    AUTH_TYPE_FIELD_NUMBER: _ClassVar[int]
    CGROUP_ID_FIELD_NUMBER: _ClassVar[int]
    DEBUG_CAPTURE_POINT_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_NAMES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_SERVICE_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_DESC_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_FIELD_NUMBER: _ClassVar[int]
    EGRESS_ALLOWED_BY_FIELD_NUMBER: _ClassVar[int]
    EGRESS_DENIED_BY_FIELD_NUMBER: _ClassVar[int]
    EMITTER_FIELD_NUMBER: _ClassVar[int]
    ETHERNET_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXTENSIONS_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    INGRESS_ALLOWED_BY_FIELD_NUMBER: _ClassVar[int]
    INGRESS_DENIED_BY_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    IP: IP
    IP_FIELD_NUMBER: _ClassVar[int]
    IP_TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    IS_REPLY_FIELD_NUMBER: _ClassVar[int]
    L4_FIELD_NUMBER: _ClassVar[int]
    L7_FIELD_NUMBER: _ClassVar[int]
    NODE_LABELS_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    POLICY_LOG_FIELD_NUMBER: _ClassVar[int]
    POLICY_MATCH_TYPE_FIELD_NUMBER: _ClassVar[int]
    PROXY_PORT_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    SOCKET_COOKIE_FIELD_NUMBER: _ClassVar[int]
    SOCK_XLATE_POINT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_NAMES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    Summary: str
    TIME_FIELD_NUMBER: _ClassVar[int]
    TRACE_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    TRACE_OBSERVATION_POINT_FIELD_NUMBER: _ClassVar[int]
    TRACE_REASON_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    TUNNEL_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    Type: FlowType
    UUID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    aggregate: Aggregate
    auth_type: AuthType
    cgroup_id: int
    debug_capture_point: DebugCapturePoint
    destination: Endpoint
    destination_names: _containers.RepeatedScalarFieldContainer[str]
    destination_service: Service
    drop_reason: int
    drop_reason_desc: DropReason
    egress_allowed_by: _containers.RepeatedCompositeFieldContainer[Policy]
    egress_denied_by: _containers.RepeatedCompositeFieldContainer[Policy]
    emitter: Emitter
    ethernet: Ethernet
    event_type: CiliumEventType
    extensions: _any_pb2.Any
    file: FileInfo
    ingress_allowed_by: _containers.RepeatedCompositeFieldContainer[Policy]
    ingress_denied_by: _containers.RepeatedCompositeFieldContainer[Policy]
    interface: NetworkInterface
    ip_trace_id: IPTraceID
    is_reply: _wrappers_pb2.BoolValue
    l4: Layer4
    l7: Layer7
    node_labels: _containers.RepeatedScalarFieldContainer[str]
    node_name: str
    policy_log: _containers.RepeatedScalarFieldContainer[str]
    policy_match_type: int
    proxy_port: int
    reply: bool
    sock_xlate_point: SocketTranslationPoint
    socket_cookie: int
    source: Endpoint
    source_names: _containers.RepeatedScalarFieldContainer[str]
    source_service: Service
    time: _timestamp_pb2.Timestamp
    trace_context: TraceContext
    trace_observation_point: TraceObservationPoint
    trace_reason: TraceReason
    traffic_direction: TrafficDirection
    tunnel: Tunnel
    uuid: str
    verdict: Verdict
    def __init__(self, time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., verdict: _Optional[_Union[Verdict, str]] = ..., drop_reason: _Optional[int] = ..., ethernet: _Optional[_Union[Ethernet, _Mapping]] = ..., IP: _Optional[_Union[IP, _Mapping]] = ..., l4: _Optional[_Union[Layer4, _Mapping]] = ..., source: _Optional[_Union[Endpoint, _Mapping]] = ..., destination: _Optional[_Union[Endpoint, _Mapping]] = ..., Type: _Optional[_Union[FlowType, str]] = ..., node_name: _Optional[str] = ..., source_names: _Optional[_Iterable[str]] = ..., destination_names: _Optional[_Iterable[str]] = ..., l7: _Optional[_Union[Layer7, _Mapping]] = ..., reply: bool = ..., event_type: _Optional[_Union[CiliumEventType, _Mapping]] = ..., source_service: _Optional[_Union[Service, _Mapping]] = ..., destination_service: _Optional[_Union[Service, _Mapping]] = ..., traffic_direction: _Optional[_Union[TrafficDirection, str]] = ..., policy_match_type: _Optional[int] = ..., trace_observation_point: _Optional[_Union[TraceObservationPoint, str]] = ..., drop_reason_desc: _Optional[_Union[DropReason, str]] = ..., is_reply: _Optional[_Union[_wrappers_pb2.BoolValue, _Mapping]] = ..., debug_capture_point: _Optional[_Union[DebugCapturePoint, str]] = ..., interface: _Optional[_Union[NetworkInterface, _Mapping]] = ..., proxy_port: _Optional[int] = ..., trace_context: _Optional[_Union[TraceContext, _Mapping]] = ..., sock_xlate_point: _Optional[_Union[SocketTranslationPoint, str]] = ..., socket_cookie: _Optional[int] = ..., cgroup_id: _Optional[int] = ..., uuid: _Optional[str] = ..., auth_type: _Optional[_Union[AuthType, str]] = ..., trace_reason: _Optional[_Union[TraceReason, str]] = ..., node_labels: _Optional[_Iterable[str]] = ..., file: _Optional[_Union[FileInfo, _Mapping]] = ..., tunnel: _Optional[_Union[Tunnel, _Mapping]] = ..., ip_trace_id: _Optional[_Union[IPTraceID, _Mapping]] = ..., emitter: _Optional[_Union[Emitter, _Mapping]] = ..., egress_allowed_by: _Optional[_Iterable[_Union[Policy, _Mapping]]] = ..., ingress_allowed_by: _Optional[_Iterable[_Union[Policy, _Mapping]]] = ..., egress_denied_by: _Optional[_Iterable[_Union[Policy, _Mapping]]] = ..., ingress_denied_by: _Optional[_Iterable[_Union[Policy, _Mapping]]] = ..., policy_log: _Optional[_Iterable[str]] = ..., aggregate: _Optional[_Union[Aggregate, _Mapping]] = ..., Summary: _Optional[str] = ..., extensions: _Optional[_Union[_any_pb2.Any, _Mapping]] = ...) -> None: ...

class FlowFilter(_message.Message):
    __slots__ = ["destination_cluster_name", "destination_fqdn", "destination_identity", "destination_ip", "destination_label", "destination_pod", "destination_port", "destination_service", "destination_workload", "dns_query", "drop_reason_desc", "encrypted", "event_type", "experimental", "http_header", "http_method", "http_path", "http_status_code", "http_url", "interface", "ip_trace_id", "ip_version", "node_labels", "node_name", "protocol", "reply", "source_cluster_name", "source_fqdn", "source_identity", "source_ip", "source_ip_xlated", "source_label", "source_pod", "source_port", "source_service", "source_workload", "tcp_flags", "trace_id", "traffic_direction", "uuid", "verdict"]
    class Experimental(_message.Message):
        __slots__ = ["cel_expression"]
        CEL_EXPRESSION_FIELD_NUMBER: _ClassVar[int]
        cel_expression: _containers.RepeatedScalarFieldContainer[str]
        def __init__(self, cel_expression: _Optional[_Iterable[str]] = ...) -> None: ...
    DESTINATION_CLUSTER_NAME_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FQDN_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_IP_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_LABEL_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_POD_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_PORT_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_SERVICE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    DNS_QUERY_FIELD_NUMBER: _ClassVar[int]
    DROP_REASON_DESC_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPERIMENTAL_FIELD_NUMBER: _ClassVar[int]
    HTTP_HEADER_FIELD_NUMBER: _ClassVar[int]
    HTTP_METHOD_FIELD_NUMBER: _ClassVar[int]
    HTTP_PATH_FIELD_NUMBER: _ClassVar[int]
    HTTP_STATUS_CODE_FIELD_NUMBER: _ClassVar[int]
    HTTP_URL_FIELD_NUMBER: _ClassVar[int]
    INTERFACE_FIELD_NUMBER: _ClassVar[int]
    IP_TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    IP_VERSION_FIELD_NUMBER: _ClassVar[int]
    NODE_LABELS_FIELD_NUMBER: _ClassVar[int]
    NODE_NAME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    REPLY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_CLUSTER_NAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FQDN_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IP_FIELD_NUMBER: _ClassVar[int]
    SOURCE_IP_XLATED_FIELD_NUMBER: _ClassVar[int]
    SOURCE_LABEL_FIELD_NUMBER: _ClassVar[int]
    SOURCE_POD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PORT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_SERVICE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_WORKLOAD_FIELD_NUMBER: _ClassVar[int]
    TCP_FLAGS_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_DIRECTION_FIELD_NUMBER: _ClassVar[int]
    UUID_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    destination_cluster_name: _containers.RepeatedScalarFieldContainer[str]
    destination_fqdn: _containers.RepeatedScalarFieldContainer[str]
    destination_identity: _containers.RepeatedScalarFieldContainer[int]
    destination_ip: _containers.RepeatedScalarFieldContainer[str]
    destination_label: _containers.RepeatedScalarFieldContainer[str]
    destination_pod: _containers.RepeatedScalarFieldContainer[str]
    destination_port: _containers.RepeatedScalarFieldContainer[str]
    destination_service: _containers.RepeatedScalarFieldContainer[str]
    destination_workload: _containers.RepeatedCompositeFieldContainer[Workload]
    dns_query: _containers.RepeatedScalarFieldContainer[str]
    drop_reason_desc: _containers.RepeatedScalarFieldContainer[DropReason]
    encrypted: _containers.RepeatedScalarFieldContainer[bool]
    event_type: _containers.RepeatedCompositeFieldContainer[EventTypeFilter]
    experimental: FlowFilter.Experimental
    http_header: _containers.RepeatedCompositeFieldContainer[HTTPHeader]
    http_method: _containers.RepeatedScalarFieldContainer[str]
    http_path: _containers.RepeatedScalarFieldContainer[str]
    http_status_code: _containers.RepeatedScalarFieldContainer[str]
    http_url: _containers.RepeatedScalarFieldContainer[str]
    interface: _containers.RepeatedCompositeFieldContainer[NetworkInterface]
    ip_trace_id: _containers.RepeatedScalarFieldContainer[int]
    ip_version: _containers.RepeatedScalarFieldContainer[IPVersion]
    node_labels: _containers.RepeatedScalarFieldContainer[str]
    node_name: _containers.RepeatedScalarFieldContainer[str]
    protocol: _containers.RepeatedScalarFieldContainer[str]
    reply: _containers.RepeatedScalarFieldContainer[bool]
    source_cluster_name: _containers.RepeatedScalarFieldContainer[str]
    source_fqdn: _containers.RepeatedScalarFieldContainer[str]
    source_identity: _containers.RepeatedScalarFieldContainer[int]
    source_ip: _containers.RepeatedScalarFieldContainer[str]
    source_ip_xlated: _containers.RepeatedScalarFieldContainer[str]
    source_label: _containers.RepeatedScalarFieldContainer[str]
    source_pod: _containers.RepeatedScalarFieldContainer[str]
    source_port: _containers.RepeatedScalarFieldContainer[str]
    source_service: _containers.RepeatedScalarFieldContainer[str]
    source_workload: _containers.RepeatedCompositeFieldContainer[Workload]
    tcp_flags: _containers.RepeatedCompositeFieldContainer[TCPFlags]
    trace_id: _containers.RepeatedScalarFieldContainer[str]
    traffic_direction: _containers.RepeatedScalarFieldContainer[TrafficDirection]
    uuid: _containers.RepeatedScalarFieldContainer[str]
    verdict: _containers.RepeatedScalarFieldContainer[Verdict]
    def __init__(self, source_ip: _Optional[_Iterable[str]] = ..., source_pod: _Optional[_Iterable[str]] = ..., destination_ip: _Optional[_Iterable[str]] = ..., destination_pod: _Optional[_Iterable[str]] = ..., verdict: _Optional[_Iterable[_Union[Verdict, str]]] = ..., event_type: _Optional[_Iterable[_Union[EventTypeFilter, _Mapping]]] = ..., source_fqdn: _Optional[_Iterable[str]] = ..., destination_fqdn: _Optional[_Iterable[str]] = ..., http_status_code: _Optional[_Iterable[str]] = ..., source_label: _Optional[_Iterable[str]] = ..., destination_label: _Optional[_Iterable[str]] = ..., protocol: _Optional[_Iterable[str]] = ..., source_port: _Optional[_Iterable[str]] = ..., destination_port: _Optional[_Iterable[str]] = ..., reply: _Optional[_Iterable[bool]] = ..., source_service: _Optional[_Iterable[str]] = ..., destination_service: _Optional[_Iterable[str]] = ..., dns_query: _Optional[_Iterable[str]] = ..., source_identity: _Optional[_Iterable[int]] = ..., destination_identity: _Optional[_Iterable[int]] = ..., http_method: _Optional[_Iterable[str]] = ..., http_path: _Optional[_Iterable[str]] = ..., tcp_flags: _Optional[_Iterable[_Union[TCPFlags, _Mapping]]] = ..., node_name: _Optional[_Iterable[str]] = ..., ip_version: _Optional[_Iterable[_Union[IPVersion, str]]] = ..., source_workload: _Optional[_Iterable[_Union[Workload, _Mapping]]] = ..., destination_workload: _Optional[_Iterable[_Union[Workload, _Mapping]]] = ..., trace_id: _Optional[_Iterable[str]] = ..., uuid: _Optional[_Iterable[str]] = ..., traffic_direction: _Optional[_Iterable[_Union[TrafficDirection, str]]] = ..., http_url: _Optional[_Iterable[str]] = ..., http_header: _Optional[_Iterable[_Union[HTTPHeader, _Mapping]]] = ..., drop_reason_desc: _Optional[_Iterable[_Union[DropReason, str]]] = ..., source_ip_xlated: _Optional[_Iterable[str]] = ..., interface: _Optional[_Iterable[_Union[NetworkInterface, _Mapping]]] = ..., node_labels: _Optional[_Iterable[str]] = ..., source_cluster_name: _Optional[_Iterable[str]] = ..., destination_cluster_name: _Optional[_Iterable[str]] = ..., ip_trace_id: _Optional[_Iterable[int]] = ..., encrypted: _Optional[_Iterable[bool]] = ..., experimental: _Optional[_Union[FlowFilter.Experimental, _Mapping]] = ...) -> None: ...

class HTTP(_message.Message):
    __slots__ = ["code", "headers", "method", "protocol", "url"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    code: int
    headers: _containers.RepeatedCompositeFieldContainer[HTTPHeader]
    method: str
    protocol: str
    url: str
    def __init__(self, code: _Optional[int] = ..., method: _Optional[str] = ..., url: _Optional[str] = ..., protocol: _Optional[str] = ..., headers: _Optional[_Iterable[_Union[HTTPHeader, _Mapping]]] = ...) -> None: ...

class HTTPHeader(_message.Message):
    __slots__ = ["key", "value"]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ICMPv4(_message.Message):
    __slots__ = ["code", "type"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    code: int
    type: int
    def __init__(self, type: _Optional[int] = ..., code: _Optional[int] = ...) -> None: ...

class ICMPv6(_message.Message):
    __slots__ = ["code", "type"]
    CODE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    code: int
    type: int
    def __init__(self, type: _Optional[int] = ..., code: _Optional[int] = ...) -> None: ...

class IGMP(_message.Message):
    __slots__ = ["group_address", "type"]
    GROUP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    group_address: str
    type: int
    def __init__(self, type: _Optional[int] = ..., group_address: _Optional[str] = ...) -> None: ...

class IP(_message.Message):
    __slots__ = ["destination", "encrypted", "ipVersion", "source", "source_xlated"]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    ENCRYPTED_FIELD_NUMBER: _ClassVar[int]
    IPVERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_XLATED_FIELD_NUMBER: _ClassVar[int]
    destination: str
    encrypted: bool
    ipVersion: IPVersion
    source: str
    source_xlated: str
    def __init__(self, source: _Optional[str] = ..., destination: _Optional[str] = ..., ipVersion: _Optional[_Union[IPVersion, str]] = ..., encrypted: bool = ..., source_xlated: _Optional[str] = ...) -> None: ...

class IPCacheNotification(_message.Message):
    __slots__ = ["cidr", "encrypt_key", "host_ip", "identity", "namespace", "old_host_ip", "old_identity", "pod_name"]
    CIDR_FIELD_NUMBER: _ClassVar[int]
    ENCRYPT_KEY_FIELD_NUMBER: _ClassVar[int]
    HOST_IP_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    OLD_HOST_IP_FIELD_NUMBER: _ClassVar[int]
    OLD_IDENTITY_FIELD_NUMBER: _ClassVar[int]
    POD_NAME_FIELD_NUMBER: _ClassVar[int]
    cidr: str
    encrypt_key: int
    host_ip: str
    identity: int
    namespace: str
    old_host_ip: str
    old_identity: _wrappers_pb2.UInt32Value
    pod_name: str
    def __init__(self, cidr: _Optional[str] = ..., identity: _Optional[int] = ..., old_identity: _Optional[_Union[_wrappers_pb2.UInt32Value, _Mapping]] = ..., host_ip: _Optional[str] = ..., old_host_ip: _Optional[str] = ..., encrypt_key: _Optional[int] = ..., namespace: _Optional[str] = ..., pod_name: _Optional[str] = ...) -> None: ...

class IPTraceID(_message.Message):
    __slots__ = ["ip_option_type", "trace_id"]
    IP_OPTION_TYPE_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    ip_option_type: int
    trace_id: int
    def __init__(self, trace_id: _Optional[int] = ..., ip_option_type: _Optional[int] = ...) -> None: ...

class Kafka(_message.Message):
    __slots__ = ["api_key", "api_version", "correlation_id", "error_code", "topic"]
    API_KEY_FIELD_NUMBER: _ClassVar[int]
    API_VERSION_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_CODE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    api_key: str
    api_version: int
    correlation_id: int
    error_code: int
    topic: str
    def __init__(self, error_code: _Optional[int] = ..., api_version: _Optional[int] = ..., api_key: _Optional[str] = ..., correlation_id: _Optional[int] = ..., topic: _Optional[str] = ...) -> None: ...

class Layer4(_message.Message):
    __slots__ = ["ICMPv4", "ICMPv6", "IGMP", "SCTP", "TCP", "UDP", "VRRP"]
    ICMPV4_FIELD_NUMBER: _ClassVar[int]
    ICMPV6_FIELD_NUMBER: _ClassVar[int]
    ICMPv4: ICMPv4
    ICMPv6: ICMPv6
    IGMP: IGMP
    IGMP_FIELD_NUMBER: _ClassVar[int]
    SCTP: SCTP
    SCTP_FIELD_NUMBER: _ClassVar[int]
    TCP: TCP
    TCP_FIELD_NUMBER: _ClassVar[int]
    UDP: UDP
    UDP_FIELD_NUMBER: _ClassVar[int]
    VRRP: VRRP
    VRRP_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, TCP: _Optional[_Union[TCP, _Mapping]] = ..., UDP: _Optional[_Union[UDP, _Mapping]] = ..., ICMPv4: _Optional[_Union[ICMPv4, _Mapping]] = ..., ICMPv6: _Optional[_Union[ICMPv6, _Mapping]] = ..., SCTP: _Optional[_Union[SCTP, _Mapping]] = ..., VRRP: _Optional[_Union[VRRP, _Mapping]] = ..., IGMP: _Optional[_Union[IGMP, _Mapping]] = ...) -> None: ...

class Layer7(_message.Message):
    __slots__ = ["dns", "http", "kafka", "latency_ns", "type"]
    DNS_FIELD_NUMBER: _ClassVar[int]
    HTTP_FIELD_NUMBER: _ClassVar[int]
    KAFKA_FIELD_NUMBER: _ClassVar[int]
    LATENCY_NS_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    dns: DNS
    http: HTTP
    kafka: Kafka
    latency_ns: int
    type: L7FlowType
    def __init__(self, type: _Optional[_Union[L7FlowType, str]] = ..., latency_ns: _Optional[int] = ..., dns: _Optional[_Union[DNS, _Mapping]] = ..., http: _Optional[_Union[HTTP, _Mapping]] = ..., kafka: _Optional[_Union[Kafka, _Mapping]] = ...) -> None: ...

class LostEvent(_message.Message):
    __slots__ = ["cpu", "first", "last", "num_events_lost", "source"]
    CPU_FIELD_NUMBER: _ClassVar[int]
    FIRST_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    NUM_EVENTS_LOST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    cpu: _wrappers_pb2.Int32Value
    first: _timestamp_pb2.Timestamp
    last: _timestamp_pb2.Timestamp
    num_events_lost: int
    source: LostEventSource
    def __init__(self, source: _Optional[_Union[LostEventSource, str]] = ..., num_events_lost: _Optional[int] = ..., cpu: _Optional[_Union[_wrappers_pb2.Int32Value, _Mapping]] = ..., first: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ..., last: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class NetworkInterface(_message.Message):
    __slots__ = ["index", "name"]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    index: int
    name: str
    def __init__(self, index: _Optional[int] = ..., name: _Optional[str] = ...) -> None: ...

class Policy(_message.Message):
    __slots__ = ["kind", "labels", "name", "namespace", "revision"]
    KIND_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    kind: str
    labels: _containers.RepeatedScalarFieldContainer[str]
    name: str
    namespace: str
    revision: int
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., labels: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ..., kind: _Optional[str] = ...) -> None: ...

class PolicyUpdateNotification(_message.Message):
    __slots__ = ["labels", "revision", "rule_count"]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RULE_COUNT_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.RepeatedScalarFieldContainer[str]
    revision: int
    rule_count: int
    def __init__(self, labels: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ..., rule_count: _Optional[int] = ...) -> None: ...

class SCTP(_message.Message):
    __slots__ = ["destination_port", "source_port"]
    DESTINATION_PORT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PORT_FIELD_NUMBER: _ClassVar[int]
    destination_port: int
    source_port: int
    def __init__(self, source_port: _Optional[int] = ..., destination_port: _Optional[int] = ...) -> None: ...

class Service(_message.Message):
    __slots__ = ["name", "namespace"]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class ServiceDeleteNotification(_message.Message):
    __slots__ = ["id"]
    ID_FIELD_NUMBER: _ClassVar[int]
    id: int
    def __init__(self, id: _Optional[int] = ...) -> None: ...

class ServiceUpsertNotification(_message.Message):
    __slots__ = ["backend_addresses", "ext_traffic_policy", "frontend_address", "id", "int_traffic_policy", "name", "namespace", "traffic_policy", "type"]
    BACKEND_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    EXT_TRAFFIC_POLICY_FIELD_NUMBER: _ClassVar[int]
    FRONTEND_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    INT_TRAFFIC_POLICY_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TRAFFIC_POLICY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    backend_addresses: _containers.RepeatedCompositeFieldContainer[ServiceUpsertNotificationAddr]
    ext_traffic_policy: str
    frontend_address: ServiceUpsertNotificationAddr
    id: int
    int_traffic_policy: str
    name: str
    namespace: str
    traffic_policy: str
    type: str
    def __init__(self, id: _Optional[int] = ..., frontend_address: _Optional[_Union[ServiceUpsertNotificationAddr, _Mapping]] = ..., backend_addresses: _Optional[_Iterable[_Union[ServiceUpsertNotificationAddr, _Mapping]]] = ..., type: _Optional[str] = ..., traffic_policy: _Optional[str] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ..., ext_traffic_policy: _Optional[str] = ..., int_traffic_policy: _Optional[str] = ...) -> None: ...

class ServiceUpsertNotificationAddr(_message.Message):
    __slots__ = ["ip", "port"]
    IP_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    ip: str
    port: int
    def __init__(self, ip: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class TCP(_message.Message):
    __slots__ = ["destination_port", "flags", "source_port"]
    DESTINATION_PORT_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PORT_FIELD_NUMBER: _ClassVar[int]
    destination_port: int
    flags: TCPFlags
    source_port: int
    def __init__(self, source_port: _Optional[int] = ..., destination_port: _Optional[int] = ..., flags: _Optional[_Union[TCPFlags, _Mapping]] = ...) -> None: ...

class TCPFlags(_message.Message):
    __slots__ = ["ACK", "CWR", "ECE", "FIN", "NS", "PSH", "RST", "SYN", "URG"]
    ACK: bool
    ACK_FIELD_NUMBER: _ClassVar[int]
    CWR: bool
    CWR_FIELD_NUMBER: _ClassVar[int]
    ECE: bool
    ECE_FIELD_NUMBER: _ClassVar[int]
    FIN: bool
    FIN_FIELD_NUMBER: _ClassVar[int]
    NS: bool
    NS_FIELD_NUMBER: _ClassVar[int]
    PSH: bool
    PSH_FIELD_NUMBER: _ClassVar[int]
    RST: bool
    RST_FIELD_NUMBER: _ClassVar[int]
    SYN: bool
    SYN_FIELD_NUMBER: _ClassVar[int]
    URG: bool
    URG_FIELD_NUMBER: _ClassVar[int]
    def __init__(self, FIN: bool = ..., SYN: bool = ..., RST: bool = ..., PSH: bool = ..., ACK: bool = ..., URG: bool = ..., ECE: bool = ..., CWR: bool = ..., NS: bool = ...) -> None: ...

class TimeNotification(_message.Message):
    __slots__ = ["time"]
    TIME_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    def __init__(self, time: _Optional[_Union[_timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class TraceContext(_message.Message):
    __slots__ = ["parent"]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    parent: TraceParent
    def __init__(self, parent: _Optional[_Union[TraceParent, _Mapping]] = ...) -> None: ...

class TraceParent(_message.Message):
    __slots__ = ["trace_id"]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    def __init__(self, trace_id: _Optional[str] = ...) -> None: ...

class Tunnel(_message.Message):
    __slots__ = ["IP", "l4", "protocol", "vni"]
    class Protocol(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = []
    GENEVE: Tunnel.Protocol
    IP: IP
    IP_FIELD_NUMBER: _ClassVar[int]
    L4_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN: Tunnel.Protocol
    VNI_FIELD_NUMBER: _ClassVar[int]
    VXLAN: Tunnel.Protocol
    l4: Layer4
    protocol: Tunnel.Protocol
    vni: int
    def __init__(self, protocol: _Optional[_Union[Tunnel.Protocol, str]] = ..., IP: _Optional[_Union[IP, _Mapping]] = ..., l4: _Optional[_Union[Layer4, _Mapping]] = ..., vni: _Optional[int] = ...) -> None: ...

class UDP(_message.Message):
    __slots__ = ["destination_port", "source_port"]
    DESTINATION_PORT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_PORT_FIELD_NUMBER: _ClassVar[int]
    destination_port: int
    source_port: int
    def __init__(self, source_port: _Optional[int] = ..., destination_port: _Optional[int] = ...) -> None: ...

class VRRP(_message.Message):
    __slots__ = ["priority", "type", "vrid"]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    VRID_FIELD_NUMBER: _ClassVar[int]
    priority: int
    type: int
    vrid: int
    def __init__(self, type: _Optional[int] = ..., vrid: _Optional[int] = ..., priority: _Optional[int] = ...) -> None: ...

class Workload(_message.Message):
    __slots__ = ["kind", "name"]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    kind: str
    name: str
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class FlowType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class AuthType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class TraceObservationPoint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class TraceReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class L7FlowType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class IPVersion(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class Verdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class DropReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class TrafficDirection(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class DebugCapturePoint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class EventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class LostEventSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class AgentEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class SocketTranslationPoint(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []

class DebugEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = []
