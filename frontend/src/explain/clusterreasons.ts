/**
 * Words for reasons that lie in policy, services, routes or the nodes.
 */

import { MAP_PRESSURE, AGENT_LOG, BUG, type ReasonWords } from "./reasonwords";

export const CLUSTER_REASONS: Readonly<Record<string, ReasonWords>> = {
  POLICY_DENIED: [
    "policy",
    "No policy allows this flow, and at least one policy selects the endpoint in this direction, so that all else is refused: default deny.",
    "Compare the labels of both ends, the port and the protocol with the policies that select the endpoint (cilium-dbg endpoint list and cilium-dbg policy get on its node).",
  ],
  MISSED_TAIL_CALL: [
    "node",
    "A part of Cilium's program in the kernel was missing when it was called, often for a moment during an upgrade.",
    AGENT_LOG,
  ],
  ERROR_RETRIEVING_TUNNEL_KEY: [
    "node",
    "The packet came through the tunnel without a readable key, so its sender's identity is not known.",
    "Look whether all nodes use the same tunnel protocol and port, and whether something else sends to that port.",
  ],
  ERROR_RETRIEVING_TUNNEL_OPTIONS: [
    "node",
    "The tunnel's options could not be read.",
    "Look whether all nodes run versions that understand each other.",
  ],
  INVALID_GENEVE_OPTION: [
    "node",
    "The packet carries a Geneve option that Cilium does not understand.",
    "Look whether something other than Cilium sends Geneve to this node.",
  ],
  UNKNOWN_L3_TARGET_ADDRESS: [
    "routing",
    "Nobody answers for the destination address on this network.",
    "See whether the destination still exists, and whether neighbour discovery for it works.",
  ],
  STALE_OR_UNROUTABLE_IP: [
    "routing",
    "The destination address belonged to an endpoint that is gone, or to none.",
    "See whether the client holds on to the address of a former pod: old DNS answers, long-lived connection pools.",
  ],
  NO_MATCHING_LOCAL_CONTAINER_FOUND: [
    "routing",
    "The destination should be on this node, but no endpoint there has its address.",
    "See whether the pod was just removed; cilium-dbg endpoint list on this node shows what is there.",
  ],
  SERVICE_BACKEND_NOT_FOUND: [
    "service",
    "The service has no backend that could take the connection.",
    "See whether the service has ready endpoints (kubectl get endpointslices), and whether its traffic policy is Local with none on this node.",
  ],
  NO_TUNNEL_OR_ENCAPSULATION_ENDPOINT: [
    "routing",
    "No tunnel leads to the destination: its node is not known.",
    "See whether that node is healthy and known here (cilium-dbg bpf tunnel list, cilium-dbg node list).",
  ],
  FAILED_TO_INSERT_INTO_PROXYMAP: [
    "node",
    "The connection could not be handed to the proxy: its table is full or faulty.",
    MAP_PRESSURE,
  ],
  REACHED_EDT_RATE_LIMITING_DROP_HORIZON: [
    "node",
    "The pod sent so much more than its bandwidth limit that the packet would have had to wait too long.",
    "Look at the pod's annotation kubernetes.io/egress-bandwidth.",
  ],
  LOCAL_HOST_IS_UNREACHABLE: [
    "routing",
    "The node itself could not be reached from the endpoint.",
    "Look at the host endpoint and routes of this node; at start-up it may pass by itself.",
  ],
  NO_CONFIGURATION_AVAILABLE_TO_PERFORM_POLICY_DECISION: [
    "node",
    "The endpoint's policy was not loaded yet when the packet came.",
    "It passes when the endpoint is ready; if not, look at cilium-dbg endpoint list for one that never leaves regenerating.",
  ],
  FIB_LOOKUP_FAILED: [
    "routing",
    "The kernel's routing table has no way to the destination, or no neighbour entry for the next hop.",
    "Look at ip route get and ip neigh on this node.",
  ],
  ENCAPSULATION_TRAFFIC_IS_PROHIBITED: [
    "node",
    "An endpoint sent tunnel traffic itself, which would get round policy.",
    "If the pod has to (a nested overlay), give it another port than Cilium's tunnel.",
  ],
  INVALID_IDENTITY: [
    "node",
    "The packet carries a security identity that may not come from there.",
    "Look whether two clusters share cluster ids, or something forges packet marks.",
  ],
  UNKNOWN_SENDER: [
    "node",
    "The sender's identity is not known here.",
    "Look at cilium-dbg bpf ipcache get ADDRESS on this node; in a cluster mesh, at the connection to the other cluster.",
  ],
  NAT_NOT_NEEDED: ["node", "The packet reached address translation without needing it.", BUG],
  IS_A_CLUSTERIP: [
    "service",
    "A packet from outside is addressed to a ClusterIP, which is for use inside only.",
    "Use a NodePort, LoadBalancer or ingress, or set bpf.lbExternalClusterIP if you mean it.",
  ],
  DENIED_BY_LB_SRC_RANGE_CHECK: [
    "service",
    "The client's address is not in the service's list of allowed source ranges.",
    "Look at loadBalancerSourceRanges of the service.",
  ],
  SOCKET_LOOKUP_FAILED: ["node", "No socket was found for a packet that is meant for the node's proxy.", AGENT_LOG],
  SOCKET_ASSIGN_FAILED: ["node", "The packet could not be given to the proxy's socket.", AGENT_LOG],
  PROXY_REDIRECTION_NOT_SUPPORTED_FOR_PROTOCOL: [
    "policy",
    "A layer 7 rule asks for the proxy, but the protocol is none that it can take.",
    "Look for a policy with http or dns rules on a port that carries something else.",
  ],
  POLICY_DENY: [
    "deny",
    "A deny rule matches this flow. A deny rule goes before every allow rule.",
    "Look at the deny rule (ingressDeny or egressDeny) of the policy; only a change to that rule lets the flow through.",
  ],
  VLAN_FILTERED: [
    "node",
    "The frame carries a VLAN tag that Cilium does not let through.",
    "Add the VLAN id to bpf.vlanBypass if it is wanted.",
  ],
  INVALID_VNI: [
    "node",
    "The tunnel's network id is not one of Cilium's.",
    "Look whether something else sends VXLAN or Geneve to this node.",
  ],
  INVALID_TC_BUFFER: ["node", "The kernel gave Cilium's program a packet in a state that it cannot use.", BUG],
  NO_SID: [
    "routing",
    "There is no SRv6 segment for the destination.",
    "Look at the SRv6 policies and egress configuration.",
  ],
  MISSING_SRV6_STATE: [
    "routing",
    "SRv6 state for the packet is missing.",
    "Look at the SRv6 policies and egress configuration.",
  ],
  AUTH_REQUIRED: [
    "authentication",
    "A policy asks for mutual authentication, and the two identities have not authenticated each other yet. The first packets of a connection are dropped until they have.",
    "If it goes on: look at the agent's authentication log and at the SPIRE server and agents.",
  ],
  INVALID_CLUSTER_ID: [
    "node",
    "The packet names a cluster id that is not valid.",
    "Look whether cluster ids in the mesh are unique and within range.",
  ],
  UNSUPPORTED_PROTOCOL_FOR_DSR_ENCAP: [
    "service",
    "Direct server return cannot carry this protocol in its encapsulation.",
    "Use another DSR dispatch mode or SNAT for the service.",
  ],
  NO_EGRESS_GATEWAY: [
    "routing",
    "An egress gateway policy selects the flow, but no gateway node is available.",
    "Look at the node selector of the CiliumEgressGatewayPolicy and at the health of those nodes.",
  ],
  UNENCRYPTED_TRAFFIC: [
    "node",
    "Encryption is required (strict mode), and this packet was not encrypted.",
    "See whether the destination's node is part of the encryption yet: WireGuard peers, node list.",
  ],
  TTL_EXCEEDED: [
    "routing",
    "The packet's time to live ran out on the way.",
    "Look for a routing loop; a traceroute does this on purpose.",
  ],
  NO_NODE_ID: [
    "node",
    "The destination's node has no id here yet.",
    "Look at cilium-dbg nodeid list on this node; it passes when the node is known.",
  ],
  DROP_RATE_LIMITED: [
    "node",
    "More packets came than a rate limit allows (ICMPv6 answers of the node, for example).",
    "See who sends so many.",
  ],
  DROP_HOST_NOT_READY: [
    "node",
    "The node's own endpoint is not ready yet: its programs are being loaded.",
    "It passes within seconds of the agent's start; if not, look at its log.",
  ],
  DROP_EP_NOT_READY: [
    "node",
    "The endpoint is not ready yet: its programs are being loaded.",
    "It passes within seconds of the pod's start; if not, look at cilium-dbg endpoint list.",
  ],
  DROP_NO_EGRESS_IP: [
    "routing",
    "The egress gateway has no address to send from.",
    "Look at the egress address and interface of the CiliumEgressGatewayPolicy on the gateway node.",
  ],
  DROP_PUNT_PROXY: [
    "node",
    "The packet was handed to the proxy by way of the stack: no loss by itself.",
    "If the connection fails, look at the proxy's log.",
  ],
};
