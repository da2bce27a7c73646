/**
 * What a loss means to an operator, what to do about it, and whether the streams of the past may have what the page does not. The same kinds stand in
 * docs/operations.md.
 */

import type { Loss } from "../stores/loss";

export interface LossExplanation {
  readonly means: string;
  readonly look: string;
  /** Whether the flows came as far as the broker, so that its history may have them. */
  readonly reachedBroker: boolean;
}

/** By kind: what happened, what to look at. */
const BEFORE_BROKER: Readonly<Record<string, readonly [means: string, look: string]>> = {
  PERF_EVENT_RING_BUFFER: [
    "The kernel produced events faster than Cilium's agent on the node read them.",
    "The agent's CPU. A coarser monitor aggregation, or a longer interval of it, makes fewer events.",
  ],
  OBSERVER_EVENTS_QUEUE: [
    "Cilium's agent read events faster than its Hubble took them in.",
    "The agent's CPU, and Cilium's setting hubble-event-queue-size.",
  ],
  HUBBLE_RING_BUFFER: [
    "The agent wrote its ring of flows faster than Relay or the adapter read it, and overwrote what was not read yet.",
    "The CPU of Relay and of the adapter. Filters cut the load at its source; a larger hubble-event-buffer-capacity bridges peaks.",
  ],
  gap: [
    "Between two connections to Hubble more time went by than the node's ring of flows remembers. Nobody can tell how many flows passed.",
    "What broke the connection: the adapter's log has it at this time. A larger ring makes short cuts harmless.",
  ],
  buffer_full: [
    "The broker took less than Hubble gave, until the adapter's buffer was full. The oldest flows in it went.",
    "The broker: an alarm, a slow disk, a connection that was away. A larger buffer bridges a longer outage.",
  ],
  malformed: [
    "Hubble sent what is no flow, or what has no form in JSON.",
    "One now and then comes from a damaged agent; many mean that something else than Cilium's Hubble answers at that address.",
  ],
  too_large: [
    "A flow alone was larger than a message may be.",
    "Who makes such long names; the limit is flows.max_flow_bytes.",
  ],
  unconfirmed: ["The broker took these flows and never confirmed them.", "The broker's log at this time."],
  refused: [
    "The broker refused these flows each time that they were offered.",
    "A queue that refuses when it is full (reject-publish), or the broker's log.",
  ],
  shutdown: [
    "The adapter was stopped before the broker had confirmed what it held.",
    "Whether the broker was away as it stopped; otherwise a longer drain_timeout_seconds.",
  ],
};

const BEHIND_BROKER: Readonly<Record<string, readonly [means: string, look: string]>> = {
  queue: [
    "The broker keeps a bounded queue for this page. The page, or the network to it, did not keep up, and the oldest flows in the queue went.",
    "A filter narrows what the broker sends. A computer or a network that is busy with something else has this effect, too.",
  ],
  browser: [
    "More came than this page can read, and it let go unread what had waited for a second, to show the present.",
    "A filter narrows what the broker sends. The map and the facets take their share of the page's time.",
  ],
  away: [
    "This page was not connected to the broker, which keeps nothing for a page that is away.",
    "Whether the computer slept, the network was away, or the broker restarted.",
  ],
  narrowed: [
    "The filter of this time was put to the broker, so only what it lets through was sent. Nothing was lost on the way.",
    "",
  ],
};

export function explainLoss({ kind }: Pick<Loss, "kind">): LossExplanation {
  const behind = Object.hasOwn(BEHIND_BROKER, kind) ? BEHIND_BROKER[kind] : undefined;
  if (behind !== undefined) return { means: behind[0], look: behind[1], reachedBroker: true };
  const before = Object.hasOwn(BEFORE_BROKER, kind) ? BEFORE_BROKER[kind] : undefined;
  if (before !== undefined) return { means: before[0], look: before[1], reachedBroker: false };
  const means = "The adapter tells of a loss of a kind that this page does not know. It happened before the broker.";
  return { means, look: "The adapter is newer than this page: its documentation has this kind.", reachedBroker: false };
}
