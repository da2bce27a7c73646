/**
 * What the operator typed into the filter, and what it comes to. A text with a problem changes nothing: the last good filter stays in force.
 */

import { action, computed, makeObservable, observable } from "mobx";

import { bindingKeys } from "../filter/bindingkeys";
import { observeCommand, type Command } from "../filter/command";
import {
  dropped,
  excluded,
  included,
  negated,
  standing,
  tidied,
  without,
  type Choice,
  type Standing,
} from "../filter/edit";
import { NO_FILTER, readFilter, type Filter, type Reading } from "../filter/filter";
import { TEXT_CHARACTERS_MAX, type Problem, type Term } from "../filter/parse";
import { predicatesOf } from "../filter/predicate";
import { mayBeTime, rowTime } from "../filter/rowtext";
import type { Predicate } from "./matches";

/** Filters that are remembered. */
const RECENT_MAX = 20;

export class FilterStore {
  text = "";
  /** The text that is in force: the last one without a problem. */
  textInForce = "";
  reading: Reading;
  /** The last good one. */
  inForce: Filter = NO_FILTER;
  /** Filters that were in use, the newest first. */
  recent: readonly string[] = [];

  readonly #nowMs: () => number;

  /** @param nowMs milliseconds since 1970, from which relative times count */
  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
    this.reading = readFilter("", nowMs());
    makeObservable(this, {
      text: observable,
      textInForce: observable,
      reading: observable.ref,
      inForce: observable.ref,
      recent: observable.ref,
      predicate: computed,
      command: computed,
      bindingKeys: computed.struct,
      setText: action.bound,
      setRecent: action.bound,
      remember: action.bound,
      paste: action.bound,
      include: action.bound,
      exclude: action.bound,
      drop: action.bound,
      removeTerm: action.bound,
      negateTerm: action.bound,
      setRange: action.bound,
    });
  }

  /** Null lets everything through. */
  get predicate(): Predicate | null {
    const { words, noWords } = this.inForce;
    const { ofTime, ofFlow, ofText } = predicatesOf(this.inForce);
    const tests: Predicate[] = [];
    if (ofTime !== null) tests.push(({ ms }) => ofTime(ms));
    if (ofText !== null) {
      const withTime = words.some(mayBeTime) || noWords.some(mayBeTime);
      tests.push(({ flow, text }) => ofText(withTime ? text + rowTime(flow) : text));
    }
    if (ofFlow !== null) tests.push(({ flow }) => ofFlow(flow));
    const [first, ...others] = tests;
    if (first === undefined) return null;
    // The cheap ones first: what they hold back is not looked at any further.
    return others.length === 0 ? first : (row) => tests.every((test) => test(row));
  }

  /** Patterns of routing keys that are enough for this filter; null where only everything is. */
  get bindingKeys(): readonly string[] | null {
    return bindingKeys(this.inForce);
  }

  get command(): Command {
    return observeCommand(this.inForce);
  }

  get terms(): readonly Term[] {
    return this.reading.terms;
  }

  get problems(): readonly Problem[] {
    return this.reading.problems;
  }

  setText(text: string): void {
    const cut = text.slice(0, TEXT_CHARACTERS_MAX + 1);
    this.text = cut;
    this.reading = readFilter(cut, this.#nowMs());
    if (this.reading.filter === null) return;
    this.textInForce = cut;
    this.inForce = this.reading.filter;
  }

  /** Takes a text that was not typed: of a command line only the terms stay, so that nothing else of it comes into a link. */
  paste(text: string): void {
    const { isCommand, problems } = readFilter(text, this.#nowMs());
    this.setText(isCommand && problems.length === 0 ? tidied(text) : text);
  }

  /** How the filter stands to a choice. */
  standing(choice: Choice): Standing {
    return standing(this.reading.terms, choice);
  }

  include(choice: Choice): void {
    this.#change(included(this.text, choice));
  }

  exclude(choice: Choice): void {
    this.#change(excluded(this.text, choice));
  }

  /** Takes a choice out of the filter again. */
  drop(choice: Choice): void {
    this.#change(dropped(this.text, choice));
  }

  removeTerm(term: Term): void {
    this.#change(without(this.text, [term]));
  }

  negateTerm(term: Term): void {
    this.#change(negated(this.text, term));
  }

  /**
   * Shows only flows from one time to another; null on either side leaves it open.
   *
   * @param sinceMs, untilMs milliseconds since 1970
   */
  setRange(sinceMs: number | null, untilMs: number | null): void {
    const bounds = this.reading.terms.filter((term) => term.is === "flag" && term.flag.effect.on === "time");
    let text = without(this.text, bounds);
    if (sinceMs !== null) text = included(text, { flag: "since", value: new Date(sinceMs).toISOString() });
    if (untilMs !== null) text = included(text, { flag: "until", value: new Date(untilMs).toISOString() });
    this.#change(text);
  }

  setRecent(recent: readonly string[]): void {
    this.recent = recent.slice(0, RECENT_MAX);
  }

  /** Puts the filter in force among the recent ones. */
  remember(): void {
    const text = this.textInForce.trim();
    if (text === "") return;
    this.setRecent([text, ...this.recent.filter((one) => one !== text)]);
  }

  #change(text: string): void {
    this.setText(text);
    this.remember();
  }
}
