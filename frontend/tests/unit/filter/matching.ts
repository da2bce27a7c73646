/**
 * Whether a flow passes a filter, for the tests.
 */

import { readFilter, type Filter } from "../../../src/filter/filter";
import { predicatesOf } from "../../../src/filter/predicate";
import { millisOf } from "../../../src/flow/time";
import { rowText } from "../../../src/filter/rowtext";
import type { Flow } from "../../../src/wire/flow";

export const NOW_MS = Date.parse("2026-01-02T03:10:00Z");

export function filterOf(text: string): Filter {
  const { filter, problems } = readFilter(text, NOW_MS);
  if (filter === null) throw new Error(`${text}: ${problems.map(({ words }) => words).join("; ")}`);
  return filter;
}

export function passes(text: string, flow: Flow): boolean {
  return passesFilter(filterOf(text), flow);
}

export function passesFilter(filter: Filter, flow: Flow): boolean {
  const { ofTime, ofFlow, ofText } = predicatesOf(filter);
  const ms = millisOf(flow.time) ?? NaN;
  return (ofTime?.(ms) ?? true) && (ofFlow?.(flow) ?? true) && (ofText?.(rowText(flow)) ?? true);
}

/** The words of all problems of a text. */
export function problemsOf(text: string): string {
  return readFilter(text, NOW_MS)
    .problems.map(({ words }) => words)
    .join("\n");
}
