/**
 * The names that Hubble gives to things. Source: the enums of package `flow` of its API, and the names that `hubble observe` takes.
 */

export const VERDICTS = ["FORWARDED", "DROPPED", "AUDIT", "REDIRECTED", "ERROR", "TRACED", "TRANSLATED"] as const;

/** What a flow without a verdict has, and what the filter takes besides. */
export const VERDICT_UNKNOWN = "VERDICT_UNKNOWN";

export const PROTOCOLS = [
  ...["tcp", "udp", "sctp", "icmp", "icmpv4", "icmpv6", "vrrp", "igmp"],
  ...["dns", "http", "kafka"],
] as const;

export const TCP_FLAGS = ["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR", "NS"] as const;

export const HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE"] as const;

export const IP_VERSIONS: ReadonlyMap<string, string> = new Map([
  ["4", "IPv4"],
  ["v4", "IPv4"],
  ["ip4", "IPv4"],
  ["ipv4", "IPv4"],
  ["6", "IPv6"],
  ["v6", "IPv6"],
  ["ip6", "IPv6"],
  ["ipv6", "IPv6"],
  ["none", "IP_NOT_USED"],
]);

/** Numbers of event types by the names that `--type` takes. */
export const EVENT_TYPES: ReadonlyMap<string, number> = new Map([
  ["drop", 1],
  ["capture", 3],
  ["trace", 4],
  ["policy-verdict", 5],
  ["trace-sock", 7],
  ["l7", 129],
]);

/** HTTP filters need it where event types are filtered at all. */
export const EVENT_TYPE_L7 = 129;
export const EVENT_TYPE_TRACE = 4;

/** Numbers of the sub-types of `trace`. */
export const TRACE_POINTS: readonly string[] = [
  ...["to-endpoint", "to-proxy", "to-host", "to-stack", "to-overlay"],
  ...["from-endpoint", "from-proxy", "from-host", "from-stack", "from-overlay", "from-network"],
  ...["to-network", "from-crypto", "to-crypto"],
];

export const RESERVED_IDENTITIES: ReadonlyMap<string, number> = new Map([
  ["host", 1],
  ["world", 2],
  ["unmanaged", 3],
  ["health", 4],
  ["init", 5],
  ["remote-node", 6],
  ["kube-apiserver", 7],
  ["ingress", 8],
  ["world-ipv4", 9],
  ["world-ipv6", 10],
]);

export const DROP_REASON_UNKNOWN = "DROP_REASON_UNKNOWN";

export const DROP_REASONS: readonly string[] = [
  ...["POLICY_DENIED", "POLICY_DENY", "AUTH_REQUIRED", "UNSUPPORTED_L3_PROTOCOL", "STALE_OR_UNROUTABLE_IP"],
  ...["CT_TRUNCATED_OR_INVALID_HEADER", "CT_MISSING_TCP_ACK_FLAG", "CT_UNKNOWN_L4_PROTOCOL"],
  ...["CT_CANNOT_CREATE_ENTRY_FROM_PACKET", "CT_MAP_INSERTION_FAILED", "CT_NO_MAP_FOUND"],
  ...["INVALID_SOURCE_MAC", "INVALID_DESTINATION_MAC", "INVALID_SOURCE_IP", "INVALID_PACKET_DROPPED"],
  ...["MISSED_TAIL_CALL", "ERROR_WRITING_TO_PACKET", "UNKNOWN_L4_PROTOCOL", "UNKNOWN_ICMPV4_CODE"],
  ...["UNKNOWN_ICMPV4_TYPE", "UNKNOWN_ICMPV6_CODE", "UNKNOWN_ICMPV6_TYPE", "ERROR_RETRIEVING_TUNNEL_KEY"],
  ...["ERROR_RETRIEVING_TUNNEL_OPTIONS", "INVALID_GENEVE_OPTION", "UNKNOWN_L3_TARGET_ADDRESS"],
  ...["NO_MATCHING_LOCAL_CONTAINER_FOUND", "ERROR_WHILE_CORRECTING_L3_CHECKSUM"],
  ...["ERROR_WHILE_CORRECTING_L4_CHECKSUM", "INVALID_IPV6_EXTENSION_HEADER", "IP_FRAGMENTATION_NOT_SUPPORTED"],
  ...["SERVICE_BACKEND_NOT_FOUND", "NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT", "FAILED_TO_INSERT_INTO_PROXYMAP"],
  ...["REACHED_EDT_RATE_LIMITING_DROP_HORIZON", "UNKNOWN_CONNECTION_TRACKING_STATE"],
  ...["LOCAL_HOST_IS_UNREACHABLE", "NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION"],
  ...["UNSUPPORTED_L2_PROTOCOL", "NO_MAPPING_FOR_NAT_MASQUERADE", "UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE"],
  ...["FIB_LOOKUP_FAILED", "ENCAPSULATION_TRAFFIC_IS_PROHIBITED", "INVALID_IDENTITY", "UNKNOWN_SENDER"],
  ...["NAT_NOT_NEEDED", "IS_A_CLUSTERIP", "FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND"],
  ...["FORBIDDEN_ICMPV6_MESSAGE", "DENIED_BY_LB_SRC_RANGE_CHECK", "SOCKET_LOOKUP_FAILED", "SOCKET_ASSIGN_FAILED"],
  ...["PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL", "VLAN_FILTERED", "INVALID_VNI", "INVALID_TC_BUFFER"],
  ...["NO_SID", "MISSING_SRV6_STATE", "NAT46", "NAT64", "SNAT_NO_MAP_FOUND", "INVALID_CLUSTER_ID"],
  ...["UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP", "NO_EGRESS_GATEWAY", "UNENCRYPTED_TRAFFIC", "TTL_EXCEEDED"],
  ...["NO_NODE_ID", "DROP_RATE_LIMITED", "IGMP_HANDLED", "IGMP_SUBSCRIBED", "MULTICAST_HANDLED"],
  ...["DROP_HOST_NOT_READY", "DROP_EP_NOT_READY", "DROP_NO_EGRESS_IP", "DROP_PUNT_PROXY"],
];
