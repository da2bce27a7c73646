/**
 * A flow as formatted JSON.
 */

import type { Flow } from "../wire/flow";
import { cut, seenLines } from "./visible";

/** Characters of one string that are shown, and of the whole text: a browser takes seconds to lay out a line of a megabyte. */
const STRING_CHARACTERS_MAX = 2_000;
const TEXT_CHARACTERS_MAX = 100_000;

/** The whole flow, for copying. */
export function wholeJson(flow: Flow): string {
  try {
    return JSON.stringify(flow, null, 2);
  } catch {
    return "(nested too deeply to be written)";
  }
}

/** The flow for reading: long strings cut, characters that can't be seen written out. */
export function shownJson(flow: Flow): { readonly text: string; readonly isCut: boolean } {
  let isCut = false;
  const shorten = (_: string, value: unknown): unknown => {
    if (typeof value !== "string" || value.length <= STRING_CHARACTERS_MAX) return value;
    isCut = true;
    return `${cut(value, STRING_CHARACTERS_MAX)} (${value.length} characters)`;
  };
  try {
    const text = JSON.stringify(flow, shorten, 2);
    if (text.length > TEXT_CHARACTERS_MAX) isCut = true;
    return { text: seenLines(cut(text, TEXT_CHARACTERS_MAX)), isCut };
  } catch {
    return { text: "(nested too deeply to be shown)", isCut: true };
  }
}
