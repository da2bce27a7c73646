/**
 * Flows as CSV (RFC 4180): the columns that are shown, each text whole. A spreadsheet takes some texts for formulas, and every text may come from
 * a workload, so such a text gets an apostrophe before it.
 */

import type { Column, Reading } from "../flow/columns";
import { seen } from "../flow/visible";
import type { Flow } from "../wire/flow";

/** What spreadsheets take for the beginning of a formula, in full width too. A tab or a line break before it is skipped by them. */
const FORMULA = /^[\t\r\n ]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/;

const NEEDS_QUOTES = /[",\r\n]/;

const LINE_END = "\r\n";

export function csvHead(columns: readonly Column[]): string {
  return columns.map(({ title }) => csvField(title)).join(",") + LINE_END;
}

/** Times are given as Hubble gave them, for they are to be sorted and compared. */
export function csvLine(flow: Flow, columns: readonly Column[], reading: Reading): string {
  return (
    columns.map((column) => csvField(column.id === "time" ? (flow.time ?? "") : column.text(flow, reading))).join(",") +
    LINE_END
  );
}

export function csvField(text: string): string {
  // Control characters would reach the terminal of whoever prints the file.
  const visible = seen(text);
  const safe = FORMULA.test(text) ? `'${visible}` : visible;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
