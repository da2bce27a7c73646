/**
 * How the adapters do, from what each tells once a second, and what was lost before the broker.
 */

import { action, computed, makeObservable, observable } from "mobx";

import { millisOf } from "../flow/time";
import { parseStatus, type AdapterStatus } from "../wire/status";
import type { Loss } from "./loss";

/** An adapter speaks once a second; after this long without a word it counts as silent. */
export const SILENT_AFTER_MS = 5_000;

/** A silent adapter is no longer listed after this long; its losses stay in the sums. */
const FORGOTTEN_AFTER_MS = 300_000;

/** More adapters than this are not listed: someone may be inventing them. */
const ADAPTERS_MAX = 64;

/** Kinds of loss that are told apart; what an adapter may add beyond goes under "other". */
const LOSS_KINDS_MAX = 24;

/** Losses that are remembered as told. */
const TOLD_MAX = 20_000;

export interface Adapter {
  readonly status: AdapterStatus;
  /** Milliseconds of the clock that the store was given. */
  readonly heardMs: number;
}

export type Losses = ReadonlyMap<string, number>;

export class HealthStore {
  /** By id. */
  readonly adapters = observable.map<string, Adapter>({}, { deep: false });
  nowMs = 0;
  notUnderstood = 0;
  notUnderstoodWhy = "";

  /** Losses of epochs that have ended while this page was watching. */
  #past: Map<string, number> = new Map();

  /** Losses by epoch and number, so that each is told once. */
  readonly #told = new Set<string>();
  readonly #onLoss: (loss: Loss) => void;

  /** @param onLoss told each loss once, as an adapter tells its last ones again and again */
  constructor(onLoss: (loss: Loss) => void = () => undefined) {
    this.#onLoss = onLoss;
    makeObservable(this, {
      nowMs: observable,
      notUnderstood: observable,
      notUnderstoodWhy: observable,
      losses: computed,
      lagSeconds: computed,
      receive: action.bound,
      tick: action.bound,
      clear: action.bound,
    });
  }

  receive(body: string, nowMs: number): void {
    const parsed = parseStatus(body);
    if (!parsed.ok) {
      this.notUnderstood += 1;
      this.notUnderstoodWhy = parsed.why;
      return;
    }
    const status = parsed.value;
    const before = this.adapters.get(status.id);
    if (before === undefined && this.adapters.size >= ADAPTERS_MAX) {
      this.notUnderstood += 1;
      this.notUnderstoodWhy = `more than ${ADAPTERS_MAX} adapters speak`;
      return;
    }
    if (before !== undefined && before.status.epoch !== status.epoch) add(this.#past, before.status.losses.total);
    this.adapters.set(status.id, { status, heardMs: nowMs });
    this.nowMs = nowMs;
    for (const loss of lossesIn(status)) if (this.isNews(loss)) this.#onLoss(loss);
  }

  /** What a status of the past tells of losses, and when it told it. */
  lossesOf(body: string): { readonly timeMs: number | null; readonly losses: readonly Loss[] } {
    const parsed = parseStatus(body);
    if (!parsed.ok) return { timeMs: null, losses: [] };
    return { timeMs: millisOf(parsed.value.time), losses: lossesIn(parsed.value) };
  }

  /** Whether the loss was not told before; from now on it was. */
  isNews({ id }: Loss): boolean {
    if (this.#told.has(id)) return false;
    this.#told.add(id);
    if (this.#told.size > TOLD_MAX) {
      const oldest = this.#told.values().next();
      if (oldest.done !== true) this.#told.delete(oldest.value);
    }
    return true;
  }

  /** Lets time pass: adapters fall silent. */
  tick(nowMs: number): void {
    this.nowMs = nowMs;
    for (const [id, { status, heardMs }] of this.adapters) {
      if (nowMs - heardMs < FORGOTTEN_AFTER_MS) continue;
      add(this.#past, status.losses.total);
      this.adapters.delete(id);
    }
  }

  clear(): void {
    this.adapters.clear();
    this.#past = new Map();
    this.#told.clear();
  }

  isSilent(adapter: Adapter): boolean {
    return this.nowMs - adapter.heardMs > SILENT_AFTER_MS;
  }

  /** What was lost before the broker, by where, over all adapters and since each one's epoch began. */
  get losses(): Losses {
    const sums = new Map(this.#past);
    for (const { status } of this.adapters.values()) add(sums, status.losses.total);
    return sums;
  }

  /** The greatest lag of an adapter that speaks, null where none is known. */
  get lagSeconds(): number | null {
    let greatest: number | null = null;
    for (const adapter of this.adapters.values()) {
      const lag = adapter.status.lag_seconds;
      if (typeof lag !== "number" || this.isSilent(adapter)) continue;
      greatest = Math.max(greatest ?? lag, lag);
    }
    return greatest;
  }
}

function add(sums: Map<string, number>, losses: Readonly<Record<string, number>>): void {
  for (const [kind, count] of Object.entries(losses)) {
    const key = sums.has(kind) || sums.size < LOSS_KINDS_MAX ? kind : "other";
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
}

function lossesIn({ epoch, losses }: AdapterStatus): readonly Loss[] {
  const found: Loss[] = [];
  for (const { n, source, node, count, first, last } of losses.recent ?? []) {
    if (n === undefined) continue;
    found.push({
      id: `${epoch} ${n}`,
      kind: source ?? "",
      node: node ?? "",
      count: count ?? null,
      firstMs: millisOf(first ?? undefined),
      lastMs: millisOf(last ?? undefined),
    });
  }
  return found;
}
