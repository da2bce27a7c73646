/**
 * Draws the rate chart: keeps the counts in step with the buffer, and hands them to uPlot a few times a second. What is dragged over becomes a
 * range of time.
 */

import { reaction } from "mobx";
import uPlot from "uplot";

import { VerdictBins, type Histogram } from "../chart/bins";
import { GROUPS } from "../chart/groups";
import type { Session } from "../session/session";
import type { RowSource } from "../stores/ring";
import { CHART_HEIGHT_PX, chartOptions } from "./chartoptions";

/** How often it is drawn. Bars that change faster are not read. */
const DRAW_MS = 500;

/** Rows counted in one go, so that opening the chart over a full buffer costs no frame. */
const ROWS_AT_ONCE = 10_000;

/** Where all of the time that is shown is shorter, the axis tells seconds. */
const SHORT_MS = 900_000;

/** A drag shorter than this is a click. */
const DRAG_PX_MIN = 4;

export interface Range {
  /** Milliseconds since 1970. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface ChartElements {
  /** What the chart is put into. */
  readonly plot: HTMLElement;
  /** Elements whose colour is that of a group, in the order of GROUPS; then one for lines and one for words. */
  readonly samples: readonly HTMLElement[];
}

export interface ChartEvents {
  /** What there is now, and the span under the cursor or null. */
  readonly onTold: (histogram: Histogram | null, at: number | null) => void;
  /** A range was dragged over, or clicked away. */
  readonly onRange: (range: Range | null) => void;
}

export class ChartDriver {
  readonly #session: Session;
  readonly #events: ChartEvents;
  readonly #bins: VerdictBins;
  readonly #chart: uPlot;
  readonly #cleanups: (() => void)[] = [];
  #histogram: Histogram | null = null;
  #colours: readonly string[] = [];
  #source: RowSource;
  #frame: number | null = null;
  #dragging = false;
  #changed = true;

  constructor(session: Session, elements: ChartElements, events: ChartEvents) {
    this.#session = session;
    this.#events = events;
    this.#source = session.view.source;
    this.#bins = new VerdictBins(session.flows.ring.capacity);
    this.#colours = colours(elements.samples);
    this.#chart = new uPlot(
      chartOptions({
        widthPx: Math.max(100, elements.plot.clientWidth),
        colour: (nth) => this.#colours[nth] ?? "gray",
        domain: () => this.#domain(),
        timeText: (ms) => session.settings.clock.time(ms),
        isShort: () => this.#isShort(),
        onSelected: (chart) => {
          this.#selected(chart);
        },
        onCursor: () => {
          this.#tell();
        },
      }),
      [[], ...GROUPS.map(() => [])],
      elements.plot,
    );
    const { over } = this.#chart;

    const grab = (): void => {
      this.#dragging = true;
    };
    const letGo = (): void => {
      this.#dragging = false;
    };
    over.addEventListener("mousedown", grab);
    document.addEventListener("mouseup", letGo);
    const sizes = new ResizeObserver(() => {
      this.#chart.setSize({ width: Math.max(100, elements.plot.clientWidth), height: CHART_HEIGHT_PX });
      this.#showRange();
    });
    sizes.observe(elements.plot);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const recolour = (): void => {
      this.#colours = colours(elements.samples);
      // With their paths: uPlot keeps the colours of those that it has.
      this.#chart.redraw(true, true);
    };
    scheme.addEventListener("change", recolour);
    const timer = setInterval(() => {
      if (this.#changed && !this.#dragging && document.visibilityState === "visible") this.#draw();
    }, DRAW_MS);
    this.#cleanups.push(
      reaction(
        // To hold changes the source and no row.
        () => ({ held: session.view.held, source: session.view.source }),
        ({ source }) => {
          this.#follow(source);
        },
      ),
      reaction(
        () => session.flows.version,
        () => {
          // Counted as they come: a frame's rows cost a tenth of a millisecond, half a second's would be felt.
          this.#count();
        },
      ),
      reaction(
        () => [session.filter.inForce.sinceMs, session.filter.inForce.untilMs],
        () => {
          this.#showRange();
        },
      ),
      reaction(
        () => session.settings.theme,
        () => {
          // The page's attribute is set by another reaction to the same change.
          queueMicrotask(recolour);
        },
      ),
      reaction(
        () => session.settings.clock,
        () => {
          this.#chart.redraw(false, true);
        },
      ),
      () => {
        clearInterval(timer);
        if (this.#frame !== null) cancelAnimationFrame(this.#frame);
        sizes.disconnect();
        scheme.removeEventListener("change", recolour);
        document.removeEventListener("mouseup", letGo);
        this.#chart.destroy();
      },
    );
    this.#count();
    this.#draw();
  }

  dispose(): void {
    for (const cleanup of this.#cleanups) cleanup();
  }

  /** The span of time of a bar, null where there is no such bar. */
  rangeOf(index: number): Range | null {
    const sinceMs = this.#histogram?.startsMs[index];
    if (this.#histogram === null || sinceMs === undefined) return null;
    return { sinceMs, untilMs: sinceMs + this.#histogram.stepMs - 1 };
  }

  /** Moves the cursor to a bar, as the mouse would. */
  point(index: number): void {
    const x = this.#histogram?.startsMs[index];
    if (this.#histogram === null || x === undefined) return;
    this.#chart.setCursor({ left: this.#chart.valToPos(x + this.#histogram.stepMs / 2, "x"), top: 1 });
  }

  /** Goes on over other rows: those that are held, those that come again, or a past. */
  #follow(source: RowSource): void {
    if (source === this.#source) return;
    const { newest } = this.#bins;
    const isSame = source.at(newest) !== undefined && source.at(newest) === this.#source.at(newest);
    this.#source = source;
    if (!isSame) this.#bins.restart(source.end);
    this.#count();
  }

  #count(): void {
    this.#changed = true;
    if (this.#bins.advance(this.#source, ROWS_AT_ONCE)) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#count();
    });
  }

  #draw(): void {
    this.#changed = false;
    const histogram = this.#bins.histogram();
    this.#histogram = histogram;
    if (histogram === null) {
      this.#chart.setData([[], ...GROUPS.map(() => [])]);
    } else {
      this.#chart.setData([[...histogram.startsMs], ...stacked(histogram).reverse()], true);
    }
    this.#showRange();
    this.#tell();
  }

  #tell(): void {
    const at = this.#chart.cursor.idx ?? null;
    this.#events.onTold(this.#histogram, (this.#chart.cursor.left ?? -1) < 0 ? null : at);
  }

  /** Marks the range of time that the filter asks for. */
  #showRange(): void {
    if (this.#dragging) return;
    const { sinceMs, untilMs } = this.#session.filter.inForce;
    const { over } = this.#chart;
    const width = over.clientWidth;
    if ((sinceMs === null && untilMs === null) || this.#histogram === null) {
      this.#chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      return;
    }
    const position = (ms: number | null, otherwise: number): number =>
      ms === null ? otherwise : Math.max(0, Math.min(width, this.#chart.valToPos(ms, "x")));
    const left = position(sinceMs, 0);
    const right = position(untilMs, width);
    this.#chart.setSelect({ left, top: 0, width: Math.max(2, right - left), height: over.clientHeight }, false);
  }

  /** Whether seconds matter on the axis. */
  #isShort(): boolean {
    const { stepMs = 1_000, startsMs = [] } = this.#histogram ?? {};
    return stepMs * startsMs.length < SHORT_MS;
  }

  #domain(): uPlot.Range.MinMax {
    const { startsMs = [], stepMs = 1_000 } = this.#histogram ?? {};
    const first = startsMs[0] ?? Date.now() - 60_000;
    return [first, (startsMs.at(-1) ?? Date.now()) + stepMs];
  }

  #selected(chart: uPlot): void {
    this.#dragging = false;
    const { left, width } = chart.select;
    if (width < DRAG_PX_MIN) {
      this.#events.onRange(null);
      return;
    }
    const { stepMs = 1 } = this.#histogram ?? {};
    // To whole spans, as it is bars that are dragged over.
    const sinceMs = Math.floor(chart.posToVal(left, "x") / stepMs) * stepMs;
    const untilMs = Math.ceil(chart.posToVal(left + width, "x") / stepMs) * stepMs - 1;
    this.#events.onRange({ sinceMs, untilMs });
  }
}

/** Flows a second, each group on top of the graver ones. */
function stacked({ counts, startsMs, stepMs }: Histogram): number[][] {
  const heights = startsMs.map(() => 0);
  return counts.map((list) =>
    list.map((count, bin) => (heights[bin] = (heights[bin] ?? 0) + (count * 1_000) / stepMs)),
  );
}

function colours(samples: readonly HTMLElement[]): string[] {
  return samples.map((sample) => getComputedStyle(sample).color);
}
