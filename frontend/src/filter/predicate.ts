/**
 * Whether a flow passes a filter. Everything that can be worked out beforehand is: prefixes, expressions and sets are made once.
 */

import type { FlowTest } from "./endpointtests";
import type { Filter } from "./filter";
import { filterTest } from "./flowtests";

/** Each is null where it lets everything through. */
export interface Predicates {
  /** Of milliseconds since 1970; NaN, which is no time, does not pass. */
  readonly ofTime: ((ms: number) => boolean) | null;
  readonly ofFlow: FlowTest | null;
  /** Of a row's text in lower case. */
  readonly ofText: ((text: string) => boolean) | null;
}

export function predicatesOf(filter: Filter): Predicates {
  const { whitelist, blacklist, sinceMs, untilMs, words, noWords } = filter;
  const tests: FlowTest[] = [];
  if (whitelist.length > 0) tests.push(anyOf(whitelist.map(filterTest)));
  if (blacklist.length > 0) {
    const excluded = anyOf(blacklist.map(filterTest));
    tests.push((flow) => !excluded(flow));
  }
  const [first, ...others] = tests;
  const [since, until] = [sinceMs ?? -Infinity, untilMs ?? Infinity];
  return {
    ofTime: sinceMs === null && untilMs === null ? null : (ms) => ms >= since && ms <= until,
    ofFlow: first === undefined ? null : others.length === 0 ? first : (flow) => tests.every((test) => test(flow)),
    ofText:
      words.length + noWords.length === 0
        ? null
        : (text) => words.every((word) => text.includes(word)) && !noWords.some((word) => text.includes(word)),
  };
}

function anyOf(tests: readonly FlowTest[]): FlowTest {
  const [first, second, ...others] = tests;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined && second !== undefined && others.length === 0) return (flow) => first(flow) || second(flow);
  return (flow) => tests.some((test) => test(flow));
}
