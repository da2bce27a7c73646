/**
 * What was lost and what came twice on the way from the adapter to this page, from the ordinals of the batches: "Counting loss" in
 * docs/messages.md.
 */

/** By which subscription a batch came. */
export interface Lane {
  /** Rises with each new connection: while there was none, nobody kept anything for this page. */
  readonly connection: number;
  /** Rises when the page asks for other binding keys. For a moment two eras run side by side. */
  readonly era: number;
}

export interface Verdict {
  /** Of the batch's flows, those from `from` up to but without `to` are new; the others were seen before. */
  readonly from: number;
  readonly to: number;
  /** How many flows before the batch never came. */
  readonly lost: number;
  /** Whether this page was away when they were lost; otherwise a queue overflowed or the page itself let them go. */
  readonly whileAway: boolean;
  /** Time of the last flow that came before what was lost. */
  readonly since: string | undefined;
}

interface Expectation {
  next: number;
  connection: number;
  era: number;
  lowest: number;
  time: string | undefined;
}

/** What a new era began behind, and the old one may still bring. */
interface Hole {
  from: number;
  readonly to: number;
  readonly era: number;
  readonly madeMs: number;
}

/** A cluster has some hundred pairs of namespaces; beyond this many keys the one that was silent for longest is forgotten. */
const KEYS_MAX = 20_000;

/** An old era has ended by then, and what it did not bring is lost. */
const HOLE_MS = 3_000;

export class Ordinals {
  readonly #expected = new Map<string, Expectation>();
  readonly #holes = new Map<string, Hole>();

  /** @param time of the batch's last flow */
  see(
    lane: Lane,
    key: string,
    epoch: string,
    first: number,
    count: number,
    time: string | undefined,
    nowMs: number,
  ): Verdict {
    const name = nameOf(key, epoch);
    const known = this.#expected.get(name);
    const next = first + count;
    if (known === undefined || known.era < lane.era - 1) {
      this.#remember(name, { next, ...lane, lowest: first, time });
      return { from: 0, to: count, lost: 0, whileAway: false, since: undefined };
    }
    if (lane.era < known.era) return this.#fill(name, first, count);
    let lost = Math.max(0, first - known.next);
    if (known.era < lane.era && lost > 0) {
      this.#holes.set(name, { from: known.next, to: first, era: known.era, madeMs: nowMs });
      lost = 0;
    }
    // Deleted and set again, so that the map stays in the order of last use.
    this.#expected.delete(name);
    this.#remember(name, { next: Math.max(known.next, next), ...lane, lowest: Math.min(known.lowest, first), time });
    return {
      from: Math.min(count, Math.max(0, known.next - first)),
      to: count,
      lost,
      whileAway: known.connection !== lane.connection,
      since: known.time,
    };
  }

  /** Whether live batches have covered this one already: for what a history holds. */
  covers(key: string, epoch: string, first: number): boolean {
    const known = this.#expected.get(nameOf(key, epoch));
    return known !== undefined && first >= known.lowest;
  }

  /** @returns how many flows neither of two eras brought, counted once */
  expire(nowMs: number): number {
    let lost = 0;
    for (const [name, { from, to, madeMs }] of this.#holes) {
      if (nowMs - madeMs < HOLE_MS) continue;
      lost += to - from;
      this.#holes.delete(name);
    }
    return lost;
  }

  /** A batch of an old era, whose successor has begun. */
  #fill(name: string, first: number, count: number): Verdict {
    const hole = this.#holes.get(name);
    const seen = { from: 0, to: 0, lost: 0, whileAway: false, since: undefined };
    if (hole === undefined) return seen;
    const from = Math.max(0, hole.from - first);
    const to = Math.min(count, hole.to - first);
    if (to <= from) return seen;
    const lost = Math.max(0, first - hole.from);
    hole.from = first + to;
    if (hole.from >= hole.to) this.#holes.delete(name);
    return { ...seen, from, to, lost };
  }

  #remember(name: string, expectation: Expectation): void {
    this.#expected.set(name, expectation);
    if (this.#expected.size <= KEYS_MAX) return;
    const oldest = this.#expected.keys().next();
    if (oldest.done !== true) this.#expected.delete(oldest.value);
  }
}

function nameOf(key: string, epoch: string): string {
  return `${epoch} ${key}`;
}
