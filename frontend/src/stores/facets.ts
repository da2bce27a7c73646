/**
 * The facets panel: counts of values over the kept rows. While it is closed nothing is counted; while it is open it follows the rows as they are
 * committed, and tells its counts a few times a second.
 */

import { action, makeObservable, observable, reaction, runInAction } from "mobx";

import { FACET_KINDS } from "../filter/facetkinds";
import { FacetCounts, type ValueCount } from "./facetcounts";
import type { Ring } from "./ring";

export interface FacetView {
  readonly values: readonly ValueCount[];
  readonly distinct: number;
  readonly other: number;
}

/** What the store needs of the flows. */
interface Flows {
  readonly version: number;
  readonly ring: Ring;
}

/** What a frame may spend on rows that were there before the panel was opened. */
const BACKLOG_BUDGET_MS = 3;

const TELL_EVERY_MS = 500;

export const VALUES_SHOWN = 6;
export const VALUES_SHOWN_MORE = 40;

const NOTHING: FacetView = { values: [], distinct: 0, other: 0 };

export class FacetsStore {
  isOpen = false;
  /** Ids of facets that are folded. */
  readonly folded = observable.set<string>();
  /** Ids of facets that show more values. */
  readonly longer = observable.set<string>();
  /** By the place of each in FACET_KINDS. */
  views: readonly FacetView[] = FACET_KINDS.map(() => NOTHING);
  /** Rows that the counts are of. */
  rows = 0;
  complete = true;

  readonly #flows: Flows;
  readonly #now: () => number;
  #counts: FacetCounts | null = null;
  #stop: (() => void) | null = null;
  /** While somebody points at a value, values keep their places. */
  #isSteady = false;

  /** @param now milliseconds of any clock */
  constructor(flows: Flows, now: () => number = () => performance.now()) {
    this.#flows = flows;
    this.#now = now;
    makeObservable(this, {
      isOpen: observable,
      views: observable.ref,
      rows: observable,
      complete: observable,
      setOpen: action.bound,
      toggle: action.bound,
      toggleFolded: action.bound,
      toggleLonger: action.bound,
      setFolded: action.bound,
      tell: action.bound,
    });
  }

  setOpen(isOpen: boolean): void {
    if (isOpen === this.isOpen) return;
    this.isOpen = isOpen;
    this.#stop?.();
    this.#stop = null;
    this.#counts = null;
    if (!isOpen) return;
    const { ring } = this.#flows;
    this.#counts = new FacetCounts(FACET_KINDS, ring.capacity);
    this.#counts.start(ring);
    const dispose = reaction(
      () => this.#flows.version,
      () => {
        this.#advance();
      },
    );
    const timer = setInterval(() => {
      this.#advance();
      this.tell();
    }, TELL_EVERY_MS);
    this.#stop = () => {
      dispose();
      clearInterval(timer);
    };
    this.#advance();
    this.tell();
  }

  toggle(): void {
    this.setOpen(!this.isOpen);
  }

  toggleFolded(id: string): void {
    if (!this.folded.delete(id)) this.folded.add(id);
    this.tell();
  }

  toggleLonger(id: string): void {
    if (!this.longer.delete(id)) this.longer.add(id);
    this.tell();
  }

  /** Folds these and no others; ids that are none are left out. */
  setFolded(ids: readonly string[]): void {
    this.folded.replace(ids.filter((id) => FACET_KINDS.some((kind) => kind.id === id)));
    this.tell();
  }

  /** While steady, values keep their places and only their counts change, so that nothing moves away under a pointer. */
  setSteady(isSteady: boolean): void {
    this.#isSteady = isSteady;
  }

  /** Brings what is shown up to date. */
  tell(): void {
    const counts = this.#counts;
    if (counts === null) return;
    this.rows = counts.rows;
    this.views = FACET_KINDS.map(({ id }, index) => {
      if (this.folded.has(id)) return NOTHING;
      const { top, distinct, other } = counts.top(index, this.longer.has(id) ? VALUES_SHOWN_MORE : VALUES_SHOWN);
      const before = this.views[index]?.values ?? [];
      const stays = this.#isSteady && before.length > 0 && before.length === top.length;
      const values = stays ? before.map(({ value }) => ({ value, count: counts.count(index, value) })) : top;
      return { values, distinct, other };
    });
  }

  #advance(): void {
    const complete = this.#counts?.advance(this.#flows.ring, this.#now, BACKLOG_BUDGET_MS) ?? true;
    if (complete !== this.complete) {
      runInAction(() => {
        this.complete = complete;
      });
    }
  }
}
