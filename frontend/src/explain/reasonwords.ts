/**
 * What the words for drop reasons are made of, and those that several of them share.
 */

/** Who can do something about it: "policy" is mended by a network policy, all else is not. */
export type ReasonKind =
  "policy" | "deny" | "authentication" | "packet" | "tracking" | "routing" | "service" | "node" | "multicast";

/** `means`: what happened, in a sentence or two. `look`: where to look next. */
export type ReasonWords = readonly [kind: ReasonKind, means: string, look: string];

export const MAP_PRESSURE =
  "Look at cilium_bpf_map_pressure in the agent's metrics and at the map sizes in the Cilium configuration (bpf.ctGlobalTCPMax and its like).";

export const SENDER =
  "See which program or device made the packet: a capture on the sending pod's interface shows it as it left.";

export const AGENT_LOG =
  "Look at the log of the Cilium agent on this node; a restart of the agent loads its programs anew.";

export const BUG =
  "This should not happen in good order: note the Cilium and kernel versions of the node and look for a known issue.";

export const ICMP_SENDER = "Harmless if someone is probing; otherwise find out who sends it.";
