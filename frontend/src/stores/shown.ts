/**
 * What the table shows: the rows that match, newest first, with the gaps at their places between them. No filter hides a gap.
 */

import type { Gap } from "./loss";
import type { Matches } from "./matches";
import { gapRow, type Row } from "./row";

export class Shown {
  readonly #matches: Matches;
  /** Rows of the gaps, newest first. */
  readonly #gaps: readonly Row[];

  /** @param gaps rising by place; those without a place, or outside of the rows, are left out */
  constructor(matches: Matches, gaps: readonly Gap[]) {
    this.#matches = matches;
    this.#gaps = rowsOf(gaps, matches);
  }

  get count(): number {
    return this.#matches.count + this.#gaps.length;
  }

  /** @param index 0 is the newest */
  at(index: number): Row | undefined {
    // How many gaps stand above the index: their places rise with their number.
    let low = 0;
    let high = this.#gaps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#indexOfGap(middle) < index) low = middle + 1;
      else high = middle;
    }
    const gap = this.#gaps[low];
    if (gap !== undefined && this.#indexOfGap(low) === index) return gap;
    return this.#matches.at(index - low);
  }

  /** @returns the index of the row, or of the next older one; -1 where there is none */
  indexOf(seq: number): number {
    let above = 0;
    while (above < this.#gaps.length && (this.#gaps[above]?.seq ?? 0) > seq) above += 1;
    if (this.#gaps[above]?.seq === seq) return this.#indexOfGap(above);
    const index = this.#matches.indexOf(Math.floor(seq));
    return index < 0 ? -1 : index + above;
  }

  #indexOfGap(nth: number): number {
    const below = this.#matches.indexOf(Math.floor(this.#gaps[nth]?.seq ?? 0));
    return (below < 0 ? this.#matches.count : below) + nth;
  }
}

/** Made once for a gap, as the table tells rows by identity. */
const known = new WeakMap<Gap, Row>();

function rowsOf(gaps: readonly Gap[], matches: Matches): readonly Row[] {
  const rows: Row[] = [];
  let nth = 0;
  let before: number | null = null;
  for (const gap of gaps) {
    if (gap.seq === null || gap.seq < matches.first || gap.seq > matches.end) continue;
    nth = gap.seq === before ? nth + 1 : 0;
    before = gap.seq;
    const row = known.get(gap) ?? gapRow(gap, nth);
    known.set(gap, row);
    rows.push(row);
  }
  return rows.reverse();
}
