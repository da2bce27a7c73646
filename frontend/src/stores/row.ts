/**
 * A row: a flow, and what every search and count asks of it, worked out once as it comes.
 */

import { rowText } from "../filter/rowtext";
import { SharedEndpoints } from "../flow/shared";
import { TimeReader } from "../flow/time";
import type { Flow } from "../wire/flow";
import type { Gap } from "./loss";

export interface Row {
  /** Place among the rows: rising in the order of arrival from 0, falling below 0 into the past. A gap's lies between two rows. */
  readonly seq: number;
  readonly flow: Flow;
  /** The flow's time in milliseconds since 1970, NaN where it has none. */
  readonly ms: number;
  /** What words are looked for in. */
  readonly text: string;
  /** Set in a row that stands for a loss; its flow is empty then. No such row is in a ring. */
  readonly gap?: Gap;
}

export class RowMaker {
  readonly #endpoints = new SharedEndpoints();
  readonly #times = new TimeReader();

  /** @param flow becomes the row's own: its endpoints are shared with those of other rows */
  make(seq: number, flow: Flow): Row {
    this.#endpoints.share(flow);
    return { seq, flow, ms: this.#times.read(flow.time), text: rowText(flow) };
  }
}

/** The row that stands for a gap. */
export function gapRow(gap: Gap, nth: number): Row {
  // Between two rows there is room for many.
  return { seq: (gap.seq ?? 0) - 1 / (nth + 2), flow: {}, ms: NaN, text: "", gap };
}
