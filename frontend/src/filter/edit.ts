/**
 * Changes to a filter's text that keep the rest of it as the operator wrote it.
 */

import { conflict } from "./conflicts";
import { parseTerms, type FlagTerm, type Term } from "./parse";
import { shellQuoted } from "./shellwords";

/** A flag and its value, to be included or excluded. */
export interface Choice {
  readonly flag: string;
  /** "" for a flag that takes none. */
  readonly value: string;
}

export type Standing = "included" | "excluded" | null;

/** How the filter stands to a choice. */
export function standing(terms: readonly Term[], { flag, value }: Choice): Standing {
  const term = terms.find((one) => isChoice(one, flag, value));
  if (term === undefined) return null;
  return term.sense === "is" ? "included" : "excluded";
}

/** Asks for the choice as well. What stands against it goes: its exclusion, and flags that mean nothing beside it. */
export function included(text: string, choice: Choice): string {
  const { terms } = parseTerms(text);
  if (standing(terms, choice) === "included") return text;
  const against = terms.filter(
    (term) =>
      isChoice(term, choice.flag, choice.value) ||
      (term.is === "flag" && term.sense === "is" && conflict(term.flag.name, choice.flag)) ||
      isSameBound(term, choice),
  );
  return appended(without(text, against), written(choice));
}

/** Leaves out what matches the choice. */
export function excluded(text: string, choice: Choice): string {
  const { terms } = parseTerms(text);
  if (standing(terms, choice) === "excluded") return text;
  const rest = without(
    text,
    terms.filter((term) => isChoice(term, choice.flag, choice.value)),
  );
  return appended(rest, `--${exclusion(parseTerms(rest).terms, choice.flag)} ${written(choice)}`);
}

/** Takes the choice out of the filter again. */
export function dropped(text: string, { flag, value }: Choice): string {
  return without(
    text,
    parseTerms(text).terms.filter((term) => isChoice(term, flag, value)),
  );
}

/** The text without some of its terms. */
export function without(text: string, terms: readonly Term[]): string {
  let rest = text;
  for (const { start, end } of [...terms].sort((a, b) => b.start - a.start)) {
    rest = `${rest.slice(0, start).trimEnd()} ${rest.slice(end).trimStart()}`;
  }
  return terms.length === 0 ? text : rest.trim();
}

/** The text with one of its terms turned round: what was asked for is left out, and the other way round. */
export function negated(text: string, term: Term): string {
  const sense =
    term.sense !== "is" ? "" : term.is === "word" ? "--not " : `--${exclusion(others(text, term), term.flag.name)} `;
  return `${text.slice(0, term.start)}${sense}${termText(term)}${text.slice(term.end)}`;
}

/** The terms alone, as a filter of their own: without the command, without flags that mean nothing here, without passwords. */
export function tidied(text: string): string {
  return parseTerms(text)
    .terms.map((term) => (term.sense === "is" ? "" : `--${term.sense} `) + termText(term))
    .join(" ");
}

/** A term without its `--not`. */
export function termText(term: Term): string {
  if (term.is === "flag") return written({ flag: term.flag.name, value: valueText(term) });
  // A word that begins like a flag is told by its quotes.
  return term.text.startsWith("-") ? `'${term.text.replaceAll("'", "'\\''")}'` : shellQuoted(term.text);
}

function valueText({ flag, text }: FlagTerm): string {
  if (flag.implied === undefined) return text;
  return text === "false" ? "false" : "";
}

function written({ flag, value }: Choice): string {
  if (value === "") return `--${flag}`;
  // Only a switch's value has to hang on it.
  return value === "false" ? `--${flag}=false` : `--${flag} ${shellQuoted(value)}`;
}

function isChoice(term: Term, flag: string, value: string): boolean {
  return term.is === "flag" && term.flag.name === flag && valueText(term) === value;
}

function isSameBound(term: Term, { flag }: Choice): boolean {
  return term.is === "flag" && term.flag.effect.on === "time" && term.flag.name === flag;
}

function others(text: string, term: Term): readonly Term[] {
  return parseTerms(text).terms.filter(({ start }) => start !== term.start);
}

/** `not` where all exclusions are of the same flag; beside another, `--not` would leave out only what matches both. */
function exclusion(terms: readonly Term[], flag: string): "not" | "nor" {
  const isOther = terms.some((term) => term.is === "flag" && term.sense === "not" && term.flag.name !== flag);
  return isOther ? "nor" : "not";
}

function appended(text: string, addition: string): string {
  const trimmed = text.trimEnd();
  return trimmed === "" ? addition : `${trimmed} ${addition}`;
}
