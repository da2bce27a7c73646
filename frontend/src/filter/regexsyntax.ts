/**
 * Regular expressions in the syntax that Hubble takes (RE2's), as a tree. Anything else, and what RE2 itself refuses, is an error in words.
 *
 * Source of the syntax: the RE2 wiki page "Syntax", and Go's package regexp/syntax. Flags within the expression (`(?i)`) and Unicode classes
 * are understood; `\Q…\E` and `\C` are not.
 */

import { PERL_CLASSES, posixClass, range, RegexError, unicodeClass, type CharacterTest } from "./characterclass";

export type Assertion = "lineStart" | "lineEnd" | "textStart" | "textEnd" | "wordEdge" | "noWordEdge";

export type Node =
  | { readonly is: "character"; readonly test: CharacterTest }
  | { readonly is: "assertion"; readonly what: Assertion }
  | { readonly is: "sequence"; readonly parts: readonly Node[] }
  | { readonly is: "choice"; readonly parts: readonly Node[] }
  /** `max` null is without end. */
  | { readonly is: "repeat"; readonly part: Node; readonly min: number; readonly max: number | null };

/** RE2's limit. */
const REPEAT_MAX = 1_000;

const NESTING_MAX = 100;

const CONTROLS: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

export function parseRegex(pattern: string): Node {
  return new Parser(pattern).whole();
}

/** A node that takes exactly this text. */
export function literal(text: string): Node {
  return { is: "sequence", parts: Array.from(text, (one) => character(one.codePointAt(0) ?? 0, false)) };
}

function character(code: number, ignoreCase: boolean): Node {
  return { is: "character", test: range(code, code, ignoreCase) };
}

class Parser {
  readonly #pattern: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false };

  constructor(pattern: string) {
    this.#pattern = Array.from(pattern);
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#peek() === ")") throw new RegexError("a ) closes nothing");
    return node;
  }

  #peek(offset = 0): string {
    return this.#pattern[this.#at + offset] ?? "";
  }

  #take(expected: string): boolean {
    if (this.#pattern.slice(this.#at, this.#at + expected.length).join("") !== expected) return false;
    this.#at += expected.length;
    return true;
  }

  #next(count: number): string {
    this.#at += count;
    return this.#pattern.slice(this.#at - count, this.#at).join("");
  }

  /** What stands before a character, which is passed over. */
  #until(end: string, what: string): string {
    const close = this.#pattern.indexOf(end, this.#at);
    if (close < 0) throw new RegexError(`${what} is not closed with ${end}`);
    const text = this.#pattern.slice(this.#at, close).join("");
    this.#at = close + 1;
    return text;
  }

  #choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? (parts[0] as Node) : { is: "choice", parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#peek() !== "" && this.#peek() !== "|" && this.#peek() !== ")") {
      const node = this.#atom();
      if (node !== null) parts.push(this.#repeated(node));
    }
    return { is: "sequence", parts };
  }

  #repeated(part: Node): Node {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    // Whether it takes as little as it can makes no difference to whether there is a match.
    this.#take("?");
    if (this.#bounds() !== null) throw new RegexError("a repetition is repeated: put the inner one into parentheses");
    return { is: "repeat", part, ...bounds };
  }

  #bounds(): { readonly min: number; readonly max: number | null } | null {
    if (this.#take("*")) return { min: 0, max: null };
    if (this.#take("+")) return { min: 1, max: null };
    if (this.#take("?")) return { min: 0, max: 1 };
    if (this.#peek() !== "{") return null;
    const close = this.#pattern.indexOf("}", this.#at);
    const match = /^\{(\d+)(,(\d*))?$/.exec(close < 0 ? "" : this.#pattern.slice(this.#at, close).join(""));
    // A brace that is no repetition stands for itself.
    if (match === null) return null;
    this.#at = close + 1;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === "" ? null : Number(match[3]);
    if (min > REPEAT_MAX || (max ?? 0) > REPEAT_MAX) throw new RegexError(`more than ${REPEAT_MAX} repetitions`);
    if (max !== null && max < min) throw new RegexError("a repetition ends below where it begins");
    return { min, max };
  }

  /** Returns null where what was read only sets flags. */
  #atom(): Node | null {
    const one = this.#peek();
    const { ignoreCase, multiLine, dotAll } = this.#flags;
    switch (one) {
      case "(":
        return this.#group();
      case "[":
        this.#at += 1;
        return { is: "character", test: this.#bracket() };
      case "*":
      case "+":
      case "?":
        throw new RegexError(`nothing stands before ${one} to be repeated`);
      case "\\":
        this.#at += 1;
        return this.#escape();
      case "^":
        this.#at += 1;
        return { is: "assertion", what: multiLine ? "lineStart" : "textStart" };
      case "$":
        this.#at += 1;
        return { is: "assertion", what: multiLine ? "lineEnd" : "textEnd" };
      case ".":
        this.#at += 1;
        return { is: "character", test: dotAll ? () => true : (code) => code !== 10 };
      default:
        this.#at += 1;
        return character(one.codePointAt(0) ?? 0, ignoreCase);
    }
  }

  #group(): Node | null {
    const outer = this.#flags;
    this.#at += 1;
    if (this.#depth >= NESTING_MAX) throw new RegexError(`more than ${NESTING_MAX} groups within each other`);
    if (this.#take("?P<") || (this.#peek() === "?" && this.#peek(1) === "<" && this.#take("?<"))) {
      const name = this.#until(">", "a group's name");
      if (!/^\w+$/.test(name)) throw new RegexError("a group's name is made of letters, digits and _ (no look-behind)");
    } else if (this.#take("?")) {
      if (this.#setFlags()) return null;
    }
    this.#depth += 1;
    const node = this.#choice();
    this.#depth -= 1;
    if (!this.#take(")")) throw new RegexError("a ( is not closed");
    this.#flags = outer;
    return node;
  }

  /** Reads `i`, `-s:` and the like. Returns whether they hold for what follows the group, and not within it. */
  #setFlags(): boolean {
    let on = true;
    for (;;) {
      const one = this.#peek();
      this.#at += 1;
      if (one === ":") return false;
      if (one === ")") return true;
      if (one === "-" && on) on = false;
      else if (one === "i") this.#flags = { ...this.#flags, ignoreCase: on };
      else if (one === "m") this.#flags = { ...this.#flags, multiLine: on };
      else if (one === "s") this.#flags = { ...this.#flags, dotAll: on };
      else if (one !== "U")
        throw new RegexError("(? begins something that Hubble's expressions lack, such as look-ahead");
    }
  }

  #escape(): Node {
    const one = this.#peek();
    if (one === "A") return this.#assertion("textStart");
    if (one === "z") return this.#assertion("textEnd");
    if (one === "b") return this.#assertion("wordEdge");
    if (one === "B") return this.#assertion("noWordEdge");
    const test = this.#classEscape();
    if (test !== null) return { is: "character", test };
    return character(this.#codeEscape(), this.#flags.ignoreCase);
  }

  #assertion(what: Assertion): Node {
    this.#at += 1;
    return { is: "assertion", what };
  }

  /** Behind a backslash: `d`, `W`, `pL`, `p{Greek}` and the like, or null. */
  #classEscape(): CharacterTest | null {
    const one = this.#peek();
    const perl = PERL_CLASSES[one.toLowerCase()];
    if (perl !== undefined) {
      this.#at += 1;
      return one === one.toLowerCase() ? perl : (code) => !perl(code);
    }
    if (one !== "p" && one !== "P") return null;
    this.#at += 1;
    const named = this.#take("{") ? this.#until("}", "a Unicode class") : this.#next(1);
    return unicodeClass(named, one === "P");
  }

  /** Behind a backslash: one character. */
  #codeEscape(): number {
    const one = this.#peek();
    this.#at += 1;
    const control = CONTROLS[one];
    if (control !== undefined) return control;
    if (one === "x") {
      const hex = this.#take("{") ? this.#until("}", "a code") : this.#next(2);
      const code = /^[0-9a-f]+$/i.test(hex) ? Number.parseInt(hex, 16) : Infinity;
      if (code > 0x10ffff) throw new RegexError("\\x takes two hexadecimal digits, or up to six in braces");
      return code;
    }
    if (one === "0") return 0;
    if (one === "") throw new RegexError("it ends with a backslash");
    if (/[0-9A-Za-z]/.test(one)) throw new RegexError(`\\${one} means nothing`);
    return one.codePointAt(0) ?? 0;
  }

  #bracket(): CharacterTest {
    const negated = this.#take("^");
    const tests: CharacterTest[] = [];
    let first = true;
    while (first || this.#peek() !== "]") {
      if (this.#peek() === "") throw new RegexError("a [ is not closed");
      first = false;
      tests.push(this.#bracketItem());
    }
    this.#at += 1;
    const any: CharacterTest = (code) => tests.some((test) => test(code));
    return negated ? (code) => !any(code) : any;
  }

  #bracketItem(): CharacterTest {
    if (this.#take("[:")) return this.#posixClass();
    if (this.#peek() === "\\") {
      this.#at += 1;
      const test = this.#classEscape();
      if (test !== null) return test;
      this.#at -= 1;
    }
    const from = this.#bracketCode();
    if (this.#peek() !== "-" || this.#peek(1) === "]" || this.#peek(1) === "")
      return range(from, from, this.#flags.ignoreCase);
    this.#at += 1;
    const to = this.#bracketCode();
    if (to < from) throw new RegexError("a range ends below where it begins");
    return range(from, to, this.#flags.ignoreCase);
  }

  #bracketCode(): number {
    if (this.#take("\\")) return this.#codeEscape();
    const code = this.#peek().codePointAt(0) ?? 0;
    this.#at += 1;
    return code;
  }

  #posixClass(): CharacterTest {
    const negated = this.#take("^");
    const name = this.#until(":", "a named class");
    if (!this.#take("]")) throw new RegexError("a named class is not closed with :]");
    return posixClass(name, negated);
  }
}
