/**
 * Reads stretches of streams: from a place on, as many messages as the reader wants, over a connection of its own that goes when it is not needed.
 */

import type { MessageFrame } from "./frames";
import { Link, type Endpoint, type Login } from "./link";
import type { Trouble } from "./state";

/** Where a stretch begins: an offset, a time in whole seconds since 1970, or the last chunk. Some messages before it may come first. */
export type From = { readonly offset: number } | { readonly seconds: number } | "last";

export interface Stretch {
  readonly stream: string;
  readonly from: From;
  /** A stream does not tell that it has ended: silence for this long does. */
  readonly silenceMs: number;
  /** @returns whether to read on */
  readonly onMessage: (message: MessageFrame) => boolean;
}

/** What went wrong with the connection, as an exception. */
export class StreamError extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.kind);
    this.trouble = trouble;
  }
}

/** Messages that the broker sends ahead; few, so that the page keeps its frames while it reads. */
const PREFETCH = 64;

/** A subscription that has enough is ended when nothing can be on its way any more: an ended one to which a message still comes is an error to the broker. */
const DRAIN_SILENCE_MS = 500;

/** RabbitMQ 3.10 now and then ends a connection as a stream is subscribed to. */
const RETRY_AFTER_MS = [50, 250, 1_000];

/** The connection stays for this long after its last use. */
const IDLE_MS = 15_000;

/** How long the first message may take; a broker that opens a large stream, or has much to do, takes its time. Less would call it empty. */
const FIRST_MESSAGE_MS = 3_000;

interface Reading {
  readonly received: (message: MessageFrame) => void;
  readonly failed: (error: StreamError) => void;
}

export class Streams {
  readonly #endpoint: Endpoint;
  readonly #login: Login;
  #link: Promise<Link> | null = null;
  readonly #readings = new Map<string, Reading>();
  /** Called for each message of a subscription that has enough. */
  readonly #draining = new Map<string, () => void>();
  #count = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(endpoint: Endpoint, login: Login) {
    this.#endpoint = endpoint;
    this.#login = login;
  }

  /** Resolves when the reader has enough, or the stream fell silent. @throws StreamError */
  async read(stretch: Stretch): Promise<void> {
    let { from } = stretch;
    let next = 0;
    const onMessage = (message: MessageFrame): boolean => {
      // Should the connection end: from here on.
      if (message.offset !== null) {
        if (message.offset < next) return true;
        next = message.offset + 1;
        from = { offset: next };
      }
      return stretch.onMessage(message);
    };
    for (const waitMs of [...RETRY_AFTER_MS, null]) {
      try {
        await this.#read({ ...stretch, from, onMessage });
        return;
      } catch (error) {
        if (waitMs === null || this.#closed || !(error instanceof StreamError)) throw error;
        await new Promise((done) => setTimeout(done, waitMs));
      }
    }
  }

  async #read({ stream, from, silenceMs, onMessage }: Stretch): Promise<void> {
    clearTimeout(this.#idle);
    if (this.#closed) throw new StreamError({ kind: "lost" });
    this.#link ??= this.#connect();
    const link = await this.#link;
    if (!link.connected) throw new StreamError({ kind: "lost" });
    const id = `stretch-${(this.#count += 1)}`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((done, failed) => {
        const wait = (ms: number): void => {
          clearTimeout(timer);
          timer = setTimeout(done, ms);
        };
        let came = false;
        const received = (message: MessageFrame): void => {
          came = true;
          wait(silenceMs);
          if (onMessage(message)) link.acknowledge(message);
          else this.#drain(link, id, done);
        };
        this.#readings.set(id, { received, failed });
        const headers = {
          // Not "client": an acknowledgement would cover a subscription that is being ended, and have it sent more.
          ack: "client-individual",
          "prefetch-count": String(PREFETCH),
          "x-stream-offset": offsetOf(from),
        };
        const subscribed = (): void => {
          wait(came ? silenceMs : Math.max(silenceMs, FIRST_MESSAGE_MS));
        };
        link.subscribe(id, `/amq/queue/${stream}`, headers, subscribed, { kind: "forbidden" });
      });
    } finally {
      clearTimeout(timer);
      // Silent to its end: nothing is on its way.
      if (this.#readings.delete(id) && !this.#draining.has(id)) link.unsubscribe(id);
      this.#idle = setTimeout(() => {
        if (this.#readings.size === 0) this.#end();
      }, IDLE_MS);
    }
  }

  /** Lets what is on its way come, unacknowledged, so that no more is sent; then ends the subscription. */
  #drain(link: Link, id: string, done: () => void): void {
    let left = PREFETCH - 1;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      clearTimeout(timer);
      this.#draining.delete(id);
      link.unsubscribe(id);
    };
    timer = setTimeout(end, DRAIN_SILENCE_MS);
    this.#draining.set(id, () => {
      left -= 1;
      clearTimeout(timer);
      if (left === 0) end();
      else timer = setTimeout(end, DRAIN_SILENCE_MS);
    });
    done();
  }

  /** Ends the connection, and whatever is being read. */
  close(): void {
    this.#closed = true;
    for (const { failed } of this.#readings.values()) failed(new StreamError({ kind: "lost" }));
    this.#end();
  }

  async #connect(): Promise<Link> {
    return new Promise((done, failed) => {
      const link: Link = new Link(this.#endpoint, this.#login, {
        onConnected: () => {
          if (this.#closed) link.close();
          done(link);
        },
        onClosed: (trouble) => {
          this.#link = null;
          const error = new StreamError(trouble);
          failed(error);
          for (const reading of this.#readings.values()) reading.failed(error);
        },
        onMessage: (message) => {
          const { subscription } = message;
          const draining = this.#draining.get(subscription);
          if (draining === undefined) this.#readings.get(subscription)?.received(message);
          else draining();
        },
      });
    });
  }

  #end(): void {
    clearTimeout(this.#idle);
    void this.#link?.then(
      (link) => {
        link.close();
      },
      () => undefined,
    );
    this.#link = null;
  }
}

function offsetOf(from: From): string {
  if (from === "last") return from;
  return "offset" in from ? `offset=${from.offset}` : `timestamp=${from.seconds}`;
}
