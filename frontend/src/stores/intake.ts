/**
 * Messages that have come and were not looked into yet. Each frame takes as many as fit into its budget of time, in order; what has waited for too long
 * is let go unread, oldest first. So however fast they come, the page keeps its frames, and what it shows is at most a second old.
 */

import type { Lane } from "./ordinals";

export interface Raw {
  readonly lane: Lane;
  readonly key: string;
  readonly body: string;
  /** Milliseconds of the clock that the store is given. */
  readonly cameMs: number;
  /** Called once the message was worked off, or need not be waited for, for its acknowledgement. */
  readonly done: () => void;
}

/** Messages that wait longer are let go. */
export const SHED_AFTER_MS = 1_000;

/**
 * While no more than this waits, a message is as good as worked off when it comes: the broker sends the next ones meanwhile, however small they are.
 * With more, it is told only as they are worked off, and keeps the rest in its queue.
 */
const WAITING_FREE_CHARS = 1_000_000;

/** Never more than these, whatever their age. */
const WAITING_MAX = 20_000;

export class Intake {
  #waiting: Raw[] = [];
  #head = 0;
  #chars = 0;
  /** So many of those that wait are told as worked off: always the oldest, as one stands for all before it. */
  #told = 0;

  get size(): number {
    return this.#waiting.length - this.#head;
  }

  push(raw: Raw): void {
    this.#waiting.push(raw);
    this.#chars += raw.body.length;
    if (this.#chars > WAITING_FREE_CHARS) return;
    this.#told = this.size;
    raw.done();
  }

  /** @returns the next message and whether to read it (or to let it go unread), null where none waits */
  next(nowMs: number): { readonly raw: Raw; readonly read: boolean } | null {
    const raw = this.#waiting[this.#head];
    if (raw === undefined) return null;
    const read = nowMs - raw.cameMs <= SHED_AFTER_MS && this.size <= WAITING_MAX;
    this.#head += 1;
    this.#chars -= raw.body.length;
    if (this.#told > 0) this.#told -= 1;
    else raw.done();
    if (this.#head === this.#waiting.length || this.#head > 4_096) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return { raw, read };
  }

  clear(): void {
    this.#waiting = [];
    this.#head = 0;
    this.#chars = 0;
    this.#told = 0;
  }
}
