/**
 * The flows that the page has: takes in batches as they come, and commits them once a frame into a ring that MobX does not look into. One
 * number, `version`, tells observers that the ring has changed.
 */

import { action, computed, makeObservable, observable } from "mobx";

import { millisOf } from "../flow/time";
import { parseBatch } from "../wire/batch";
import type { Flow } from "../wire/flow";
import { routingKeyOf } from "../wire/topology";
import { Gaps, placeOfTime } from "./gaps";
import { Intake } from "./intake";
import { Ordinals, type Lane } from "./ordinals";
import { Ring } from "./ring";

/** Rows kept. A row takes about 1.5 kB, so that all of them take some 150 MB. */
export const ROWS_MAX = 100_000;

/** Time over which the rate is taken. */
const RATE_WINDOW_MS = 3_000;

/** Messages worked off between two looks at the clock. */
const MESSAGES_PER_LOOK = 4;

/** Counts since the page was opened. */
export interface Totals {
  /** Flows that became rows. */
  readonly received: number;
  /** Flows that came again, by ordinal or by uuid, and were left out. */
  readonly repeated: number;
  /** Flows that the broker's queue for this page let go, as the page did not keep up. */
  readonly lostInQueue: number;
  /** Flows that the page itself let go unread, to stay up to date. */
  readonly shed: number;
  /** Flows that passed while the page was not connected. */
  readonly missedWhileAway: number;
  /** Messages, and flows within messages, that are not what docs/messages.md says. */
  readonly notUnderstood: number;
  /** Why the last of those was refused, in words. */
  readonly notUnderstoodWhy: string;
}

const NOTHING: Totals = {
  received: 0,
  repeated: 0,
  lostInQueue: 0,
  shed: 0,
  missedWhileAway: 0,
  notUnderstood: 0,
  notUnderstoodWhy: "",
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How long a commit may take: `now` in milliseconds of any clock. */
export interface Budget {
  readonly now: () => number;
  readonly ms: number;
}

export class FlowsStore {
  /** Rises with each commit. */
  version = 0;
  /** How often the rows were cleared: what is still under way for them is not wanted any more then. */
  clears = 0;
  /** As of the last `tick`, so that the header does not flicker. */
  totals: Totals = NOTHING;
  ratePerSecond = 0;

  readonly ring: Ring;
  readonly gaps = new Gaps();

  readonly #intake = new Intake();
  #ordinals = new Ordinals();
  /** Routing keys of messages that were let go unread, until their next batch tells how many flows that were. */
  readonly #shedKeys = new Set<string>();
  readonly #uuids = new Set<string>();
  readonly #counts: Mutable<Totals> = { ...NOTHING };
  readonly #samples: { readonly ms: number; readonly received: number }[] = [];

  constructor(rowsMax = ROWS_MAX) {
    this.ring = new Ring(rowsMax);
    makeObservable(this, {
      version: observable,
      totals: observable.ref,
      ratePerSecond: observable,
      hasReceived: computed,
      commit: action.bound,
      prepend: action.bound,
      tick: action.bound,
      clear: action.bound,
      forget: action.bound,
    });
  }

  get hasReceived(): boolean {
    return this.version > 0;
  }

  /** Messages that came and were not looked at yet. */
  get waiting(): number {
    return this.#intake.size;
  }

  /** Takes in one message. Changes nothing that is observed; `commit` does. @param done called once it was worked off */
  receive(lane: Lane, destination: string, body: string, nowMs: number, done: () => void = () => undefined): void {
    this.#intake.push({ lane, key: routingKeyOf(destination), body, cameMs: nowMs, done });
  }

  /** Counts something that came and is not ours. */
  refuse(why: string): void {
    this.#counts.notUnderstood += 1;
    this.#counts.notUnderstoodWhy = why;
  }

  /** Makes rows of what came, for as long as the budget lasts. @returns whether there was anything, and whether there is more */
  commit({ now, ms }: Budget): { readonly changed: boolean; readonly more: boolean } {
    const { first, end } = this.ring;
    let nowMs = now();
    const until = nowMs + ms;
    for (let count = 1; ; count += 1) {
      const next = this.#intake.next(nowMs);
      if (next === null) break;
      const { raw, read } = next;
      if (read) this.#take(raw.lane, raw.key, raw.body, nowMs);
      else this.#shedKeys.add(raw.key);
      if (count % MESSAGES_PER_LOOK === 0) {
        nowMs = now();
        if (nowMs >= until) break;
      }
    }
    this.gaps.place(this.#seqAt, first === end);
    this.gaps.drop(this.ring.first);
    const changed = this.ring.end !== end;
    if (changed) this.version += 1;
    return { changed, more: this.#intake.size > 0 };
  }

  /** Whether a batch of the past has come live already. */
  hasSeen(key: string, epoch: string, first: number): boolean {
    return this.#ordinals.covers(key, epoch, first);
  }

  /** Puts flows of the past below the oldest row, newest first, for as long as there is room. @returns how many became rows */
  prepend(flows: readonly Flow[]): number {
    let count = 0;
    for (const flow of flows) {
      if (this.ring.room === 0) break;
      if (!this.#isNew(flow)) continue;
      this.ring.prepend(flow);
      count += 1;
    }
    this.gaps.place(this.#seqAt, true);
    if (count > 0) this.version += 1;
    return count;
  }

  /** Brings the counts and the rate up to date. To be called a few times a second. */
  tick(nowMs: number): void {
    this.#lost("queue", this.#ordinals.expire(nowMs), undefined, undefined, nowMs);
    const { received } = this.#counts;
    const samples = this.#samples;
    samples.push({ ms: nowMs, received });
    while (samples.length > 2 && nowMs - (samples[0]?.ms ?? nowMs) > RATE_WINDOW_MS) samples.shift();
    const oldest = samples[0];
    const spanMs = oldest === undefined ? 0 : nowMs - oldest.ms;
    this.ratePerSecond = oldest === undefined || spanMs <= 0 ? 0 : ((received - oldest.received) * 1000) / spanMs;
    const counts = this.#counts;
    const keys = Object.keys(counts) as (keyof Totals)[];
    if (keys.some((key) => counts[key] !== this.totals[key])) this.totals = { ...counts };
  }

  /** Forgets the rows. Counts and ordinals stay, for nothing was lost. */
  clear(): void {
    this.ring.clear();
    this.gaps.clear();
    this.#uuids.clear();
    this.clears += 1;
    this.version += 1;
  }

  /** Forgets everything, as another user's flows follow. */
  forget(): void {
    this.#intake.clear();
    this.#ordinals = new Ordinals();
    this.#shedKeys.clear();
    Object.assign(this.#counts, NOTHING);
    this.clear();
    this.version = 0;
  }

  /** Lets go what came and was not looked at. */
  discard(): void {
    this.#intake.clear();
  }

  /** The page was not connected between two moments, in milliseconds since 1970. */
  wasAway(firstMs: number, lastMs: number, nowMs: number): void {
    this.gaps.add({ id: "", kind: "away", node: "", count: 0, firstMs, lastMs }, this.ring.end, nowMs);
  }

  #take(lane: Lane, key: string, body: string, nowMs: number): void {
    const parsed = parseBatch(body);
    if (!parsed.ok) {
      this.refuse(parsed.why);
      return;
    }
    const { epoch, first, flows } = parsed.value;
    const seen = this.#ordinals.see(lane, key, epoch, first, flows.length, flows.at(-1)?.time, nowMs);
    this.#counts.repeated += flows.length - (seen.to - seen.from);
    if (seen.lost > 0) {
      const kind = seen.whileAway ? "away" : this.#shedKeys.has(key) ? "browser" : "queue";
      this.#lost(kind, seen.lost, seen.since, flows[0]?.time, nowMs);
    }
    this.#shedKeys.delete(key);
    for (let index = seen.from; index < seen.to; index += 1) {
      const flow = flows[index];
      if (flow === null || flow === undefined) {
        this.refuse("a flow in it has a field of another type");
      } else if (this.#isNew(flow)) {
        this.#counts.received += 1;
        const gone = this.ring.push(flow);
        if (gone?.flow.uuid !== undefined) this.#uuids.delete(gone.flow.uuid);
      } else {
        this.#counts.repeated += 1;
      }
    }
  }

  #lost(kind: "queue" | "browser" | "away", count: number, first?: string, last?: string, nowMs = 0): void {
    if (count === 0) return;
    if (kind === "queue") this.#counts.lostInQueue += count;
    else if (kind === "browser") this.#counts.shed += count;
    else this.#counts.missedWhileAway += count;
    // While away the moments of parting and return say more than the times of one key's flows.
    const [firstMs, lastMs] = kind === "away" ? [null, null] : [millisOf(first), millisOf(last)];
    this.gaps.add({ id: "", kind, node: "", count, firstMs, lastMs }, this.ring.end, nowMs);
  }

  /** Notes the flow's uuid. @returns false where it is there already */
  #isNew({ uuid }: Flow): boolean {
    if (uuid === undefined) return true;
    if (this.#uuids.has(uuid)) return false;
    this.#uuids.add(uuid);
    return true;
  }

  readonly #seqAt = (ms: number): number | null => placeOfTime(this.ring, ms);
}
