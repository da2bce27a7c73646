/**
 * How many flows of each verdict fell into each span of time, over all rows of the buffer. Rows that come are added and rows that go are taken
 * away, so that a frame costs what has changed in it and not what is there; only when the spans no longer fit the buffer are they counted anew,
 * from two arrays of numbers.
 */

import type { RowSource } from "../stores/ring";
import { GROUPS, groupOf } from "./groups";

/** Widths of spans to choose from, in milliseconds. */
const STEPS_MS = [
  ...[
    100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
  ],
  ...[3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000],
];

/** Spans that the buffer is cut into, at the most; below the other number a narrower one is looked for. */
export const BINS_MAX = 150;
const BINS_MIN = 50;

/** Rows looked at for where the buffer begins and ends in time. */
const SAMPLES = 1_000;

/** Share of the times at either end that a clock gone wrong may have made. */
const STRAYS = 0.005;

/** No stray is what lies this close to the rest, as a share of its length. */
const CLOSE = 0.1;

/** Farther than this from the middle is no time of this buffer. */
const FAR_MS = 7 * 86_400_000;

export interface Histogram {
  readonly stepMs: number;
  /** Where each span begins, in milliseconds since 1970, rising without holes. */
  readonly startsMs: readonly number[];
  /** By group, then by span. */
  readonly counts: readonly (readonly number[])[];
  /** Flows in each group, over the whole buffer. */
  readonly totals: readonly number[];
}

export class VerdictBins {
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #groups: Uint8Array;
  readonly #totals = new Array<number>(GROUPS.length).fill(0);
  #first = 0;
  #end = 0;
  #stepMs = 1_000;
  #bins = new Map<number, Uint32Array>();

  /** @param capacity as many rows as the buffer keeps */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#groups = new Uint8Array(capacity);
  }

  /**
   * Takes in what came to the buffer and what left it.
   *
   * @param rowsMax so many rows at once at the most
   * @returns whether that was all
   */
  advance(source: RowSource, rowsMax = Infinity): boolean {
    // A held past may have grown beyond what the page keeps; then its newest part is counted.
    const first = Math.max(source.first, source.end - this.#capacity);
    if (first >= this.#end || source.end <= this.#first) this.restart(source.end);
    while (this.#first < first) this.#count(this.#first++, -1);
    let left = rowsMax;
    for (; this.#end < source.end && left > 0; left -= 1) this.#take(source, this.#end++);
    // Older rows come in below the others, and only as long as there is room.
    for (; this.#first > first && left > 0; left -= 1) this.#take(source, --this.#first);
    return this.#end === source.end && this.#first === first;
  }

  /** Null while there is nothing to show. */
  histogram(): Histogram | null {
    const span = this.#span();
    if (span === null) return null;
    this.#fitStep(span.lastMs - span.firstMs);
    const stepMs = this.#stepMs;
    const firstBin = Math.floor(span.firstMs / stepMs);
    const lastBin = Math.floor(span.lastMs / stepMs);
    const startsMs: number[] = [];
    const counts = GROUPS.map((): number[] => []);
    for (let bin = firstBin; bin <= lastBin; bin += 1) {
      startsMs.push(bin * stepMs);
      const found = this.#bins.get(bin);
      for (const [group, list] of counts.entries()) list.push(found?.[group] ?? 0);
    }
    return { stepMs, startsMs, counts, totals: [...this.#totals] };
  }

  /** The newest row that was counted, by its ordinal. */
  get newest(): number {
    return this.#end - 1;
  }

  /** Forgets everything, to go on with other rows. @param end behind the newest of them */
  restart(end: number): void {
    this.#bins.clear();
    this.#totals.fill(0);
    this.#first = end;
    this.#end = end;
  }

  #take(source: RowSource, seq: number): void {
    const row = source.at(seq);
    const slot = this.#slot(seq);
    this.#times[slot] = row?.ms ?? NaN;
    this.#groups[slot] = groupOf(row?.flow.verdict);
    this.#count(seq, 1);
  }

  #count(seq: number, by: 1 | -1): void {
    const slot = this.#slot(seq);
    const group = this.#groups[slot] ?? 0;
    this.#totals[group] = (this.#totals[group] ?? 0) + by;
    this.#countTime(this.#times[slot] ?? NaN, group, by);
  }

  #countTime(ms: number, group: number, by: 1 | -1): void {
    if (Number.isNaN(ms)) return;
    const bin = Math.floor(ms / this.#stepMs);
    let counts = this.#bins.get(bin);
    if (counts === undefined) {
      counts = new Uint32Array(GROUPS.length);
      this.#bins.set(bin, counts);
    }
    counts[group] = (counts[group] ?? 0) + by;
    if (by < 0 && counts.every((count) => count === 0)) this.#bins.delete(bin);
  }

  /** From when to when the buffer's flows are, without the few whose clock was wrong. */
  #span(): { readonly firstMs: number; readonly lastMs: number } | null {
    const size = this.#end - this.#first;
    const stride = Math.max(1, Math.floor(size / SAMPLES));
    const samples: number[] = [];
    for (let seq = this.#end - 1; seq >= this.#first; seq -= stride) {
      const ms = this.#times[this.#slot(seq)] ?? NaN;
      if (!Number.isNaN(ms)) samples.push(ms);
    }
    samples.sort((a, b) => a - b);
    const middle = samples[samples.length >> 1];
    if (middle === undefined) return null;
    const near = samples.filter((ms) => Math.abs(ms - middle) <= FAR_MS);
    const strays = Math.floor(near.length * STRAYS);
    const low = near[strays] ?? middle;
    const high = near[near.length - 1 - strays] ?? middle;
    const margin = (high - low) * CLOSE;
    return {
      firstMs: near.find((ms) => ms >= low - margin) ?? middle,
      lastMs: near.findLast((ms) => ms <= high + margin) ?? middle,
    };
  }

  #fitStep(spanMs: number): void {
    const bins = spanMs / this.#stepMs;
    if (bins <= BINS_MAX && bins >= BINS_MIN) return;
    const stepMs = STEPS_MS.find((step) => spanMs / step <= BINS_MAX) ?? 86_400_000;
    if (stepMs === this.#stepMs) return;
    this.#stepMs = stepMs;
    this.#bins.clear();
    for (let seq = this.#first; seq < this.#end; seq += 1) {
      const slot = this.#slot(seq);
      this.#countTime(this.#times[slot] ?? NaN, this.#groups[slot] ?? 0, 1);
    }
  }

  #slot(seq: number): number {
    return ((seq % this.#capacity) + this.#capacity) % this.#capacity;
  }
}
