/**
 * The session's connections to the broker: on the first the page learns what its user may see, on the others flows and statuses come.
 */

import { Control } from "../transport/control";
import { Feed, type Lane, type Wanted } from "../transport/feed";
import type { MessageFrame } from "../transport/frames";
import type { Endpoint, Login } from "../transport/link";
import type { FeedState } from "../transport/state";
import { FLOWS_EXCHANGE, STATUS_EXCHANGE } from "../wire/topology";

/**
 * Messages on the way to the page or in its hands. The broker's connection holds what a page that does not keep up has yet to read, and is ended
 * where that is too much (docs/viewers.md): what is beyond these waits in the queue, which has bounds and drops the oldest.
 */
export const FLOWS_PREFETCH = 128;

/** The broker keeps this much for a page that does not keep up, then drops the oldest. */
const FLOWS_QUEUE_MESSAGES = 20_000;
const FLOWS_QUEUE_BYTES = 16 * 1024 * 1024;

const STATUS_PREFETCH = 50;
const STATUS_QUEUE_MESSAGES = 200;
const STATUS_QUEUE_BYTES = 8 * 1024 * 1024;

export interface FeedsEvents {
  readonly onControlState: (state: FeedState) => void;
  readonly onFlowsState: (state: FeedState) => void;
  readonly onStatusState: (state: FeedState) => void;
  /** What the user may see, as it stands in the broker. */
  readonly onDocument: (body: string) => void;
  /** @param worked to be called once the flows were worked off */
  readonly onFlows: (lane: Lane, message: MessageFrame, worked: () => void) => void;
  readonly onStatus: (body: string) => void;
}

export class Feeds {
  readonly #control: Control;
  readonly #flows: Feed;
  readonly #status: Feed;
  #login: Login | null = null;

  /** @param now milliseconds of any clock */
  constructor(endpoint: Endpoint, now: () => number, events: FeedsEvents) {
    const { onDocument, onControlState, onFlows, onFlowsState, onStatus, onStatusState } = events;
    this.#control = new Control({ endpoint, now, onState: onControlState, onDocument });
    this.#flows = new Feed({
      ...{ endpoint, now, exchange: FLOWS_EXCHANGE, onState: onFlowsState },
      prefetch: FLOWS_PREFETCH,
      queueMaxMessages: FLOWS_QUEUE_MESSAGES,
      queueMaxBytes: FLOWS_QUEUE_BYTES,
      onMessage: (lane, message) => {
        onFlows(lane, message, () => {
          this.#flows.worked(lane, message);
        });
      },
    });
    this.#status = new Feed({
      ...{ endpoint, now, exchange: STATUS_EXCHANGE, onState: onStatusState },
      prefetch: STATUS_PREFETCH,
      queueMaxMessages: STATUS_QUEUE_MESSAGES,
      queueMaxBytes: STATUS_QUEUE_BYTES,
      onMessage: (lane, message) => {
        onStatus(message.body);
        this.#status.worked(lane, message);
        this.#status.acknowledge();
      },
    });
  }

  /** Null while nobody is logged in. */
  get login(): Login | null {
    return this.#login;
  }

  /** Asks what the user may see. */
  start(login: Login): void {
    this.#login = login;
    this.#control.start(login);
  }

  readFlows(wanted: Wanted): void {
    this.#read(this.#flows, wanted);
  }

  readStatuses(wanted: Wanted): void {
    this.#read(this.#status, wanted);
  }

  /** Lets the broker send on for what was worked off. */
  acknowledge(): void {
    this.#flows.acknowledge();
  }

  retryNow(): void {
    for (const one of this.#all) one.retryNow();
  }

  /** Gives up the connections, and what has piled up behind them, for new ones. */
  renew(): void {
    for (const one of this.#all) one.renew();
  }

  stop(): void {
    this.#login = null;
    for (const one of this.#all) one.stop();
  }

  get #all(): readonly (Control | Feed)[] {
    return [this.#control, this.#flows, this.#status];
  }

  #read(feed: Feed, wanted: Wanted): void {
    if (this.#login === null) return;
    if (wanted.keys.length === 0) feed.stop();
    else if (feed.isStarted) feed.want(wanted);
    else feed.start(this.#login, wanted);
  }
}
