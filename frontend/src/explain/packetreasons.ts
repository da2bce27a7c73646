/**
 * Words for reasons that lie in the packet itself or in the tracking of connections.
 */

import { MAP_PRESSURE, SENDER, AGENT_LOG, BUG, ICMP_SENDER, type ReasonWords } from "./reasonwords";

export const PACKET_REASONS: Readonly<Record<string, ReasonWords>> = {
  DROP_REASON_UNKNOWN: ["packet", "Cilium dropped the packet and did not say why.", BUG],
  INVALID_SOURCE_MAC: ["packet", "The source MAC address is not the one that Cilium gave this endpoint.", SENDER],
  INVALID_DESTINATION_MAC: [
    "packet",
    "The destination MAC address is not the gateway's that this endpoint should use.",
    SENDER,
  ],
  INVALID_SOURCE_IP: [
    "packet",
    "The endpoint sent from an address that is not its own. Cilium lets no endpoint pose as another.",
    "Look for a pod that routes or masquerades for others (VPN, nested containers), or for an address left over from a former pod of that name.",
  ],
  INVALID_PACKET_DROPPED: ["packet", "The packet is malformed or shorter than its headers say.", SENDER],
  CT_TRUNCATED_OR_INVALID_HEADER: [
    "tracking",
    "Connection tracking could not read the packet's transport header.",
    SENDER,
  ],
  CT_MISSING_TCP_ACK_FLAG: [
    "tracking",
    "A TCP packet without ACK belongs to no new connection.",
    "Often a scan or a half-closed connection; look whether one end restarted.",
  ],
  CT_UNKNOWN_L4_PROTOCOL: [
    "tracking",
    "Connection tracking does not know this transport protocol.",
    "Cilium tracks TCP, UDP, SCTP (where enabled) and ICMP; other protocols need another way.",
  ],
  CT_CANNOT_CREATE_ENTRY_FROM_PACKET: ["tracking", "Connection tracking could not make an entry of this packet.", BUG],
  UNSUPPORTED_L3_PROTOCOL: [
    "packet",
    "The packet is neither IPv4 nor IPv6, or that family is switched off in Cilium.",
    "Look whether the endpoint uses IPv6 while ipv6.enabled is false, or the other way round.",
  ],
  ERROR_WRITING_TO_PACKET: ["packet", "The kernel refused a change to the packet.", BUG],
  UNKNOWN_L4_PROTOCOL: [
    "packet",
    "The transport protocol is not one that Cilium handles.",
    "See what speaks it; Cilium handles TCP, UDP, SCTP (where enabled), ICMP, IGMP and VRRP (where enabled).",
  ],
  UNKNOWN_ICMPV4_CODE: ["packet", "An ICMP message with a code that Cilium does not know.", ICMP_SENDER],
  UNKNOWN_ICMPV4_TYPE: ["packet", "An ICMP message of a type that Cilium does not know.", ICMP_SENDER],
  UNKNOWN_ICMPV6_CODE: ["packet", "An ICMPv6 message with a code that Cilium does not know.", ICMP_SENDER],
  UNKNOWN_ICMPV6_TYPE: ["packet", "An ICMPv6 message of a type that Cilium does not know.", ICMP_SENDER],
  ERROR_WHILE_CORRECTING_L3_CHECKSUM: ["packet", "The IP checksum could not be mended after a translation.", BUG],
  ERROR_WHILE_CORRECTING_L4_CHECKSUM: [
    "packet",
    "The transport checksum could not be mended after a translation.",
    "Look at checksum offloading of the network card, then at known issues.",
  ],
  CT_MAP_INSERTION_FAILED: [
    "tracking",
    "The connection could not be entered into the connection-tracking table: most often it is full.",
    MAP_PRESSURE,
  ],
  INVALID_IPV6_EXTENSION_HEADER: ["packet", "An IPv6 extension header is malformed, or there are too many.", SENDER],
  IP_FRAGMENTATION_NOT_SUPPORTED: [
    "packet",
    "The packet is a fragment, and handling of fragments is off.",
    "Look at the MTU of both ends, or at bpf fragment tracking (enable-ipv4-fragment-tracking).",
  ],
  UNKNOWN_CONNECTION_TRACKING_STATE: ["tracking", "Connection tracking gave a state that makes no sense here.", BUG],
  UNSUPPORTED_L2_PROTOCOL: [
    "packet",
    "The frame is of a kind that Cilium does not handle.",
    "See what sends it: LLDP, spanning tree and the like are no loss.",
  ],
  NO_MAPPING_FOR_NAT_MASQUERADE: [
    "tracking",
    "No free source port was left, or an answer came for a translation that is gone.",
    "See whether many connections go to one address and port; look at cilium_bpf_map_pressure for the NAT map.",
  ],
  UNSUPPORTED_PROTOCOL_FOR_NAT_MASQUERADE: [
    "packet",
    "The transport protocol cannot be masqueraded.",
    "Exclude the destination from masquerading, or use another protocol.",
  ],
  FIRST_LOGICAL_DATAGRAM_FRAGMENT_NOT_FOUND: [
    "packet",
    "A later fragment came without its first one, so its ports are not known.",
    "Look for lost or reordered packets and at the MTU; the fragment table may be too small.",
  ],
  FORBIDDEN_ICMPV6_MESSAGE: [
    "packet",
    "The endpoint sent an ICMPv6 message that it may not send, such as a router advertisement.",
    "See what in the pod sends it: an endpoint must not pose as a router.",
  ],
  NAT46: [
    "packet",
    "Translation from IPv4 to IPv6 failed.",
    "Look at the NAT46/64 gateway's configuration and at the size of the packets.",
  ],
  NAT64: [
    "packet",
    "Translation from IPv6 to IPv4 failed.",
    "Look at the NAT46/64 gateway's configuration and at the size of the packets.",
  ],
  CT_NO_MAP_FOUND: ["tracking", "The connection-tracking table for this packet is not there.", AGENT_LOG],
  SNAT_NO_MAP_FOUND: ["tracking", "The address-translation table for this packet is not there.", AGENT_LOG],
  IGMP_HANDLED: ["multicast", "Cilium took in an IGMP message and answered it itself: no loss.", "Nothing to do."],
  IGMP_SUBSCRIBED: ["multicast", "Cilium took in a multicast subscription: no loss.", "Nothing to do."],
  MULTICAST_HANDLED: [
    "multicast",
    "Cilium copied the multicast packet to its subscribers and dropped the original: no loss.",
    "Nothing to do.",
  ],
};
