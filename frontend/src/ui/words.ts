/**
 * States in the operator's words: what is the matter, and what happens next.
 */

import type { FeedState, Trouble } from "../transport/state";
import { cut, seen } from "../flow/visible";
import { FLOWS_EXCHANGE } from "../wire/topology";
import type { Viewer } from "../wire/viewer";

/** Characters of a name that are shown where many may stand in a line. */
const NAME_CHARACTERS_MAX = 63;

export type Tone = "good" | "busy" | "bad";

export interface Said {
  readonly tone: Tone;
  readonly short: string;
  /** When the next try comes, "" where there is none. Changes each second, so it is not announced. */
  readonly retry: string;
  /** The rest of it, where there is more to say. */
  readonly long: string;
}

export function troubleWords(trouble: Trouble, exchange: string = FLOWS_EXCHANGE): string {
  switch (trouble.kind) {
    case "unreachable":
      return "The broker cannot be reached: it is down, or nothing answers at /ws.";
    case "lost":
      return "The connection to the broker was lost.";
    case "credentials":
      return "The broker refused this user and password.";
    case "handover":
      return "The log-in did not reach the broker. It goes there in a cookie that lasts for a moment: does this browser refuse cookies?";
    case "vhost":
      return "This user may not use the vhost hubble, or the broker has no such vhost.";
    case "exchange":
      return `The exchange ${exchange} is not there yet (no adapter has run), or this user may not read it.`;
    case "no-rights":
      return "This user may see no flows: the broker tells of no rights for it. Whoever runs the broker can make it a viewer.";
    case "sees-nothing":
      return "This user may see no flows: it is a viewer of no namespace. Whoever runs the broker can add some.";
    case "no-exchange":
      return `The exchange ${exchange} is not there yet: no adapter has run.`;
    case "forbidden":
      return `This user may not read the exchange ${exchange}.`;
    case "broker":
      return `The broker says: ${trouble.said}`;
  }
}

const TROUBLE_SHORT: Readonly<Record<Trouble["kind"], string>> = {
  unreachable: "Broker away",
  lost: "Connection lost",
  credentials: "Log-in refused",
  handover: "Log-in not handed over",
  vhost: "Not allowed",
  exchange: "Nothing to read yet",
  "no-rights": "Sees nothing",
  "sees-nothing": "Sees nothing",
  "no-exchange": "Nothing to read yet",
  forbidden: "Not allowed",
  broker: "Broker refused",
};

function said(tone: Tone, short: string): Said {
  return { tone, short, retry: "", long: "" };
}

/** @param waiting for the first flow of this page */
export function connectionWords(state: FeedState, nowMs: number, waiting: boolean): Said {
  switch (state.is) {
    case "connecting":
      return said("busy", "Connecting to the broker");
    case "subscribing":
      return said("busy", "Logged in, subscribing");
    case "live":
      return said("good", waiting ? "Connected, waiting for the first flow" : "Connected");
    case "barred":
      return { tone: "bad", short: TROUBLE_SHORT[state.trouble.kind], retry: "", long: troubleWords(state.trouble) };
    case "waiting":
      return {
        tone: "bad",
        short: TROUBLE_SHORT[state.trouble.kind],
        retry: `trying again ${inSeconds(state.retryAtMs - nowMs)}`,
        long: troubleWords(state.trouble),
      };
    case "stopped":
      return state.trouble === null
        ? said("bad", "Not connected")
        : { tone: "bad", short: TROUBLE_SHORT[state.trouble.kind], retry: "", long: troubleWords(state.trouble) };
  }
}

/** For example "You see the namespaces pay and shop" or "You see all namespaces of the cluster blue". */
export function rightsWords({ namespaces, clusters }: Pick<Viewer, "namespaces" | "clusters">): string {
  if (namespaces?.length === 0 || clusters?.length === 0) return "You see no flows";
  const which = namespaces === null ? "all namespaces" : named("namespace", namespaces);
  return `You see ${which}${clusters === null ? "" : ` of ${named("cluster", clusters)}`}`;
}

function named(noun: string, names: readonly string[]): string {
  const shown = names.map((name) => seen(cut(name, NAME_CHARACTERS_MAX)));
  const last = shown.pop() ?? "";
  return shown.length === 0 ? `the ${noun} ${last}` : `the ${noun}s ${shown.join(", ")} and ${last}`;
}

function inSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds <= 0 ? "now" : `in ${seconds} s`;
}

export interface LossWords {
  /** For the strip. */
  readonly short: string;
  /** What it counts. */
  readonly long: string;
  /** Behind "311 flows lost:". */
  readonly gap: string;
}

/** Kinds of loss as docs/messages.md names them and those of the page's own, and what they mean to an operator. */
const LOSSES: Readonly<Record<string, readonly [short: string, long: string, gap: string]>> = {
  PERF_EVENT_RING_BUFFER: [
    "kernel",
    "Events lost between the kernel and Cilium's agents (perf ring)",
    "between the kernel and Cilium's agent",
  ],
  OBSERVER_EVENTS_QUEUE: [
    "agent queue",
    "Events lost in the queue of Cilium's agents",
    "in the queue of Cilium's agent",
  ],
  HUBBLE_RING_BUFFER: [
    "ring",
    "Events overwritten in Hubble's ring before they were read",
    "overwritten in Hubble's ring before they were read",
  ],
  gap: [
    "gaps",
    "Times that a reconnect to Hubble could not cover; how many flows is not known",
    "not covered by a reconnect",
  ],
  buffer_full: ["adapter", "Flows dropped by the adapter, as its buffer was full", "the adapter's buffer was full"],
  malformed: ["malformed", "Messages from Hubble that the adapter could not read", "the adapter could not read them"],
  too_large: [
    "too large",
    "Flows dropped by the adapter, as they were too large for a message",
    "too large for a message",
  ],
  unconfirmed: ["unconfirmed", "Flows that the broker never confirmed", "the broker never confirmed them"],
  refused: ["refused", "Flows that the broker refused time after time", "the broker refused them"],
  shutdown: ["shutdown", "Flows in the adapter's hands when it stopped", "in the adapter's hands when it stopped"],
  queue: [
    "broker queue",
    "Flows that the broker let go, as this page did not keep up",
    "the broker let them go, as this page did not keep up",
  ],
  browser: [
    "browser",
    "Flows that this page let go unread, to stay no more than a second behind",
    "this page let them go unread, to stay up to date",
  ],
  away: ["while away", "Flows that passed while this page was not connected", "this page was not connected"],
};

/** Kinds told by adapters that are always shown, even at 0. */
export const USUAL_LOSSES: readonly string[] = [
  "PERF_EVENT_RING_BUFFER",
  "OBSERVER_EVENTS_QUEUE",
  "HUBBLE_RING_BUFFER",
  "gap",
  "buffer_full",
];

export function lossWords(kind: string): LossWords {
  const known = Object.hasOwn(LOSSES, kind) ? LOSSES[kind] : undefined;
  if (known !== undefined) return { short: known[0], long: known[1], gap: known[2] };
  const name = seen(cut(kind, NAME_CHARACTERS_MAX));
  return { short: name.toLowerCase().replaceAll("_", " "), long: `Lost before the broker: ${name}`, gap: name };
}
