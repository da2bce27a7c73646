/**
 * One exchange over a STOMP connection of its own, read under binding keys.
 *
 * All keys at one time share one queue, so the broker puts a batch that matches several of them there once, and in order. Other keys mean
 * another queue: a subscription that ends leaves its binding behind. So the feed goes on with a new generation of subscriptions, and lets the
 * old one run beside it until the new one surely has everything.
 */

import type { MessageFrame } from "./frames";
import { LastingLink } from "./lastinglink";
import type { Endpoint, Login } from "./link";
import type { FeedState } from "./state";

export type { Login };

export interface FeedOptions {
  readonly endpoint: Endpoint;
  readonly exchange: string;
  /** Messages that the broker sends ahead of an acknowledgement. */
  readonly prefetch: number;
  /** Bounds of the queue that the broker keeps for this page; it drops the oldest messages beyond, and the page counts them. */
  readonly queueMaxMessages: number;
  readonly queueMaxBytes: number;
  /** Milliseconds of any clock. */
  readonly now: () => number;
  readonly onState: (state: FeedState) => void;
  readonly onMessage: (lane: Lane, message: MessageFrame) => void;
}

/** By which subscription a message came. */
export interface Lane {
  /** Rises with each connection. */
  readonly connection: number;
  /** Rises when other keys are asked for. */
  readonly era: number;
}

export interface Wanted {
  readonly keys: readonly string[];
  /** What the names of queues begin with; two hexadecimal digits follow. */
  readonly queue: string;
}

/** An old generation goes on for this long after its successor has begun, so that nothing falls between them. */
const OVERLAP_MS = 1_000;

const QUEUE_NUMBERS = 256;

/** Longer ones than this from one page mean that keys come from somewhere that they should not. */
const KEYS_MAX = 256;

/** The subscriptions that share a queue. */
interface Generation {
  readonly lane: Lane;
  readonly ids: readonly string[];
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #lasting: LastingLink;
  #wanted: Wanted = { keys: [], queue: "" };
  /** What the newest generation of subscriptions is for. */
  #subscribed: Wanted | null = null;
  #isChanging = false;
  /** Rises with each end of a connection. */
  #connection = 0;
  #era = 0;
  /** By the id of each subscription. */
  readonly #laneOf = new Map<string, Lane>();
  #open: Generation[] = [];
  #newest: MessageFrame | null = null;
  #unacknowledged = 0;
  #isLive = false;
  #retire: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    const { endpoint, now, onState } = options;
    this.#lasting = new LastingLink({
      // A feed starts with a log-in by which the page has just learned its rights.
      ...{ endpoint, now, onState, isTrusted: true },
      onConnected: () => {
        this.#subscribe();
      },
      onMessage: (_, message) => {
        const lane = this.#laneOf.get(message.subscription);
        if (lane !== undefined) options.onMessage(lane, message);
      },
      onEnded: () => {
        this.#ended();
      },
    });
  }

  get isStarted(): boolean {
    return this.#lasting.login !== null;
  }

  start(login: Login, wanted: Wanted): void {
    this.#wanted = wanted;
    this.#lasting.start(login);
  }

  stop(): void {
    this.#lasting.stop();
  }

  retryNow(): void {
    this.#lasting.retryNow();
  }

  renew(): void {
    this.#lasting.renew();
  }

  /** Reads under other keys from now on, on the same connection and without a gap. */
  want(wanted: Wanted): void {
    const { keys, queue } = this.#wanted;
    const same = keys.length === wanted.keys.length && keys.every((key, index) => key === wanted.keys[index]);
    if (same && queue === wanted.queue) return;
    this.#wanted = wanted;
    // While the last change is still under way, this one waits for it: typing asks for other keys many times a second.
    if (this.#isLive && !this.#isChanging) this.#subscribe();
  }

  /** Notes that the message was worked off, and with it all before it. */
  worked(lane: Lane, message: MessageFrame): void {
    if (lane.connection !== this.#connection) return;
    this.#newest = message;
    this.#unacknowledged += 1;
    // The broker has sent all that it may long before the page's next frame.
    if (this.#unacknowledged >= this.#options.prefetch / 4) this.acknowledge();
  }

  /** Acknowledges in one frame what was worked off since the last call. */
  acknowledge(): void {
    if (this.#newest !== null) this.#lasting.link?.acknowledge(this.#newest);
    this.#newest = null;
    this.#unacknowledged = 0;
  }

  /** Begins a generation for what is wanted. */
  #subscribe(): void {
    const { exchange, prefetch, queueMaxMessages, queueMaxBytes } = this.#options;
    if (this.#wanted !== this.#subscribed) this.#era += 1;
    this.#subscribed = this.#wanted;
    this.#isChanging = true;
    const keys = this.#wanted.keys.slice(0, KEYS_MAX);
    const lane: Lane = { connection: this.#connection, era: this.#era };
    const digits = Math.floor(Math.random() * QUEUE_NUMBERS)
      .toString(16)
      .padStart(2, "0");
    const headers = {
      ack: "client",
      exclusive: "true",
      "prefetch-count": String(Math.max(1, Math.ceil(prefetch / keys.length))),
      "x-queue-name": `${this.#wanted.queue}${digits}`,
      "x-max-length": String(queueMaxMessages),
      "x-max-length-bytes": String(queueMaxBytes),
    };
    const ids = keys.map((_, index) => `${exchange}-${lane.era}-${index}`);
    let open = 0;
    for (const [index, key] of keys.entries()) {
      const id = ids[index] ?? "";
      this.#laneOf.set(id, lane);
      const subscribed = (): void => {
        open += 1;
        if (open === keys.length) this.#settled({ lane, ids });
      };
      this.#lasting.link?.subscribe(id, `/exchange/${exchange}/${key}`, headers, subscribed, { kind: "exchange" });
    }
  }

  /** The generation has all its subscriptions: the feed is live, and older ones may go. */
  #settled(generation: Generation): void {
    if (!this.#isLive) {
      this.#isLive = true;
      this.#lasting.succeeded();
      this.#options.onState({ is: "live" });
    }
    this.#open.push(generation);
    clearTimeout(this.#retire);
    this.#retire = setTimeout(() => {
      this.#isChanging = false;
      for (const { ids } of this.#open.splice(0, this.#open.length - 1)) {
        for (const id of ids) {
          this.#lasting.link?.unsubscribe(id);
          this.#laneOf.delete(id);
        }
      }
      if (this.#wanted !== this.#subscribed) this.#subscribe();
    }, OVERLAP_MS);
  }

  #ended(): void {
    clearTimeout(this.#retire);
    this.#connection += 1;
    this.#newest = null;
    this.#unacknowledged = 0;
    this.#laneOf.clear();
    this.#open = [];
    this.#isChanging = false;
    this.#isLive = false;
  }
}
