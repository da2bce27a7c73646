/**
 * Notices that the page did not run for a while: the computer slept, or the browser froze the tab.
 */

/** A page that runs gives signs of life several times a second; in a hidden tab timers may fire once a minute only. */
const VISIBLE_MS = 10_000;
const HIDDEN_MS = 90_000;

export class Sleep {
  /** When the page last ran before the present moment, in milliseconds since 1970. */
  lastSignMs: number;
  readonly #onWake: () => void;
  readonly #nowMs: () => number;
  #wasHidden = false;

  /** @param nowMs of a clock that goes on while the computer sleeps */
  constructor(onWake: () => void, nowMs: () => number = Date.now) {
    this.#onWake = onWake;
    this.#nowMs = nowMs;
    this.lastSignMs = nowMs();
  }

  /** The page runs. Cheap, to be called often. */
  sign(hidden: boolean): void {
    const nowMs = this.#nowMs();
    const limitMs = hidden || this.#wasHidden ? HIDDEN_MS : VISIBLE_MS;
    this.#wasHidden = hidden;
    const slept = nowMs - this.lastSignMs > limitMs;
    if (slept) this.#onWake();
    this.lastSignMs = nowMs;
  }
}
