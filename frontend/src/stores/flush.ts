/**
 * When what came in is committed: once a frame in a visible tab.
 *
 * A hidden tab has no frames, and its timers fire once a second, later once a minute. So there the message itself that asks for the flush
 * triggers it, when the last one is long enough ago; a timer covers the rest.
 */

export interface FlushClock {
  readonly now: () => number;
  readonly hidden: () => boolean;
  /** @returns a function that cancels */
  readonly onFrame: (run: () => void) => () => void;
  /** @returns a function that cancels */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Time between two flushes of a hidden tab. */
export const HIDDEN_INTERVAL_MS = 250;

/** A frame that was asked for may never come: the tab was hidden since, or its window is covered. */
export const FRAME_PATIENCE_MS = 500;

export class FlushScheduler {
  readonly #clock: FlushClock;
  readonly #flush: () => boolean;
  #lastFlush: number;
  #cancel: (() => void) | null = null;

  /** @param flush does the work, and says whether there is more to do in the next frame */
  constructor(clock: FlushClock, flush: () => boolean) {
    this.#clock = clock;
    this.#flush = flush;
    this.#lastFlush = clock.now();
  }

  /**
   * Sees to a flush soon. Cheap, to be called for each message.
   *
   * @param isFull whether so much has come that a hidden tab must not wait, or nothing more comes
   */
  request(isFull = false): void {
    const { hidden, now, onFrame, after } = this.#clock;
    if (hidden() && (isFull || now() - this.#lastFlush >= HIDDEN_INTERVAL_MS)) {
      this.#run();
      return;
    }
    if (this.#cancel !== null) return;
    const run = (): void => {
      this.#run();
    };
    if (hidden()) {
      this.#cancel = after(HIDDEN_INTERVAL_MS, run);
      return;
    }
    const cancelFrame = onFrame(run);
    const cancelTimer = after(FRAME_PATIENCE_MS, run);
    this.#cancel = () => {
      cancelFrame();
      cancelTimer();
    };
  }

  dispose(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #run(): void {
    this.dispose();
    this.#lastFlush = this.#clock.now();
    if (this.#flush()) this.request();
  }
}
