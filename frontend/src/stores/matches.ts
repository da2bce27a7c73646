/**
 * The rows of a source that pass a predicate, newest first, found a slice at a time.
 *
 * A hundred thousand rows may take longer to search than a frame lasts. As the search goes from the newest row to the oldest, what the operator
 * looks at is right in the first slice, and where that does not reach the end the count settles within a few frames.
 */

import type { RowSource } from "./ring";
import type { Row } from "./row";

export type Predicate = (row: Row) => boolean;

/** Rows looked at between two looks at the clock. */
const ROWS_PER_LOOK = 256;

export class Matches {
  #source: RowSource;
  readonly #predicate: Predicate | null;
  readonly #floor: number;

  /** Ordinals of matches that came after the search began, rising; `#head` of them were evicted since. */
  #newer: number[] = [];
  #head = 0;
  /** Ordinals of matches that were there when it began, falling. */
  readonly #older: number[] = [];
  #scannedUpTo: number;
  #scannedDownTo: number;
  #evicted = 0;

  /**
   * @param predicate null lets everything through, at no cost
   * @param floor the lowest ordinal to look at
   */
  constructor(source: RowSource, predicate: Predicate | null, floor = -Infinity) {
    this.#source = source;
    this.#predicate = predicate;
    this.#floor = floor;
    this.#scannedUpTo = source.end;
    this.#scannedDownTo = source.end;
  }

  get #bottom(): number {
    return Math.max(this.#floor, this.#source.first);
  }

  /** Ordinals of the source, from its oldest row up to but without its end. */
  get first(): number {
    return this.#bottom;
  }

  get end(): number {
    return this.#source.end;
  }

  /** Whether every row of the source was looked at. */
  get complete(): boolean {
    return this.#predicate === null || this.#scannedDownTo <= this.#bottom;
  }

  get count(): number {
    if (this.#predicate === null) return Math.max(0, this.#source.end - this.#bottom);
    return this.#newer.length - this.#head + this.#older.length;
  }

  /** Matches ever, with those that the ring has dropped since they were found. */
  get total(): number {
    if (this.#predicate === null)
      return this.#source.end - (Number.isFinite(this.#floor) ? this.#floor : this.#source.first);
    return this.count + this.#evicted;
  }

  /** @param index 0 is the newest match */
  at(index: number): Row | undefined {
    const seq = this.#seqAt(index);
    return seq === undefined ? undefined : this.#source.at(seq);
  }

  /** @returns the index of the row, or of the next older match; -1 where there is none */
  indexOf(seq: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seqAt(middle) ?? -1) > seq) low = middle + 1;
      else high = middle;
    }
    return low < this.count ? low : -1;
  }

  /** Goes on over another source that holds the same rows, such as a snapshot of this one. */
  rebase(source: RowSource): void {
    this.#source = source;
  }

  /** A search through the same rows for what passes another predicate. */
  under(predicate: Predicate | null): Matches {
    return new Matches(this.#source, predicate, this.#floor);
  }

  /** Takes in what came to the source and what left it since the last call. */
  advance(): void {
    if (this.#predicate === null) return;
    for (let seq = this.#scannedUpTo; seq < this.#source.end; seq += 1) {
      const row = this.#source.at(seq);
      if (row !== undefined && this.#predicate(row)) this.#newer.push(seq);
    }
    this.#scannedUpTo = this.#source.end;
    this.#evict();
  }

  /** Goes on with the search until the clock says stop. */
  search(now: () => number, budgetMs: number): void {
    if (this.#predicate === null) return;
    const until = now() + budgetMs;
    while (!this.complete) {
      const stop = Math.max(this.#bottom, this.#scannedDownTo - ROWS_PER_LOOK);
      for (let seq = this.#scannedDownTo - 1; seq >= stop; seq -= 1) {
        const row = this.#source.at(seq);
        if (row !== undefined && this.#predicate(row)) this.#older.push(seq);
      }
      this.#scannedDownTo = stop;
      if (now() >= until) return;
    }
  }

  #seqAt(index: number): number | undefined {
    if (index < 0) return undefined;
    if (this.#predicate === null) {
      const seq = this.#source.end - 1 - index;
      return seq >= this.#bottom ? seq : undefined;
    }
    const newer = this.#newer.length - this.#head;
    return index < newer ? this.#newer[this.#newer.length - 1 - index] : this.#older[index - newer];
  }

  #evict(): void {
    const first = this.#source.first;
    const older = this.#older;
    const before = this.count;
    while (older.length > 0 && (older[older.length - 1] as number) < first) older.pop();
    while (this.#head < this.#newer.length && (this.#newer[this.#head] as number) < first) this.#head += 1;
    if (this.#head > 4096 && this.#head * 2 > this.#newer.length) {
      this.#newer = this.#newer.slice(this.#head);
      this.#head = 0;
    }
    this.#evicted += before - this.count;
  }
}
