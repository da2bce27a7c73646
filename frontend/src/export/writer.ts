/**
 * Writes many rows as text, a slice at a time, so that no frame waits for the file.
 */

import type { Row } from "../stores/row";

/** Rows written between two looks at the clock. */
const ROWS_PER_LOOK = 64;

export class RowWriter {
  readonly total: number;
  readonly #rows: readonly Row[];
  readonly #line: (row: Row) => string;
  #chunk: string;
  #written = 0;

  /** @param head stands before the first row */
  constructor(rows: readonly Row[], head: string, line: (row: Row) => string) {
    this.#rows = rows;
    this.total = rows.length;
    this.#chunk = head;
    this.#line = line;
  }

  get written(): number {
    return this.#written;
  }

  get done(): boolean {
    return this.#written === this.total;
  }

  /** Goes on until the clock says stop. @returns the text that came to be */
  write(now: () => number, budgetMs: number): string {
    const until = now() + budgetMs;
    let chunk = this.#chunk;
    this.#chunk = "";
    while (!this.done) {
      const end = Math.min(this.total, this.#written + ROWS_PER_LOOK);
      for (let index = this.#written; index < end; index += 1) chunk += this.#line(this.#rows[index] as Row);
      this.#written = end;
      if (now() >= until) break;
    }
    return chunk;
  }
}

/** For example hubblecast-20260102T030405Z.csv. */
export function fileName(ms: number, extension: string): string {
  const stamp = new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "");
  return `hubblecast-${stamp}.${extension}`;
}
