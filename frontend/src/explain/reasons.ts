/**
 * What each of Cilium's drop reasons means to an operator, and what to look at. Names: the enum flow.DropReason of Cilium 1.19.
 */

import { CLUSTER_REASONS } from "./clusterreasons";
import { PACKET_REASONS } from "./packetreasons";
import type { ReasonKind, ReasonWords } from "./reasonwords";

export interface Reason {
  readonly kind: ReasonKind;
  /** What happened, in a sentence or two. */
  readonly means: string;
  /** Where to look next. */
  readonly look: string;
}

const ENTRIES: Readonly<Record<string, ReasonWords>> = { ...PACKET_REASONS, ...CLUSTER_REASONS };

/** @param reason as `drop_reason_desc` gives it; the number of one that is not known */
export function reasonOf(reason: string | number): Reason {
  const entry = typeof reason === "string" && Object.hasOwn(ENTRIES, reason) ? ENTRIES[reason] : undefined;
  if (entry === undefined) {
    return {
      kind: "packet",
      means: "This page does not know the reason: Cilium is newer than it.",
      look: "Look the reason up in the documentation of your Cilium version.",
    };
  }
  const [kind, means, look] = entry;
  return { kind, means, look };
}

/** Names of all reasons that are explained. */
export const REASONS: readonly string[] = Object.keys(ENTRIES);
