/**
 * Matches regular expressions in time that grows with the text's length and never faster: an automaton takes each character once and goes
 * back over none. A backtracking matcher, such as the browser's own, can be made to run for hours by a link's filter and a workload's URL.
 *
 * The expression becomes a program of at most INSTRUCTIONS_MAX instructions (Thompson's construction). Which of them the text may be at is a
 * state; states and the steps between them are worked out as texts ask for them, and forgotten when they become too many.
 */

import { isWordCharacter, RegexError, type CharacterTest } from "./characterclass";
import type { Assertion, Node } from "./regexsyntax";

/** With it, what a character can cost at the most. */
const INSTRUCTIONS_MAX = 1_000;

const STATES_MAX = 500;

/** Longer texts are matched as far as this goes. */
const CHARACTERS_MAX = 8_192;

type Instruction =
  | { readonly is: "character"; readonly test: CharacterTest; readonly next: number }
  | { readonly is: "split"; next: number; other: number }
  | { readonly is: "assertion"; readonly what: Assertion; readonly next: number }
  | { readonly is: "match" };

/** Stands for the character before the first and behind the last. */
const NONE = -1;

interface State {
  /** Instructions that the text may be at, rising; assertions are yet to be looked at. */
  readonly at: readonly number[];
  /** The character before, as far as assertions ask for it. */
  readonly before: number;
  /** Steps by character: those of ASCII, then the rest. Null is a match. */
  readonly ascii: (State | null | undefined)[];
  readonly others: Map<number, State | null>;
}

export class Automaton {
  readonly #program: Instruction[] = [];
  readonly #start: number;
  readonly #asserts: boolean;
  #states = new Map<string, State>();
  #initial: State;

  /** Throws RegexError where the expression is too large. */
  constructor(node: Node) {
    const match = this.#add({ is: "match" });
    this.#start = this.#compile(node, match);
    this.#asserts = this.#program.some(({ is }) => is === "assertion");
    this.#initial = this.#state([this.#start], NONE);
  }

  /** Whether the expression matches anywhere in the text. */
  matches(text: string): boolean {
    let state = this.#initial;
    const end = Math.min(text.length, CHARACTERS_MAX);
    for (let at = 0; at < end; at += 1) {
      let code = text.charCodeAt(at);
      if (code >= 0xd800 && code < 0xdc00) {
        code = text.codePointAt(at) ?? code;
        if (code > 0xffff) at += 1;
      }
      const known = code < 128 ? state.ascii[code] : state.others.get(code);
      const next = known === undefined ? this.#step(state, code) : known;
      if (next === null) return true;
      state = next;
    }
    return this.#step(state, NONE) === null;
  }

  #add(instruction: Instruction): number {
    if (this.#program.length >= INSTRUCTIONS_MAX)
      throw new RegexError("it is too large once its repetitions are written out");
    return this.#program.push(instruction) - 1;
  }

  /** Writes the node's instructions, which go on at `next`. @returns where they begin */
  #compile(node: Node, next: number): number {
    switch (node.is) {
      case "character":
        return this.#add({ is: "character", test: node.test, next });
      case "assertion":
        return this.#add({ is: "assertion", what: node.what, next });
      case "sequence":
        return node.parts.reduceRight((behind, part) => this.#compile(part, behind), next);
      case "choice":
        return node.parts
          .map((part) => this.#compile(part, next))
          .reduceRight((other, start) => this.#add({ is: "split", next: start, other }));
      case "repeat":
        return this.#repeat(node.part, node.min, node.max, next);
    }
  }

  #repeat(part: Node, min: number, max: number | null, next: number): number {
    let start = next;
    if (max === null) {
      const loop: Instruction = { is: "split", next: 0, other: next };
      start = this.#add(loop);
      loop.next = this.#compile(part, start);
    } else {
      for (let times = min; times < max; times += 1)
        start = this.#add({ is: "split", next: this.#compile(part, start), other: next });
    }
    for (let times = 0; times < min; times += 1) start = this.#compile(part, start);
    return start;
  }

  /** Goes on by one character, or by the end. @returns null for a match */
  #step(state: State, code: number): State | null {
    const reached = this.#closure(state, code);
    const isMatch = reached.some((index) => this.#program[index]?.is === "match");
    const next = isMatch
      ? null
      : this.#state(code === NONE ? [] : this.#beyond(reached, code), this.#asserts ? kindOf(code) : 0);
    if (code >= 0 && code < 128) state.ascii[code] = next;
    else if (code !== NONE && state.others.size < STATES_MAX) state.others.set(code, next);
    return next;
  }

  /** The instructions that take a character or match, by way of splits and of the assertions that hold between two characters. */
  #closure(state: State, code: number): readonly number[] {
    const seen = new Set<number>();
    const open = [...state.at];
    const reached: number[] = [];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const instruction = this.#program[index];
      if (instruction === undefined || seen.has(index)) continue;
      seen.add(index);
      if (instruction.is === "split") open.push(instruction.next, instruction.other);
      else if (instruction.is !== "assertion") reached.push(index);
      else if (holds(instruction.what, state.before, code)) open.push(instruction.next);
    }
    return reached;
  }

  #beyond(reached: readonly number[], code: number): readonly number[] {
    // A match may begin behind any character.
    const next = new Set([this.#start]);
    for (const index of reached) {
      const instruction = this.#program[index];
      if (instruction?.is === "character" && instruction.test(code)) next.add(instruction.next);
    }
    return [...next].sort((a, b) => a - b);
  }

  #state(at: readonly number[], before: number): State {
    const key = `${before}:${at.join(",")}`;
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    if (this.#states.size >= STATES_MAX) {
      this.#states = new Map();
      this.#initial = this.#state([this.#start], NONE);
    }
    const made: State = { at, before, ascii: new Array<State | null | undefined>(128), others: new Map() };
    this.#states.set(key, made);
    return made;
  }
}

const LINE_FEED = 10;
const A_LETTER = 97;
const A_SPACE = 32;

/** One character for all that assertions don't tell apart. */
function kindOf(code: number): number {
  if (code === LINE_FEED) return LINE_FEED;
  return isWordCharacter(code) ? A_LETTER : A_SPACE;
}

function holds(what: Assertion, before: number, behind: number): boolean {
  switch (what) {
    case "textStart":
      return before === NONE;
    case "textEnd":
      return behind === NONE;
    case "lineStart":
      return before === NONE || before === LINE_FEED;
    case "lineEnd":
      return behind === NONE || behind === LINE_FEED;
    case "wordEdge":
      return isWordCharacter(before) !== isWordCharacter(behind);
    case "noWordEdge":
      return isWordCharacter(before) === isWordCharacter(behind);
  }
}
