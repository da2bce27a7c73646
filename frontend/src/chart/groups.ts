/**
 * The verdicts as the chart and the map tell them apart, the gravest first.
 */

import type { Flow } from "../wire/flow";

export const GROUPS = ["dropped", "error", "audit", "redirected", "other", "forwarded"] as const;
export type Group = (typeof GROUPS)[number];

const GROUP_OF: ReadonlyMap<unknown, number> = new Map([
  ["DROPPED", 0],
  ["ERROR", 1],
  ["AUDIT", 2],
  ["REDIRECTED", 3],
  ["FORWARDED", 5],
]);

const OTHER = 4;

/** @returns an index of GROUPS */
export function groupOf(verdict: Flow["verdict"]): number {
  return GROUP_OF.get(verdict) ?? OTHER;
}
