/**
 * What the table shows of the flows: everything as it comes, or a held picture of it; filtered or not; with a row selected or not.
 *
 * Holding takes a snapshot of the rows. The ring goes on underneath, so an operator may read for as long as it takes without a row
 * vanishing under their eyes, and what came meanwhile is counted.
 */

import { action, computed, createAtom, makeObservable, observable, reaction } from "mobx";

import type { FilterStore } from "./filter";
import type { FlowsStore } from "./flows";
import type { Flow } from "../wire/flow";
import { Matches } from "./matches";
import type { Gap } from "./loss";
import { Span, type RowSource } from "./ring";
import type { Row } from "./row";
import { Shown } from "./shown";
import { isSame, NO_COUNTS, type ViewCounts } from "./viewcounts";

/** Why the table is held: the button (or space), a scroll away from the top, a selected row, a time of the past that is looked at. */
export type HoldReason = "button" | "scroll" | "selection" | "past";

/** How much of a frame a search through the rows may take. */
const SEARCH_BUDGET_MS = 6;

/** How much the first frame of a search may: a keystroke is answered at once, and a full buffer takes some 20 ms for most filters. */
const FIRST_SEARCH_BUDGET_MS = 35;

export class ViewStore {
  /** Rises when the table should go back to its top. */
  topRequests = 0;
  /** The row that was last asked to be brought into sight. */
  revealed: { readonly row: Row } | null = null;
  readonly holds = observable.set<HoldReason>();
  selected: Row | null = null;
  detailsOpen = false;
  counts: ViewCounts = NO_COUNTS;

  readonly #rowsChanged = createAtom("rows");
  readonly #flows: FlowsStore;
  readonly #filter: FilterStore;
  readonly #now: () => number;
  readonly #wake: () => void;
  #source: RowSource;
  /** While the table is held: the rows that are held. */
  #span: Span | null = null;
  #matches: Matches;
  #gaps: readonly Gap[];
  #shown: Shown;
  /** Since the table is held: what came meanwhile. */
  #fresh: Matches | null = null;
  readonly #disposeFilter: () => void;

  /** @param wake asks for a call of `advance` in the next frame */
  constructor(flows: FlowsStore, filter: FilterStore, now: () => number, wake: () => void) {
    this.#flows = flows;
    this.#filter = filter;
    this.#now = now;
    this.#wake = wake;
    this.#source = flows.ring;
    this.#matches = new Matches(flows.ring, filter.predicate);
    this.#gaps = flows.gaps.list;
    this.#shown = new Shown(this.#matches, this.#gaps);
    makeObservable(this, {
      topRequests: observable,
      revealed: observable.ref,
      reveal: action.bound,
      showGaps: action.bound,
      selected: observable.ref,
      detailsOpen: observable,
      counts: observable.ref,
      held: computed,
      advance: action.bound,
      showPast: action.bound,
      extendDown: action.bound,
      extendUp: action.bound,
      tick: action.bound,
      hold: action.bound,
      release: action.bound,
      resume: action.bound,
      togglePause: action.bound,
      select: action.bound,
      openDetails: action.bound,
      closeDetails: action.bound,
      back: action.bound,
      clear: action.bound,
    });
    this.#disposeFilter = reaction(
      () => filter.predicate,
      () => {
        this.#filterChanged();
        wake();
      },
    );
  }

  dispose(): void {
    this.#disposeFilter();
  }

  get held(): boolean {
    return this.holds.size > 0;
  }

  /** Rows that are shown, newest first, gaps among them. Observable as a whole: MobX knows that they changed, not which. */
  get rows(): Pick<Shown, "count" | "at" | "indexOf"> {
    this.#rowsChanged.reportObserved();
    return this.#shown;
  }

  /** Rows that pass the filter, newest first, without gaps. Observable as a whole. */
  get flowRows(): Pick<Matches, "count" | "at" | "indexOf"> {
    this.#rowsChanged.reportObserved();
    return this.#matches;
  }

  /** The rows that the filter looks through: those that the page keeps, or while the table is held those that are held. */
  get source(): RowSource {
    this.#rowsChanged.reportObserved();
    return this.#source;
  }

  /** Whether every row was looked at. Observable with the rows. */
  get isComplete(): boolean {
    this.#rowsChanged.reportObserved();
    return this.#matches.complete;
  }

  /** Takes in what was committed and goes on with a search. @returns whether the search needs another frame */
  advance(committed: boolean): boolean {
    if (committed) {
      if (this.#fresh === null) {
        this.#matches.advance();
        this.#changed();
      } else {
        this.#fresh.advance();
      }
    } else if (this.#fresh === null && this.#flows.gaps.list !== this.#gaps) {
      this.#changed();
    }
    if (!this.#matches.complete) {
      this.#matches.search(this.#now, SEARCH_BUDGET_MS);
      this.#changed();
    } else if (this.#fresh?.complete === false) {
      this.#fresh.search(this.#now, SEARCH_BUDGET_MS);
    }
    return !this.#matches.complete || this.#fresh?.complete === false;
  }

  tick(): void {
    const counts: ViewCounts = {
      matching: this.#matches.count,
      kept: this.#source.end - this.#source.first,
      fresh: this.#fresh?.total ?? 0,
      complete: this.#matches.complete,
    };
    if (!isSame(counts, this.counts)) this.counts = counts;
  }

  hold(reason: HoldReason): void {
    if (this.#span === null) {
      const { ring } = this.#flows;
      this.#span = ring.snapshot();
      this.#source = this.#span;
      this.#fresh = new Matches(ring, this.#filter.predicate, ring.end);
      this.#matches.rebase(this.#span);
    }
    this.holds.add(reason);
    this.tick();
  }

  /** Shows a part of the past instead of what the page keeps. @param flows rising by time */
  showPast(flows: readonly Flow[], gaps: readonly Gap[] = []): void {
    this.hold("past");
    this.selected = null;
    this.detailsOpen = false;
    this.#span = new Span(0, [], this.#flows.ring.maker);
    for (const flow of flows) this.#span.append(flow);
    this.#source = this.#span;
    this.#gaps = gaps;
    this.#restart();
  }

  /** The gaps among the held rows. */
  get heldGaps(): readonly Gap[] {
    return this.#span === null ? [] : this.#gaps;
  }

  /** Shows these gaps among the held rows. */
  showGaps(gaps: readonly Gap[]): void {
    if (this.#span === null) return;
    this.#gaps = gaps;
    this.#changed();
  }

  /** Brings a row into sight. @param open whether to select it and open its details */
  reveal(row: Row, open: boolean): void {
    if (open) {
      this.select(row);
      this.openDetails();
    }
    this.revealed = { row };
  }

  /** Puts flows below the oldest of the held rows. @param flows newest first */
  extendDown(flows: readonly Flow[]): void {
    if (this.#span === null) return;
    for (const flow of flows) this.#span.prepend(flow);
    this.#changed();
    this.#wake();
  }

  /** Puts flows above the newest of the held rows. @param flows rising by time */
  extendUp(flows: readonly Flow[]): void {
    if (this.#span === null) return;
    for (const flow of flows) this.#span.append(flow);
    this.#matches.advance();
    this.#changed();
    this.#wake();
  }

  /** Takes one reason away; the table goes on when it was the last. */
  release(reason: HoldReason): void {
    if (!this.holds.delete(reason) || this.held) return;
    this.#follow();
  }

  /** Goes on whatever it was held for. */
  resume(): void {
    this.holds.clear();
    this.selected = null;
    this.detailsOpen = false;
    this.#follow();
    this.topRequests += 1;
  }

  togglePause(): void {
    if (this.held) this.resume();
    else this.hold("button");
  }

  select(row: Row | null): void {
    this.selected = row;
    if (row === null) this.release("selection");
    else this.hold("selection");
  }

  openDetails(): void {
    if (this.selected !== null) this.detailsOpen = true;
  }

  closeDetails(): void {
    this.detailsOpen = false;
  }

  /** Escape: closes the details, then gives up the selection. @returns whether there was anything to step back from */
  back(): boolean {
    if (this.detailsOpen) this.closeDetails();
    else if (this.selected !== null) this.select(null);
    else return false;
    return true;
  }

  /** Empties the table and goes on. */
  clear(): void {
    this.#flows.clear();
    this.resume();
  }

  #follow(): void {
    this.#fresh = null;
    this.#span = null;
    this.#source = this.#flows.ring;
    this.#restart();
  }

  #filterChanged(): void {
    this.#fresh = this.#fresh?.under(this.#filter.predicate) ?? null;
    this.topRequests += 1;
    this.#restart();
  }

  /** Looks for what to show from the start. Most of it is at hand at once. */
  #restart(): void {
    this.#matches = new Matches(this.#source, this.#filter.predicate);
    this.#matches.search(this.#now, FIRST_SEARCH_BUDGET_MS);
    this.#changed();
    this.tick();
  }

  #changed(): void {
    // What is held stays as it is: a gap that is told now would move the rows under the reader's eyes.
    if (this.#span === null) this.#gaps = this.#flows.gaps.list;
    this.#shown = new Shown(this.#matches, this.#gaps);
    this.#rowsChanged.reportChanged();
  }
}
