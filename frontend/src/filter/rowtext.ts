/**
 * What free words are looked for in: the cells of a row in lower case, a line each, so that a word can't match across two cells.
 *
 * The time is apart. Its digits would match every number that is looked for, so it counts for words with a colon only.
 */

import { COLUMNS, LOCAL_READING } from "../flow/columns";
import { cut } from "../flow/visible";
import type { Flow } from "../wire/flow";

const TIME = "time";

const TEXT_COLUMNS = COLUMNS.filter(({ id }) => id !== TIME);
const TIME_COLUMN = COLUMNS.find(({ id }) => id === TIME);

export function rowText(flow: Flow): string {
  let text = "";
  for (const column of TEXT_COLUMNS) text += `${cut(column.text(flow, LOCAL_READING))}\n`;
  return text.toLowerCase();
}

/** The time as the table shows it, in the browser's zone. */
export function rowTime(flow: Flow): string {
  return TIME_COLUMN?.text(flow, LOCAL_READING) ?? "";
}

/** Whether a word may be a part of a time. */
export function mayBeTime(word: string): boolean {
  return word.includes(":");
}
