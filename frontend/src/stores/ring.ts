/**
 * The rows that the page keeps: the newest `capacity`, each with a number that never comes again. Rows of the past may be put below the oldest one,
 * for as long as there is room.
 */

import type { Flow } from "../wire/flow";
import { RowMaker, type Row } from "./row";

/** Rows by ordinal: `first` up to but without `end`, without holes. */
export interface RowSource {
  readonly first: number;
  readonly end: number;
  at(seq: number): Row | undefined;
}

export class Ring implements RowSource {
  readonly capacity: number;
  /** What rows held elsewhere are made with, too, so that they share what these have. */
  readonly maker = new RowMaker();
  readonly #slots: (Row | undefined)[];
  #first = 0;
  #end = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#slots = new Array<Row | undefined>(capacity);
  }

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  /** How many more rows fit in without another having to go. */
  get room(): number {
    return this.capacity - (this.#end - this.#first);
  }

  at(seq: number): Row | undefined {
    return seq >= this.#first && seq < this.#end ? this.#slots[this.#slotOf(seq)] : undefined;
  }

  /** @returns the row that had to go, if any */
  push(flow: Flow): Row | undefined {
    const slot = this.#slotOf(this.#end);
    const gone = this.room === 0 ? this.#slots[slot] : undefined;
    if (gone !== undefined) this.#first += 1;
    this.#slots[slot] = this.maker.make(this.#end, flow);
    this.#end += 1;
    return gone;
  }

  /** Puts a flow below the oldest row. To be called only while there is room. */
  prepend(flow: Flow): void {
    this.#first -= 1;
    this.#slots[this.#slotOf(this.#first)] = this.maker.make(this.#first, flow);
  }

  /** Forgets the rows; the ordinals go on. */
  clear(): void {
    this.#slots.fill(undefined);
    this.#first = this.#end;
  }

  /** The rows as they stand, safe from what comes later. Copies references only. */
  snapshot(): Span {
    const rows: Row[] = [];
    for (let seq = this.#first; seq < this.#end; seq += 1) rows.push(this.#slots[this.#slotOf(seq)] as Row);
    return new Span(this.#first, rows, this.maker);
  }

  #slotOf(seq: number): number {
    return ((seq % this.capacity) + this.capacity) % this.capacity;
  }
}

/** Rows that stay until somebody adds to them at either end. */
export class Span implements RowSource {
  #rows: Row[];
  /** Rows below, in falling order, so that adding one there moves no other. */
  readonly #below: Row[] = [];
  readonly #base: number;
  readonly #maker: RowMaker;

  /** @param first the ordinal of the first of the rows */
  constructor(first: number, rows: Row[], maker: RowMaker) {
    this.#base = first;
    this.#rows = rows;
    this.#maker = maker;
  }

  get first(): number {
    return this.#base - this.#below.length;
  }

  get end(): number {
    return this.#base + this.#rows.length;
  }

  at(seq: number): Row | undefined {
    return seq >= this.#base ? this.#rows[seq - this.#base] : this.#below[this.#base - 1 - seq];
  }

  prepend(flow: Flow): void {
    this.#below.push(this.#maker.make(this.first - 1, flow));
  }

  append(flow: Flow): void {
    this.#rows.push(this.#maker.make(this.end, flow));
  }
}
