/**
 * Keeps the drawn rows in step with the view, the scroll position and the size, and turns scrolls and keys into what they mean for the view.
 */

import { autorun, reaction, untracked } from "mobx";

import type { SettingsStore } from "../stores/settings";
import type { Past } from "../session/past";
import type { Row } from "../stores/row";
import type { ViewStore } from "../stores/view";
import type { Command } from "./keys";
import { Pace } from "./pace";
import { RowPool, type Layout } from "./rowpool";

/** Kept in step with --head-height in page.css. */
const HEAD_HEIGHT_PX = 26;

/** For this long after the last change frames are watched, so that the pace knows how they fare. */
const WATCH_MS = 500;

/** How often relative times are told anew. */
const RELATIVE_TIME_MS = 1_000;

export interface TableElements {
  readonly grid: HTMLElement;
  readonly scroller: HTMLElement;
  readonly space: HTMLElement;
  readonly sheet: HTMLElement;
}

/** The session's parts that the table is about. */
export interface TableParts {
  readonly view: ViewStore;
  readonly settings: SettingsStore;
  readonly past: Past;
}

export class TableDriver {
  readonly #view: ViewStore;
  readonly #settings: SettingsStore;
  readonly #past: Past;
  readonly #elements: TableElements;
  readonly #pool: RowPool;
  readonly #pace = new Pace();
  readonly #cleanups: (() => void)[] = [];
  #rowHeightPx: number;
  #topPx = 0;
  #heightPx = 0;
  #drawnCount = -1;
  /** Whether a search goes on. */
  #busy = false;
  /** A scroll to the top that we made ourselves; its event is still to come. */
  #ownScroll = false;
  /** Whether rows have changed since they were drawn. */
  #stale = false;
  #changedMs = 0;
  #frame: number | null = null;

  constructor({ view, settings, past }: TableParts, elements: TableElements) {
    this.#view = view;
    this.#settings = settings;
    this.#past = past;
    this.#rowHeightPx = settings.rowHeightPx;
    this.#elements = elements;
    this.#pool = new RowPool(elements.sheet, "flow-row-", this.#layout());
    const { scroller } = elements;

    const onScroll = (): void => {
      this.#scrolled();
    };
    // A table that is not full can't be scrolled, and may yet have a past.
    const onWheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY <= 0 || !past.isAvailable || scroller.scrollHeight > scroller.clientHeight) return;
      view.hold("scroll");
      this.#readOn();
    };
    scroller.addEventListener("scroll", onScroll, { passive: true });
    scroller.addEventListener("wheel", onWheel, { passive: true });
    const sizes = new ResizeObserver(() => {
      this.#heightPx = Math.max(0, scroller.clientHeight - HEAD_HEIGHT_PX);
      this.#draw();
    });
    sizes.observe(scroller);
    let topRequests = 0;
    this.#cleanups.push(
      () => {
        scroller.removeEventListener("scroll", onScroll);
        scroller.removeEventListener("wheel", onWheel);
        sizes.disconnect();
        if (this.#frame !== null) cancelAnimationFrame(this.#frame);
      },
      autorun(() => {
        this.#relayout(this.#layout());
      }),
      this.#keepRelativeTimes(),
      reaction(
        () => view.revealed,
        (revealed) => {
          if (revealed !== null) this.#reveal(revealed.row.seq);
        },
      ),
      reaction(
        () => past.state.is,
        () => {
          this.#readOn();
        },
      ),
      autorun(() => {
        // What the operator does is answered at once; what comes by itself keeps to the pace.
        const asked = view.held || view.topRequests !== topRequests;
        if (view.topRequests !== topRequests) this.#toTop();
        topRequests = view.topRequests;
        this.#changed(view.rows.count, view.selected?.seq ?? null, asked);
      }),
    );
  }

  dispose(): void {
    for (const cleanup of this.#cleanups) cleanup();
  }

  press(target: EventTarget | null): void {
    const row = this.#pool.rowOf(target);
    if (row === null) return;
    this.#view.select(row);
    // Holding the table draws what the pace had put off, and that may have pushed the row out of sight.
    this.#reveal(row.seq);
  }

  /** The row that an event's target lies in. */
  rowOf(target: EventTarget | null): Row | null {
    return this.#pool.rowOf(target);
  }

  run(command: Command): void {
    const page = Math.max(1, Math.floor(this.#heightPx / this.#rowHeightPx) - 1);
    switch (command.do) {
      case "move":
        this.#move(command.by);
        break;
      case "page":
        this.#move(command.by * page);
        break;
      case "first":
        this.#selectAt(0);
        break;
      case "last":
        this.#selectAt(this.#view.rows.count - 1);
        break;
      default:
    }
  }

  #layout(): Layout {
    const { columns, rowHeightPx, clock, timeFormat } = this.#settings;
    return {
      columns: columns.map(({ column }) => column),
      rowHeightPx,
      reading: {
        clock,
        timeFormat,
        get nowMs() {
          return Date.now();
        },
      },
    };
  }

  #relayout(layout: Layout): void {
    const { grid } = this.#elements;
    const row = this.#topPx / this.#rowHeightPx;
    grid.style.setProperty("--row-height", `${layout.rowHeightPx}px`);
    grid.style.setProperty("--columns", this.#settings.template);
    grid.style.setProperty("--columns-width", `${this.#settings.widthPx}px`);
    this.#pool.setLayout(layout);
    if (layout.rowHeightPx !== this.#rowHeightPx) {
      this.#rowHeightPx = layout.rowHeightPx;
      this.#drawnCount = -1;
      untracked(() => {
        this.#draw();
        if (row > 0) this.#scrollTo(row * layout.rowHeightPx);
      });
    } else {
      untracked(() => {
        this.#draw();
      });
    }
  }

  /** Times go on even where no row comes. @returns a function that ends it */
  #keepRelativeTimes(): () => void {
    const timer = setInterval(() => {
      if (this.#settings.timeFormat !== "relative") return;
      this.#pool.setLayout(this.#layout());
      this.#draw();
    }, RELATIVE_TIME_MS);
    return () => {
      clearInterval(timer);
    };
  }

  #move(by: number): void {
    const { rows, selected } = this.#view;
    const current = selected === null ? -1 : rows.indexOf(selected.seq);
    // With nothing selected, or with a row that is gone, the selection starts at the top of what is in sight.
    const target = current < 0 ? Math.ceil(this.#topPx / this.#rowHeightPx) : current + by;
    this.#selectAt(Math.max(0, Math.min(rows.count - 1, target)));
  }

  #selectAt(index: number): void {
    const row = this.#view.rows.at(index);
    if (row === undefined) return;
    this.#view.select(row);
    const top = index * this.#rowHeightPx;
    if (top < this.#topPx) this.#scrollTo(top);
    else if (top + this.#rowHeightPx > this.#topPx + this.#heightPx)
      this.#scrollTo(top + this.#rowHeightPx - this.#heightPx);
  }

  #scrollTo(px: number): void {
    this.#elements.scroller.scrollTop = px;
    this.#topPx = px;
    this.#draw();
  }

  #toTop(): void {
    if (this.#topPx === 0) return;
    this.#ownScroll = true;
    this.#scrollTo(0);
  }

  #scrolled(): void {
    this.#topPx = Math.max(0, this.#elements.scroller.scrollTop);
    if (this.#topPx > 0) this.#view.hold("scroll");
    else if (!this.#ownScroll) this.#view.release("scroll");
    this.#ownScroll = false;
    this.#draw();
    this.#readOn();
  }

  /** Puts a row into the middle of what is in sight, where it is not in sight already. */
  #reveal(seq: number): void {
    const index = this.#view.rows.indexOf(seq);
    if (index < 0) return;
    this.#drawRows(this.#view.rows.count, this.#view.selected?.seq ?? null, performance.now());
    const top = index * this.#rowHeightPx;
    if (top >= this.#topPx && top + this.#rowHeightPx <= this.#topPx + this.#heightPx) return;
    this.#scrollTo(Math.max(0, (index + 0.5) * this.#rowHeightPx - this.#heightPx / 2));
  }

  /** Asks for more of the past as the reader comes to either end of the held rows. */
  #readOn(): void {
    const view = this.#view;
    if (!view.held || !this.#past.isAvailable || this.#past.state.is === "failed") return;
    const belowPx = view.rows.count * this.#rowHeightPx - (this.#topPx + this.#heightPx);
    if (view.counts.complete && belowPx < this.#heightPx) void this.#past.older();
    else if (view.holds.has("past") && this.#topPx < this.#rowHeightPx) void this.#readNewer();
  }

  /** Rows that come in above must not move those in sight. */
  async #readNewer(): Promise<void> {
    const { source, rows } = this.#view;
    const before = rows.count;
    if ((await this.#past.newer()) === 0) return;
    // Whoever has gone back to the present meanwhile stays at its top.
    if (this.#view.source !== source) return;
    const added = this.#view.rows.count - before;
    this.#draw();
    if (added > 0) this.#scrollTo(this.#topPx + added * this.#rowHeightPx);
  }

  #changed(count: number, selectedSeq: number | null, asked: boolean): void {
    const nowMs = performance.now();
    this.#changedMs = nowMs;
    if (asked || count === 0 || this.#pace.due(nowMs)) this.#drawRows(count, selectedSeq, nowMs);
    else this.#stale = true;
    this.#frame ??= requestAnimationFrame(this.#watch);
  }

  /** Watches frames while rows come, and draws what the pace has put off. */
  readonly #watch = (): void => {
    const nowMs = performance.now();
    this.#pace.frame(nowMs);
    if (this.#stale && this.#pace.due(nowMs)) this.#draw();
    const goOn = this.#stale || nowMs - this.#changedMs < WATCH_MS;
    this.#frame = goOn ? requestAnimationFrame(this.#watch) : null;
  };

  #draw(): void {
    const { rows, selected } = this.#view;
    this.#drawRows(rows.count, selected?.seq ?? null, performance.now());
  }

  #drawRows(count: number, selectedSeq: number | null, nowMs: number): void {
    const { grid, space } = this.#elements;
    this.#stale = false;
    this.#pace.drawn(nowMs);
    if (count !== this.#drawnCount) {
      this.#drawnCount = count;
      space.style.height = `${count * this.#rowHeightPx}px`;
      grid.setAttribute("aria-rowcount", String(count + 1));
    }
    const busy = !this.#view.isComplete;
    if (busy !== this.#busy) {
      this.#busy = busy;
      grid.setAttribute("aria-busy", String(busy));
    }
    this.#pool.draw(this.#view.rows, this.#topPx, this.#heightPx, selectedSeq);
    const active = selectedSeq === null ? undefined : this.#pool.elementId(selectedSeq);
    if (active === undefined) grid.removeAttribute("aria-activedescendant");
    else grid.setAttribute("aria-activedescendant", active);
  }
}
