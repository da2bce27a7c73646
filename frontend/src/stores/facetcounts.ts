/**
 * How often each value occurs among the kept rows: counted as rows come and uncounted as they go, never anew.
 *
 * What was counted for a row is remembered by the number of each value, so that a row that left the ring is uncounted without a look at its
 * flow. Memory is bounded: a facet tells so many values apart, and what comes beyond counts as "other" until one of them is gone.
 */

import type { Flow } from "../wire/flow";
import type { RowSource } from "./ring";

/** A number costs nothing to look up, where a text made of it would. */
export type Value = string | number;

export interface Facet {
  readonly id: string;
  /** Values of a row that are remembered at no cost; a few rows may have more. */
  readonly slots: number;
  /** Values that are told apart. */
  readonly valuesMax: number;
  /** Adds the flow's values to a list, each once. */
  readonly valuesOf: (flow: Flow, into: Value[]) => void;
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

export interface FacetTop {
  /** The most frequent first. */
  readonly top: readonly ValueCount[];
  readonly distinct: number;
  /** How often values occurred that were not told apart. */
  readonly other: number;
}

/** Stands for what is not told apart; 0 in a row's slot is no value. */
const OTHER = 1;

/** Rows counted between two looks at the clock. */
const ROWS_PER_LOOK = 64;

export class FacetCounts {
  readonly #facets: readonly Facet[];
  readonly #tables: readonly Table[];
  readonly #capacity: number;
  readonly #width: number;
  /** For each row of the ring the numbers of its values, facet by facet. */
  readonly #numbers: Int32Array;
  /** What did not fit there, by row: facet and number in turn. */
  readonly #rest = new Map<number, readonly number[]>();
  readonly #scratch: Value[] = [];
  /** Rows from `#low` up to but without `#high` are counted. */
  #low = 0;
  #high = 0;

  /** @param capacity the most rows that the source may hold */
  constructor(facets: readonly Facet[], capacity: number) {
    this.#facets = facets;
    this.#tables = facets.map(({ valuesMax }) => new Table(valuesMax));
    this.#capacity = capacity;
    this.#width = facets.reduce((sum, { slots }) => sum + slots, 0);
    this.#numbers = new Int32Array(capacity * this.#width);
  }

  /** Rows that are counted. */
  get rows(): number {
    return this.#high - this.#low;
  }

  /** Begins at the newest row; what is older is counted as time allows. */
  start(source: RowSource): void {
    this.#low = source.end;
    this.#high = source.end;
  }

  /** Takes in what came and what went since the last call, and older rows until the clock says stop. @returns whether all are counted */
  advance(source: RowSource, now: () => number, budgetMs: number): boolean {
    if (source.first >= this.#high) {
      // The source was emptied, or has moved on by more than it holds.
      for (const table of this.#tables) table.clear();
      this.#rest.clear();
      this.#numbers.fill(0);
      this.#low = source.first;
      this.#high = source.first;
    }
    for (; this.#low < source.first; this.#low += 1) this.#remove(this.#low);
    for (; this.#high < source.end; this.#high += 1) this.#add(source, this.#high);
    const until = now() + budgetMs;
    while (this.#low > source.first) {
      for (let count = 0; count < ROWS_PER_LOOK && this.#low > source.first; count += 1) {
        this.#low -= 1;
        this.#add(source, this.#low);
      }
      if (now() >= until) break;
    }
    return this.#low === source.first;
  }

  /** The most frequent values of a facet, by its place in the list of facets. */
  top(facet: number, limit: number): FacetTop {
    return this.#tables[facet]?.top(limit) ?? { top: [], distinct: 0, other: 0 };
  }

  /** How often a value occurs; 0 for one that is not told apart. */
  count(facet: number, value: string): number {
    return this.#tables[facet]?.count(value) ?? 0;
  }

  #base(seq: number): number {
    return (((seq % this.#capacity) + this.#capacity) % this.#capacity) * this.#width;
  }

  #add(source: RowSource, seq: number): void {
    const flow = source.at(seq)?.flow;
    if (flow === undefined) return;
    let slot = this.#base(seq);
    let rest: number[] | null = null;
    for (let index = 0; index < this.#facets.length; index += 1) {
      const facet = this.#facets[index] as Facet;
      const table = this.#tables[index] as Table;
      const values = this.#scratch;
      values.length = 0;
      facet.valuesOf(flow, values);
      for (let nth = 0; nth < values.length; nth += 1) {
        const number = table.add(values[nth] as Value);
        if (nth < facet.slots) this.#numbers[slot + nth] = number;
        else (rest ??= []).push(index, number);
      }
      slot += facet.slots;
    }
    if (rest !== null) this.#rest.set(seq, rest);
  }

  #remove(seq: number): void {
    const base = this.#base(seq);
    let slot = base;
    for (let index = 0; index < this.#facets.length; index += 1) {
      const { slots } = this.#facets[index] as Facet;
      for (let nth = 0; nth < slots; nth += 1) {
        const number = this.#numbers[slot + nth] as number;
        if (number === 0) break;
        this.#tables[index]?.remove(number);
      }
      slot += slots;
    }
    this.#numbers.fill(0, base, base + this.#width);
    const rest = this.#rest.get(seq);
    if (rest === undefined) return;
    this.#rest.delete(seq);
    for (let at = 0; at < rest.length; at += 2) this.#tables[rest[at] as number]?.remove(rest[at + 1] as number);
  }
}

/** The values of one facet and how often each occurs. */
class Table {
  readonly #valuesMax: number;
  readonly #numbers = new Map<Value, number>();
  /** By number; a number that is free has a count of 0. */
  readonly #values: Value[] = ["", ""];
  readonly #counts: number[] = [0, 0];
  readonly #free: number[] = [];

  constructor(valuesMax: number) {
    this.#valuesMax = valuesMax;
  }

  /** @returns the value's number */
  add(value: Value): number {
    let number = this.#numbers.get(value);
    if (number === undefined) number = this.#numbers.size < this.#valuesMax ? this.#make(value) : OTHER;
    this.#counts[number] = (this.#counts[number] ?? 0) + 1;
    return number;
  }

  remove(number: number): void {
    const count = (this.#counts[number] ?? 0) - 1;
    this.#counts[number] = count;
    if (count > 0 || number === OTHER) return;
    this.#numbers.delete(this.#values[number] ?? "");
    this.#values[number] = "";
    this.#free.push(number);
  }

  clear(): void {
    this.#numbers.clear();
    this.#values.length = 2;
    this.#counts.length = 2;
    this.#counts[OTHER] = 0;
    this.#free.length = 0;
  }

  count(value: string): number {
    const number = this.#numbers.get(value) ?? this.#numbers.get(Number(value));
    return number === undefined ? 0 : (this.#counts[number] ?? 0);
  }

  top(limit: number): FacetTop {
    const top: { value: Value; count: number }[] = [];
    for (let number = OTHER + 1; number < this.#counts.length; number += 1) {
      const count = this.#counts[number] ?? 0;
      if (count === 0 || (top.length === limit && count <= (top.at(-1)?.count ?? 0))) continue;
      let at = top.length;
      while (at > 0 && (top[at - 1]?.count ?? 0) < count) at -= 1;
      top.splice(at, 0, { value: this.#values[number] ?? "", count });
      if (top.length > limit) top.pop();
    }
    return {
      top: top.map(({ value, count }) => ({ value: String(value), count })),
      distinct: this.#numbers.size,
      other: this.#counts[OTHER] ?? 0,
    };
  }

  #make(value: Value): number {
    const number = this.#free.pop() ?? this.#values.length;
    this.#values[number] = value;
    this.#counts[number] = 0;
    this.#numbers.set(value, number);
    return number;
  }
}
