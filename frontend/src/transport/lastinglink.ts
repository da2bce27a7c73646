/**
 * A connection that is made again for as long as it is wanted, with growing waits between the tries.
 */

import { backoffMs } from "./backoff";
import type { MessageFrame } from "./frames";
import { Link, type Endpoint, type Login } from "./link";
import type { FeedState, Trouble } from "./state";

export interface LastingLinkOptions {
  readonly endpoint: Endpoint;
  /** Milliseconds of any clock. */
  readonly now: () => number;
  /** Whether the log-in was good a moment ago. Else the first refusal is believed. */
  readonly isTrusted: boolean;
  readonly onState: (state: FeedState) => void;
  /** The broker has let the page in: time to subscribe. */
  readonly onConnected: (link: Link) => void;
  /** From the present connection only. */
  readonly onMessage: (link: Link, message: MessageFrame) => void;
  /** What belonged to the last connection is gone with it. */
  readonly onEnded: () => void;
}

/** Refused although it was good, another tab may have taken back the cookie that hands the log-in over. */
const REFUSALS_BORNE = 2;

export class LastingLink {
  readonly #options: LastingLinkOptions;
  #login: Login | null = null;
  #link: Link | null = null;
  #wasGood = false;
  /** Tries that failed since the last success. */
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LastingLinkOptions) {
    this.#options = options;
  }

  /** Null while it is not wanted. */
  get login(): Login | null {
    return this.#login;
  }

  /** The present connection, which may not be open yet; null between two tries. */
  get link(): Link | null {
    return this.#link;
  }

  start(login: Login): void {
    this.stop();
    this.#login = login;
    this.#wasGood = this.#options.isTrusted;
    this.#failures = 0;
    this.#connect();
  }

  /** Ends the connection and forgets the log-in. */
  stop(): void {
    this.#login = null;
    this.#end({ is: "stopped", trouble: null });
  }

  /** Does not wait for the next try: for the moment when the browser says that the network is back. */
  retryNow(): void {
    if (this.#login === null || this.#link !== null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** Gives up the connection, and whatever has piled up behind it, for a new one. */
  renew(): void {
    if (this.#login === null) return;
    this.#end(null);
    this.#connect();
  }

  /** The connection does what it is for: what fails from now on counts anew. */
  succeeded(): void {
    this.#failures = 0;
    this.#wasGood = true;
  }

  /** Gives the connection up, to be tried again; or for good, where the log-in is refused. */
  fail(trouble: Trouble): void {
    this.#failures += 1;
    if (trouble.kind === "credentials" && (!this.#wasGood || this.#failures > REFUSALS_BORNE)) {
      // The same password would be refused again, and some brokers lock out those who insist.
      this.#login = null;
      this.#end({ is: "stopped", trouble });
      return;
    }
    const waitMs = backoffMs(this.#failures, Math.random);
    this.#end({ is: "waiting", trouble, retryAtMs: this.#options.now() + waitMs });
    this.#timer = setTimeout(() => {
      this.#connect();
    }, waitMs);
  }

  #connect(): void {
    const { endpoint, onState, onConnected, onMessage } = this.#options;
    if (this.#login === null) return;
    const link: Link = new Link(endpoint, this.#login, {
      onConnected: () => {
        if (this.#link !== link) return;
        onState({ is: "subscribing" });
        onConnected(link);
      },
      onClosed: (trouble) => {
        if (this.#link === link) this.fail(trouble);
      },
      onMessage: (message) => {
        if (this.#link === link) onMessage(link, message);
      },
    });
    this.#link = link;
    onState({ is: "connecting" });
  }

  #end(state: FeedState | null): void {
    clearTimeout(this.#timer);
    const link = this.#link;
    this.#link = null;
    this.#options.onEnded();
    link?.close();
    if (state !== null) this.#options.onState(state);
  }
}
