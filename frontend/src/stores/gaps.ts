/**
 * Losses as rows: each stands at its place in time between the flows that frame it. A loss that goes on is one gap that grows, not one a message.
 */

import { createAtom } from "mobx";

import type { Gap, Loss } from "./loss";
import type { RowSource } from "./ring";

/** More are not kept; the oldest go first. */
const GAPS_MAX = 2_000;

/** A loss of the same kind within this time belongs to the same gap, until the gap has lasted this long. */
const JOINED_WITHIN_MS = 2_000;
const JOINED_FOR_MS = 10_000;

/** How much passed while the page was away shows only as each routing key comes again. */
const AWAY_MS = 60_000;

/** A gap that may still grow. */
interface Growing {
  readonly gap: Gap;
  readonly beganMs: number;
  readonly touchedMs: number;
}

export class Gaps {
  readonly #changed = createAtom("gaps");
  /** In the order of their places, those without one first. */
  #list: readonly Gap[] = [];
  readonly #growing = new Map<string, Growing>();

  /** Whether gaps were added since places were looked for. */
  #isNew = false;

  /** Rising by place. Observable as a whole. */
  get list(): readonly Gap[] {
    this.#changed.reportObserved();
    return this.#list;
  }

  /**
   * @param seq its place, or null to have it found by `place`
   * @param nowMs of any clock, for telling what belongs together
   */
  add(loss: Loss, seq: number | null, nowMs: number): void {
    const name = `${loss.kind} ${loss.node}`;
    const open = this.#growing.get(name);
    const within = loss.kind === "away" ? AWAY_MS : JOINED_WITHIN_MS;
    const until = loss.kind === "away" ? AWAY_MS : JOINED_FOR_MS;
    if (open !== undefined && nowMs - open.touchedMs < within && nowMs - open.beganMs < until) {
      const gap = joined(open.gap, loss);
      this.#replace(open.gap, gap);
      this.#growing.set(name, { gap, beganMs: open.beganMs, touchedMs: nowMs });
      return;
    }
    const gap: Gap = { ...loss, seq };
    this.#growing.set(name, { gap, beganMs: nowMs, touchedMs: nowMs });
    this.#insert(gap);
    this.#isNew = true;
  }

  /**
   * Finds places for gaps that have none.
   *
   * @param seqAt the place of a time among the rows, null where it is not among them
   * @param again whether rows have come that older gaps may lie between, too
   */
  place(seqAt: (ms: number) => number | null, again: boolean): void {
    if (!(again || this.#isNew) || this.#list[0]?.seq !== null) return;
    this.#isNew = false;
    for (const gap of this.#list.filter(({ seq }) => seq === null)) {
      const ms = gap.lastMs ?? gap.firstMs;
      const seq = ms === null ? null : seqAt(ms);
      if (seq === null) continue;
      const placed = { ...gap, seq };
      this.#list = this.#list.filter((one) => one !== gap);
      this.#insert(placed);
      for (const [name, open] of this.#growing) {
        if (open.gap === gap) this.#growing.set(name, { ...open, gap: placed });
      }
    }
  }

  /** Forgets gaps below a row that is no longer there. */
  drop(firstSeq: number): void {
    const lowest = this.#list.find(({ seq }) => seq !== null);
    if (lowest === undefined || (lowest.seq ?? 0) >= firstSeq) return;
    this.#list = this.#list.filter(({ seq }) => seq === null || seq >= firstSeq);
    this.#changed.reportChanged();
  }

  clear(): void {
    this.#list = [];
    this.#growing.clear();
    this.#changed.reportChanged();
  }

  #insert(gap: Gap): void {
    const list = [...this.#list];
    let index = list.length;
    while (index > 0 && placeOf(list[index - 1]) > placeOf(gap)) index -= 1;
    list.splice(index, 0, gap);
    this.#list = list.slice(-GAPS_MAX);
    this.#changed.reportChanged();
  }

  #replace(old: Gap, gap: Gap): void {
    this.#list = this.#list.map((one) => (one === old ? gap : one));
    this.#changed.reportChanged();
  }
}

function placeOf(gap: Gap | undefined): number {
  return gap?.seq ?? -Infinity;
}

function joined(gap: Gap, loss: Loss): Gap {
  return {
    ...gap,
    count: gap.count === null || loss.count === null ? null : gap.count + loss.count,
    firstMs: least(gap.firstMs, loss.firstMs, Math.min),
    lastMs: least(gap.lastMs, loss.lastMs, Math.max),
  };
}

function least(one: number | null, other: number | null, of: (a: number, b: number) => number): number | null {
  if (one === null || other === null) return one ?? other;
  return of(one, other);
}

/**
 * The lowest row whose flow is later than a time, by halving, as rows are in order of time but for fractions of a second.
 *
 * @returns null where the time lies before every row: below the oldest one it may be anywhere
 */
export function placeOfTime(source: RowSource, ms: number): number | null {
  let low = source.first;
  let high = source.end;
  while (low < high) {
    const middle = (low + high) >> 1;
    // A row without a time is no reason to go on.
    if ((source.at(middle)?.ms ?? NaN) <= ms) low = middle + 1;
    else high = middle;
  }
  return low === source.first ? null : low;
}
