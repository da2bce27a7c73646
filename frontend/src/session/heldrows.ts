/**
 * Rows that are held, as seen by whoever reads what is older: where to begin, and what is there already.
 */

import type { RowSource } from "../stores/ring";
import { NOTHING_KNOWN, type Known, type Start } from "./pastreader";

/** Rows of the same moment come in any order: below the oldest row may be some that are a little later. */
const DISORDER_MS = 2_000;

export function startBelow(source: RowSource): Start {
  for (let seq = source.first; seq < source.end; seq += 1) {
    const ms = source.at(seq)?.ms ?? NaN;
    if (!Number.isNaN(ms)) return { ms: ms + DISORDER_MS };
  }
  return "end";
}

export function knownOf(source: RowSource): Known {
  const uuids = new Set<string>();
  for (let seq = source.first; seq < source.end; seq += 1) {
    const uuid = source.at(seq)?.flow.uuid;
    if (uuid !== undefined) uuids.add(uuid);
  }
  return { batch: NOTHING_KNOWN.batch, flow: ({ uuid }) => uuid !== undefined && uuids.has(uuid) };
}
