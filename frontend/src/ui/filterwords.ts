/**
 * What is to be said of the filter.
 */

import { cut, seen } from "../flow/visible";
import type { FilterStore } from "../stores/filter";

const CHARACTERS_MAX = 400;

export interface FilterWords {
  /** "" for nothing. */
  readonly text: string;
  readonly tone?: "bad";
}

/** @param isTyping whether the operator is at it: then what is merely not finished is not worth a word */
export function filterWords(filter: FilterStore, isTyping: boolean): FilterWords {
  const problems = filter.problems.filter(({ unfinished }) => !isTyping || !unfinished);
  const [first] = problems;
  if (first === undefined) return { text: shown(filter.reading.notes.join(". ")) };
  const others = problems.length - 1;
  const inForce = filter.textInForce.trim();
  const wrong = first.words + (others > 0 ? ` (and ${others} more)` : "");
  const stop = wrong.endsWith("?") ? "" : ".";
  const text = `${wrong}${stop} Still in force: ${inForce === "" ? "no filter" : inForce}`;
  return { text: shown(text), tone: "bad" };
}

function shown(text: string): string {
  return seen(cut(text, CHARACTERS_MAX));
}
