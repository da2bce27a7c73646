/**
 * Who talks to whom among the rows that pass the filter, counted as rows come and go: a row costs a few look-ups when it comes and one when it goes.
 */

import { GROUPS, groupOf } from "../chart/groups";
import { destinationOf, sourceOf, type Side } from "../flow/endpoint";
import type { Row } from "../stores/row";
import type { Endpoint, Flow } from "../wire/flow";
import { answerOf, Answers } from "./answers";
import { placeOf, type Place } from "./place";

/** Rows that pass the filter, newest first. */
export interface RowList {
  readonly count: number;
  at(index: number): Row | undefined;
  /** The index of a row, or of the next older one; -1 where there is none. */
  indexOf(seq: number): number;
}

export interface Stop {
  readonly id: number;
  readonly place: Place;
  /** By where they lead to. */
  readonly ways: Map<Stop, Way>;
  flows: number;
}

export interface Way {
  readonly id: number;
  readonly from: Stop;
  readonly to: Stop;
  /** By group of verdicts. */
  readonly counts: Uint32Array;
  /** Null before the first one. */
  answers: Answers | null;
  flows: number;
}

/** No way: the row does not pass the filter, or was not counted. */
const NONE = -1;

/** Endpoints of which the place is remembered. */
const REMEMBERED_MAX = 16_384;

export class Traffic {
  readonly #capacity: number;
  readonly #wayOf: Int32Array;
  readonly #groupOf: Uint8Array;
  readonly #answerOf: Uint8Array;
  readonly #timeOf: Float64Array;
  readonly #areas = new Map<string, Map<string, Stop>>();
  readonly #ways = new Map<number, Way>();
  /** Where endpoints stand that are in a namespace, as rows share their endpoints. A place that was forgotten has no flows. */
  readonly #stopOf = new Map<Endpoint, Stop>();
  #nextId = 0;
  /** Counted rows lie between these, the first included, the second not. */
  #first = 0;
  #end = 0;
  #begun = false;

  /** @param capacity as many rows as the buffer keeps */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#wayOf = new Int32Array(capacity).fill(NONE);
    this.#groupOf = new Uint8Array(capacity);
    this.#answerOf = new Uint8Array(capacity);
    this.#timeOf = new Float64Array(capacity);
  }

  get ways(): Iterable<Way> {
    return this.#ways.values();
  }

  /** Forgets everything, to count other rows. */
  restart(): void {
    this.#wayOf.fill(NONE);
    this.#areas.clear();
    this.#ways.clear();
    this.#stopOf.clear();
    this.#begun = false;
  }

  /**
   * Takes in what came to the rows and what left them.
   *
   * @param first the oldest row that is still there
   * @param rowsMax so many older rows at once at the most
   * @returns whether that was all
   */
  advance(rows: RowList, first: number, rowsMax: number): boolean {
    const newest = rows.at(0);
    if (newest === undefined) {
      if (this.#begun) this.restart();
      return true;
    }
    if (!this.#begun || first >= this.#end) {
      this.restart();
      this.#begun = true;
      this.#first = newest.seq + 1;
      this.#end = newest.seq + 1;
    }
    const lowest = Math.max(first, newest.seq + 1 - this.#capacity);
    for (; this.#first < lowest; this.#first += 1) this.#drop(this.#first);
    this.#takeNewer(rows);
    return this.#takeOlder(rows, lowest, rowsMax);
  }

  /** Seconds between the oldest and the newest counted row, at least one. */
  spanSeconds(): number {
    let least = Infinity;
    let greatest = -Infinity;
    const stride = Math.max(1, Math.floor((this.#end - this.#first) / 2_000));
    for (let seq = this.#end - 1; seq >= this.#first; seq -= stride) {
      const slot = this.#slot(seq);
      const ms = this.#timeOf[slot] ?? NaN;
      if (this.#wayOf[slot] === NONE || Number.isNaN(ms)) continue;
      least = Math.min(least, ms);
      greatest = Math.max(greatest, ms);
    }
    return Math.max(1, (greatest - least) / 1_000 || 1);
  }

  #takeNewer(rows: RowList): void {
    const newer: Row[] = [];
    for (let index = 0; index < rows.count; index += 1) {
      const row = rows.at(index);
      if (row === undefined || row.seq < this.#end) break;
      newer.push(row);
    }
    for (const row of newer.reverse()) this.#take(row);
    if (newer.length > 0) this.#end = (newer.at(-1)?.seq ?? 0) + 1;
  }

  #takeOlder(rows: RowList, lowest: number, rowsMax: number): boolean {
    let index = rows.indexOf(this.#first - 1);
    if (index < 0) {
      this.#first = Math.min(this.#first, lowest);
      return true;
    }
    for (let taken = 0; taken < rowsMax; taken += 1) {
      const row = rows.at(index);
      if (row === undefined || row.seq < lowest) {
        this.#first = Math.min(this.#first, lowest);
        return true;
      }
      this.#take(row);
      this.#first = row.seq;
      index += 1;
    }
    return false;
  }

  #take(row: Row): void {
    const way = this.#wayBetween(row.flow);
    const group = groupOf(row.flow.verdict);
    const slot = this.#slot(row.seq);
    this.#wayOf[slot] = way.id;
    this.#groupOf[slot] = group;
    this.#timeOf[slot] = row.ms;
    const answer = answerOf(row.flow);
    this.#answerOf[slot] = answer;
    if (answer !== 0) (way.answers ??= new Answers()).add(answer);
    way.counts[group] = (way.counts[group] ?? 0) + 1;
    way.flows += 1;
    way.from.flows += 1;
    way.to.flows += 1;
  }

  #drop(seq: number): void {
    const slot = this.#slot(seq);
    const way = this.#ways.get(this.#wayOf[slot] ?? NONE);
    this.#wayOf[slot] = NONE;
    if (way === undefined) return;
    const group = this.#groupOf[slot] ?? 0;
    way.counts[group] = (way.counts[group] ?? 1) - 1;
    const answer = this.#answerOf[slot] ?? 0;
    if (answer !== 0) way.answers?.remove(answer);
    way.flows -= 1;
    if (way.flows === 0) {
      this.#ways.delete(way.id);
      way.from.ways.delete(way.to);
    }
    for (const stop of [way.from, way.to]) {
      stop.flows -= 1;
      if (stop.flows === 0) this.#forget(stop);
    }
  }

  #wayBetween(flow: Flow): Way {
    // An answer goes the way of its connection, so that the map shows who opened it.
    const isReply = flow.is_reply === true;
    const from = this.#stopOn(flow, isReply ? "destination" : "source");
    const to = this.#stopOn(flow, isReply ? "source" : "destination");
    let way = from.ways.get(to);
    if (way === undefined) {
      way = { id: (this.#nextId += 1), from, to, counts: new Uint32Array(GROUPS.length), answers: null, flows: 0 };
      from.ways.set(to, way);
      this.#ways.set(way.id, way);
    }
    return way;
  }

  #stopOn(flow: Flow, on: "source" | "destination"): Stop {
    const endpoint = on === "source" ? flow.source : flow.destination;
    const side = (): Side => (on === "source" ? sourceOf(flow) : destinationOf(flow));
    // Outside of namespaces it is the flow's names that tell the place.
    if (endpoint?.namespace === undefined) return this.#stop(placeOf(side()));
    let stop = this.#stopOf.get(endpoint);
    if (stop === undefined || stop.flows === 0) {
      stop = this.#stop(placeOf(side()));
      if (this.#stopOf.size >= REMEMBERED_MAX) this.#stopOf.clear();
      this.#stopOf.set(endpoint, stop);
    }
    return stop;
  }

  #stop(place: Place): Stop {
    let area = this.#areas.get(place.area);
    if (area === undefined) {
      area = new Map();
      this.#areas.set(place.area, area);
    }
    let stop = area.get(place.name);
    if (stop === undefined) {
      stop = { id: (this.#nextId += 1), place, ways: new Map(), flows: 0 };
      area.set(place.name, stop);
    }
    return stop;
  }

  #forget({ place }: Stop): void {
    const area = this.#areas.get(place.area);
    area?.delete(place.name);
    if (area?.size === 0) this.#areas.delete(place.area);
  }

  #slot(seq: number): number {
    return ((seq % this.#capacity) + this.#capacity) % this.#capacity;
  }
}
