/**
 * How often the table is drawn: as often as it can be without costing the page its frames.
 *
 * Rows are committed once a frame whatever happens. But to replace every row in sight is by far the dearest thing that a frame can hold, and
 * nobody reads a table that changes sixty times a second. So where frames come late, the table is drawn less often, down to five times a
 * second, and scrolling, typing and the rest of the page stay smooth. Where they come in time it is drawn more often again, up to each frame.
 */

/** Time over which frames are judged. */
export const WINDOW_MS = 500;

/** A frame that takes longer than this is late by what is beyond: 50 frames a second are what we want at the least. */
const FRAME_MS_MAX = 20;

/** A gap as long as this is no late frame: the tab was hidden or nothing was to be drawn. */
const IDLE_MS = 1_000;

/** Share of the time that frames may be late before drawing slows down, and below which it speeds up. */
const LATE_TOO_MUCH = 0.08;
const LATE_LITTLE = 0.04;

const SLOWER = 1.5;
const FASTER = 0.85;

const FIRST_INTERVAL_MS = 33;
const SHORTEST_INTERVAL_MS = 15;
const LONGEST_INTERVAL_MS = 200;

export class Pace {
  /** Milliseconds between two drawings, at the least. */
  intervalMs = FIRST_INTERVAL_MS;

  #lastFrameMs = -Infinity;
  #lastDrawMs = -Infinity;
  #windowMs = 0;
  #lateMs = 0;

  /** To be told of each frame while rows keep coming. */
  frame(nowMs: number): void {
    const gapMs = nowMs - this.#lastFrameMs;
    this.#lastFrameMs = nowMs;
    if (gapMs >= IDLE_MS) return;
    this.#windowMs += gapMs;
    this.#lateMs += Math.max(0, gapMs - FRAME_MS_MAX);
    if (this.#windowMs < WINDOW_MS) return;
    const late = this.#lateMs / this.#windowMs;
    if (late > LATE_TOO_MUCH) this.intervalMs = Math.min(LONGEST_INTERVAL_MS, this.intervalMs * SLOWER);
    else if (late < LATE_LITTLE) this.intervalMs = Math.max(SHORTEST_INTERVAL_MS, this.intervalMs * FASTER);
    this.#windowMs = 0;
    this.#lateMs = 0;
  }

  /** Whether enough time has passed since the last drawing. */
  due(nowMs: number): boolean {
    return nowMs - this.#lastDrawMs >= this.intervalMs;
  }

  drawn(nowMs: number): void {
    this.#lastDrawMs = nowMs;
  }
}
