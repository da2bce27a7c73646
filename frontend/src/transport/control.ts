/**
 * The connection on which the page learns what its user may see, before it asks for anything: the newest message of the user's own stream. The
 * subscription stays, and a later message replaces the document.
 */

import { documentStream } from "../wire/topology";
import { LastingLink } from "./lastinglink";
import type { Endpoint, Link, Login } from "./link";
import type { FeedState } from "./state";

export interface ControlOptions {
  readonly endpoint: Endpoint;
  readonly now: () => number;
  readonly onState: (state: FeedState) => void;
  readonly onDocument: (body: string) => void;
}

/** A stream that holds no message sends none; after this long there is none. */
const DOCUMENT_TIMEOUT_MS = 2_000;

const PREFETCH = 10;
const ID = "viewer";

export class Control {
  readonly #lasting: LastingLink;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ endpoint, now, onState, onDocument }: ControlOptions) {
    this.#lasting = new LastingLink({
      ...{ endpoint, now, onState, isTrusted: false },
      onConnected: (link) => {
        this.#subscribe(link);
      },
      onMessage: (link, message) => {
        clearTimeout(this.#timer);
        link.acknowledge(message);
        this.#lasting.succeeded();
        onState({ is: "live" });
        onDocument(message.body);
      },
      onEnded: () => {
        clearTimeout(this.#timer);
      },
    });
  }

  start(login: Login): void {
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

  #subscribe(link: Link): void {
    const { login } = this.#lasting;
    if (login === null) return;
    // `last` begins at the last chunk, which may hold more than the last message: the last one to come is the one that counts.
    const headers = { ack: "client-individual", "prefetch-count": String(PREFETCH), "x-stream-offset": "last" };
    const subscribed = (): void => {
      this.#timer = setTimeout(() => {
        this.#lasting.fail({ kind: "no-rights" });
      }, DOCUMENT_TIMEOUT_MS);
    };
    link.subscribe(ID, `/amq/queue/${documentStream(login.user)}`, headers, subscribed, { kind: "no-rights" });
  }
}
