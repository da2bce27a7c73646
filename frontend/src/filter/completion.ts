/**
 * What may stand at the caret: flags, values of the flag before it, or, for a bare word, terms that it is the beginning of.
 */

import { FLAGS, FLAGS_BY_NAME, FLAGS_BY_SHORT, type Flag } from "./flags";
import { NAMED_KINDS, valuesFor, type KnownValues } from "./knownvalues";
import { shellQuoted, shellWords } from "./shellwords";
import { VERDICTS } from "./vocabulary";

export interface Option {
  /** What replaces the text between `from` and `to`. */
  readonly insert: string;
  readonly label: string;
  readonly help: string;
}

export interface Completion {
  readonly from: number;
  readonly to: number;
  readonly options: readonly Option[];
}

const OPTIONS_MAX = 12;

export function complete(text: string, caret: number, known: KnownValues): Completion {
  const words = shellWords(text.slice(0, caret), false);
  const last = words.at(-1);
  const isTyping = last !== undefined && last.end === caret && !/\s$/.test(text.slice(0, caret));
  const typed = isTyping ? last.text : "";
  const from = isTyping ? last.start : caret;
  // What stands behind the caret within the same word goes as well.
  const to = caret + (/^[^\s'"]*/.exec(text.slice(caret))?.[0].length ?? 0);
  const before = words.at(isTyping ? -2 : -1);
  const flag = before === undefined || before.quoted ? null : flagBefore(before.text);
  if (flag !== null) return { from, to, options: valueOptions(flag, typed, "", known) };
  const equals = /^--([a-z0-9-]+)=(.*)$/s.exec(typed);
  const named = FLAGS_BY_NAME.get(equals?.[1] ?? "");
  if (named !== undefined && equals !== null) {
    return { from, to, options: valueOptions(named, equals[2] ?? "", `--${named.name}=`, known) };
  }
  if (typed === "" || typed.startsWith("-")) return { from, to, options: flagOptions(typed.replace(/^-+/, "")) };
  return { from, to, options: wordOptions(typed, known) };
}

/** The flag that waits for its value. */
function flagBefore(word: string): Flag | null {
  if (word.includes("=")) return null;
  const flag = word.startsWith("--")
    ? FLAGS_BY_NAME.get(word.slice(2))
    : FLAGS_BY_SHORT.get(/^-(.)$/.exec(word)?.[1] ?? "");
  return flag === undefined || flag.implied !== undefined ? null : flag;
}

function flagOptions(typed: string): readonly Option[] {
  const all = [
    ...FLAGS.filter(({ hidden }) => hidden !== true).map(flagOption),
    { insert: "--not ", label: "--not", help: "Leave out what the next flag matches" },
    { insert: "--nor ", label: "--nor", help: "The same, for itself and not together with other --not" },
  ];
  const found = ranked(all, typed, ({ label }) => label.slice(2));
  // --not before --node-name, for whoever has typed --no.
  return typed === "" ? found : [...found].sort((a, b) => a.insert.length - b.insert.length);
}

function flagOption({ name, value, help }: Flag): Option {
  return { insert: `--${name} `, label: `--${name}${value === "" ? "" : ` ${value}`}`, help };
}

function valueOptions(flag: Flag, typed: string, prefix: string, known: KnownValues): readonly Option[] {
  const values = valuesFor(flag.name, known);
  return ranked(
    values,
    typed,
    (value) => value,
    (value) => flag.read(value).ok,
  ).map((value) => ({
    insert: `${prefix}${shellQuoted(value)} `,
    label: value,
    help: "",
  }));
}

function wordOptions(typed: string, known: KnownValues): readonly Option[] {
  const verdicts = VERDICTS.filter((name) => name.startsWith(typed.toUpperCase())).map((name) =>
    termOption("verdict", name),
  );
  const named = NAMED_KINDS.flatMap((kind) =>
    ranked(known.get(kind) ?? [], typed, (value) => value)
      .slice(0, 3)
      .map((value) => termOption(kind, value)),
  );
  const flags = flagOptions(typed).filter(({ label }) => label.slice(2).startsWith(typed));
  return [...verdicts, ...named, ...flags].slice(0, OPTIONS_MAX);
}

function termOption(flag: string, value: string): Option {
  const insert = `--${flag} ${shellQuoted(value)} `;
  return { insert, label: insert.trim(), help: FLAGS_BY_NAME.get(flag)?.help ?? "" };
}

/**
 * Those that begin with what was typed before those in which it lies elsewhere.
 *
 * @param isGood asked of no more than it takes, as it may compile an expression
 */
function ranked<T>(
  all: readonly T[],
  typed: string,
  textOf: (one: T) => string,
  isGood: (one: T) => boolean = () => true,
): readonly T[] {
  const wanted = typed.toLowerCase();
  const beginning: T[] = [];
  const inside: T[] = [];
  for (const one of all) {
    const at = textOf(one).toLowerCase().indexOf(wanted);
    if (at === 0) beginning.push(one);
    else if (at > 0) inside.push(one);
  }
  const found: T[] = [];
  for (const one of [...beginning, ...inside]) {
    if (found.length === OPTIONS_MAX) break;
    if (isGood(one)) found.push(one);
  }
  return found;
}
