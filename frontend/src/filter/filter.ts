/**
 * A filter as a whole: what an operator wrote, checked and composed.
 */

import { CompositionError, filtersOf } from "./compose";
import type { FlowFilter, FlowFilters } from "./flowfilter";
import { momentMs } from "./moment";
import { parseTerms, type FlagTerm, type Problem, type Term } from "./parse";
import { readRawFilters } from "./rawfilter";

export interface Filter extends FlowFilters {
  readonly terms: readonly Term[];
  /** In lower case: each must be found in a row's text, and none of `noWords`. */
  readonly words: readonly string[];
  readonly noWords: readonly string[];
  /** Milliseconds since 1970; a flow without a time passes neither. Relative times count from when the filter was read. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

export interface Reading {
  readonly terms: readonly Term[];
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  readonly isCommand: boolean;
  /** Null where there are problems. */
  readonly filter: Filter | null;
}

export const NO_FILTER: Filter = {
  terms: [],
  whitelist: [],
  blacklist: [],
  words: [],
  noWords: [],
  sinceMs: null,
  untilMs: null,
};

/** @param nowMs milliseconds since 1970, from which relative times count */
export function readFilter(text: string, nowMs: number): Reading {
  const { terms, problems, notes, isCommand } = parseTerms(text);
  const found = [...problems];
  const said = [...notes];
  const flags = terms.filter((term) => term.is === "flag");
  const problem = ({ start, end }: Term, words: string): void => {
    found.push({ start, end, words, unfinished: end === text.length });
  };
  const times = { since: null as number | null, until: null as number | null };
  const raw = { whitelist: [] as FlowFilter[], blacklist: [] as FlowFilter[] };
  for (const term of flags) {
    const { effect, name } = term.flag;
    if (effect.on === "time") {
      const ms = momentMs(term.text, nowMs);
      if (ms === null) problem(term, `--${name}: no time; 30s, 5m, 1h30m ago and 2026-01-31T12:00:00Z are`);
      times[effect.bound] = ms;
    } else if (effect.on === "raw") {
      const read = readRawFilters(term.text);
      if (read.ok) raw[effect.list].push(...read.value);
      else problem(term, `--${name}: the value ${read.why}`);
    }
  }
  const composed = (some: readonly FlagTerm[]): readonly FlowFilter[] => {
    try {
      return filtersOf(some);
    } catch (error) {
      if (!(error instanceof CompositionError)) throw error;
      problem(error.term, error.message);
      return [];
    }
  };
  const filtering = flags.filter(({ flag }) => flag.effect.on !== "time" && flag.effect.on !== "raw");
  const nots = filtering.filter(({ sense }) => sense === "not");
  const whitelist = [...composed(filtering.filter(({ sense }) => sense === "is")), ...raw.whitelist];
  const blacklist = [
    ...composed(nots),
    ...filtering.filter(({ sense }) => sense === "nor").flatMap((term) => composed([term])),
    ...raw.blacklist,
  ];
  if (new Set(nots.map(({ flag }) => flag.name)).size > 1) {
    said.push("As in hubble observe, only what matches all kinds of --not is left out. To leave out each, write --nor");
  }
  const wordTerms = terms.filter((term) => term.is === "word");
  const words = (sense: "is" | "not"): string[] => [
    ...new Set(
      wordTerms.filter((term) => term.sense === sense && term.text !== "").map((term) => term.text.toLowerCase()),
    ),
  ];
  const filter: Filter = {
    terms,
    whitelist,
    blacklist,
    words: words("is"),
    noWords: words("not"),
    sinceMs: times.since,
    untilMs: times.until,
  };
  return { terms, problems: found, notes: said, isCommand, filter: found.length === 0 ? filter : null };
}
