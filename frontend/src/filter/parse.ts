/**
 * From a text to terms: flags in the words of `hubble observe` and free words, each with its place, and what is wrong in words.
 */

import { FLAGS_BY_NAME, FLAGS_BY_SHORT, IGNORED, IGNORED_SHORT, NOT_KEPT, type Flag } from "./flags";
import { shellWords, type Word } from "./shellwords";
import { nearest } from "./suggestion";

/**
 * How a term counts: it has to match (`is`), or it is excluded. Those behind `--not` are one filter together, as in `hubble observe`: what
 * matches all kinds of them is left out. Each one behind `--nor`, which is ours, is excluded for itself.
 */
export type Sense = "is" | "not" | "nor";

interface Place {
  /** In UTF-16 code units of the text, from `start` up to but without `end`; with `--not`. */
  readonly start: number;
  readonly end: number;
}

export interface FlagTerm extends Place {
  readonly is: "flag";
  readonly flag: Flag;
  readonly sense: Sense;
  /** As it was written, without quotes. */
  readonly text: string;
  /** What the flag's reader made of it. */
  readonly value: unknown;
}

export interface WordTerm extends Place {
  readonly is: "word";
  readonly sense: "is" | "not";
  readonly text: string;
}

export type Term = FlagTerm | WordTerm;

export interface Problem extends Place {
  readonly words: string;
  /** Whether it stands at the end of the text, where it may just be what is not yet written. */
  readonly unfinished: boolean;
}

export interface Terms {
  readonly terms: readonly Term[];
  readonly problems: readonly Problem[];
  /** What an operator may want to know, in words; nothing is wrong. */
  readonly notes: readonly string[];
  /** Whether the text is a command line and no mere filter. */
  readonly isCommand: boolean;
}

export const TEXT_CHARACTERS_MAX = 4_000;
const TERMS_MAX = 100;

const COMMAND = /\bhubble\s+observe(?:\s+flows)?(?=\s|$)/;
const BEFORE_COMMAND =
  /^\s*(?:[$#>]\s+)?(?:(?:sudo|kubectl|oc|docker|podman|nerdctl|cilium|env)\s[^'"]*)?(?:[\w./~-]*\/)?$/;

/** Where a shell goes on with something else. */
const SHELL_SIGN = /^(?:\||;|&|\d?>|<|#)/;

export function parseTerms(text: string): Terms {
  return new TermsParser(text).parse();
}

class TermsParser {
  readonly #text: string;
  readonly #words: readonly Word[];
  readonly #isCommand: boolean;
  readonly #terms: Term[] = [];
  readonly #problems: Problem[] = [];
  readonly #ignored: string[] = [];
  readonly #notes: string[] = [];
  #at = 0;
  #sense: { readonly sense: "not" | "nor"; readonly word: Word } | null = null;

  constructor(text: string) {
    this.#text = text;
    const command = COMMAND.exec(text);
    this.#isCommand = command !== null && BEFORE_COMMAND.test(text.slice(0, command.index));
    const offset = this.#isCommand && command !== null ? command.index + command[0].length : 0;
    this.#words = shellWords(text.slice(offset), this.#isCommand).map((word) => ({
      ...word,
      start: word.start + offset,
      end: word.end + offset,
    }));
  }

  parse(): Terms {
    const last = this.#words.at(-1);
    if (this.#text.length > TEXT_CHARACTERS_MAX) {
      this.#problem(0, this.#text.length, `A filter has at most ${TEXT_CHARACTERS_MAX} characters`);
    } else if (last?.open === true) {
      this.#problem(last.start, last.end, "A quote is not closed");
    } else {
      this.#all();
    }
    if (this.#ignored.length > 0) {
      this.#notes.push(`${listed(this.#ignored)} of hubble observe: nothing to do here, left out`);
    }
    return {
      terms: this.#terms,
      problems: this.#problems,
      notes: this.#notes,
      isCommand: this.#isCommand,
    };
  }

  #all(): void {
    for (let word = this.#words[this.#at]; word !== undefined; word = this.#words[this.#at]) {
      if (this.#isCommand && !word.quoted && SHELL_SIGN.test(word.text)) {
        this.#notes.push("What follows the command is left out");
        break;
      }
      this.#at += 1;
      if (word.quoted || !word.text.startsWith("-") || word.text === "-") this.#word(word);
      else if (word.text.startsWith("--")) this.#long(word);
      else this.#short(word);
      if (this.#terms.length > TERMS_MAX) {
        this.#problem(word.start, word.end, `A filter has at most ${TERMS_MAX} terms`);
        return;
      }
    }
    if (this.#sense !== null) {
      const { word, sense } = this.#sense;
      this.#problem(word.start, word.end, `--${sense} stands before nothing: what is to be left out?`, true);
    }
  }

  #word(word: Word): void {
    const start = this.#sense?.word.start ?? word.start;
    this.#terms.push({ is: "word", sense: this.#sense === null ? "is" : "not", text: word.text, start, end: word.end });
    this.#sense = null;
  }

  #long(word: Word): void {
    const equals = word.text.indexOf("=");
    const name = word.text.slice(2, equals < 0 ? undefined : equals);
    const given = equals < 0 ? null : word.text.slice(equals + 1);
    if (name === "not" || name === "nor") {
      if (this.#sense !== null) this.#problem(word.start, word.end, `--${this.#sense.sense} stands before --${name}`);
      this.#sense = { sense: name, word };
      return;
    }
    const flag = FLAGS_BY_NAME.get(name);
    if (flag !== undefined) this.#flag(flag, word, given);
    else if (IGNORED.has(name)) this.#ignore(`--${name}`, IGNORED.get(name) === true && given === null);
    else this.#unknown(word, name);
  }

  #short(word: Word): void {
    let rest = word.text.slice(1);
    while (rest !== "") {
      const one = rest.charAt(0);
      rest = rest.slice(1);
      const flag = FLAGS_BY_SHORT.get(one);
      const ignored = IGNORED_SHORT.get(one);
      if (flag !== undefined && flag.implied === undefined) {
        this.#flag(flag, word, rest === "" ? null : rest.replace(/^=/, ""));
        return;
      }
      if (flag !== undefined) {
        this.#flag(flag, word, null);
      } else if (ignored === undefined) {
        this.#problem(word.start, word.end, `-${one} is no flag; a word that begins with - stands in quotes`);
        return;
      } else if (IGNORED.get(ignored) === true) {
        this.#ignore(`-${one}`, rest === "");
        return;
      } else {
        this.#ignore(`-${one}`, false);
      }
    }
  }

  #flag(flag: Flag, word: Word, given: string | null): void {
    let value = given;
    let end = word.end;
    if (value === null && flag.implied === undefined) {
      const next = this.#words[this.#at];
      if (next === undefined || isFlagLike(next)) {
        this.#problem(
          word.start,
          word.end,
          `--${flag.name} is not followed by its value, ${flag.value}`,
          next === undefined,
        );
        this.#sense = null;
        return;
      }
      this.#at += 1;
      value = next.text;
      end = next.end;
    }
    const text = value ?? flag.implied ?? "";
    const read = flag.read(text);
    if (!read.ok) {
      this.#problem(word.start, end, `--${flag.name} ${shown(text)}: ${shown(text)} ${read.why}`);
    } else if (this.#sense !== null && (flag.effect.on === "time" || flag.effect.on === "raw")) {
      this.#problem(word.start, end, `--${this.#sense.sense} can't stand before --${flag.name}`);
    } else {
      if (read.note !== undefined) this.#notes.push(`--${flag.name} ${shown(text)}: ${read.note}`);
      this.#terms.push({
        is: "flag",
        flag,
        sense: this.#sense?.sense ?? "is",
        text,
        value: read.value,
        start: this.#sense?.word.start ?? word.start,
        end,
      });
    }
    this.#sense = null;
  }

  #ignore(written: string, takesNext: boolean): void {
    if (takesNext) this.#at += 1;
    if (!this.#ignored.includes(written)) this.#ignored.push(written);
  }

  #unknown(word: Word, name: string): void {
    this.#sense = null;
    const why = NOT_KEPT.get(name);
    if (why !== undefined) {
      this.#problem(word.start, word.end, `--${name} can't be used here: ${why}`);
      if (!word.text.includes("=") && !isFlagLike(this.#words[this.#at])) this.#at += 1;
      return;
    }
    const known = ["not", "nor", ...FLAGS_BY_NAME.keys()];
    const meant = nearest(name, known);
    const typing = known.some((one) => one.startsWith(name));
    const hint = meant === null ? "" : `: did you mean --${meant}?`;
    this.#problem(word.start, word.end, `--${shown(name)} is no flag${hint}`, typing && word.end === this.#text.length);
  }

  #problem(start: number, end: number, words: string, unfinished = false): void {
    this.#problems.push({ start, end, words, unfinished: unfinished || end === this.#text.length });
  }
}

function isFlagLike(word: Word | undefined): boolean {
  if (word === undefined) return true;
  const name = /^--([a-z0-9-]+)/.exec(word.text)?.[1];
  if (word.quoted || name === undefined) return false;
  return name === "not" || name === "nor" || FLAGS_BY_NAME.has(name) || IGNORED.has(name);
}

const SHOWN_CHARACTERS_MAX = 60;

function shown(text: string): string {
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
