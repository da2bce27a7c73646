/**
 * What the rate chart looks like, in uPlot's terms: bars on bars, a time axis below, rates at the left.
 */

import uPlot from "uplot";

import { GROUPS } from "../chart/groups";
import { rateText } from "./numbers";

export const CHART_HEIGHT_PX = 92;
const AXIS_PX = 18;
const RATES_PX = 46;
const FONT = "11px system-ui, sans-serif";

/** Distances between two times on the axis. */
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400].map((s) => s * 1_000),
];

/** Characters of a time on the axis, to the second or to the minute. */
const SECONDS_CHARACTERS = 8;
const MINUTES_CHARACTERS = 5;

/** What the chart asks each time that it draws, and what it tells. */
export interface ChartLook {
  readonly widthPx: number;
  /** By the place in GROUPS; behind them that of lines, then that of words. */
  readonly colour: (nth: number) => string;
  readonly domain: () => uPlot.Range.MinMax;
  /** For example 14:03:07.042. */
  readonly timeText: (ms: number) => string;
  /** Whether seconds matter on the axis. */
  readonly isShort: () => boolean;
  readonly onSelected: (chart: uPlot) => void;
  readonly onCursor: () => void;
}

export function chartOptions(look: ChartLook): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.86, 40], align: 1 });
  const lines = (): string => look.colour(GROUPS.length);
  const words = (): string => look.colour(GROUPS.length + 1);
  return {
    width: look.widthPx,
    height: CHART_HEIGHT_PX,
    ms: 1,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => null },
    },
    scales: {
      x: { time: true, range: () => look.domain() },
      y: { range: (_, __, max) => [0, Math.max(1, max) * 1.08] },
    },
    axes: [
      {
        size: AXIS_PX,
        gap: 2,
        space: 90,
        font: FONT,
        stroke: words,
        incrs: TIME_STEPS_MS,
        grid: { show: false },
        ticks: { stroke: lines, size: 3, width: 1 },
        values: (_, splits) => {
          const characters = look.isShort() ? SECONDS_CHARACTERS : MINUTES_CHARACTERS;
          return splits.map((ms) => look.timeText(ms).slice(0, characters));
        },
      },
      {
        size: RATES_PX,
        gap: 4,
        space: 26,
        font: FONT,
        stroke: words,
        grid: { stroke: lines, width: 1 },
        ticks: { show: false },
        values: (_, splits) => splits.map(shortRate),
      },
    ],
    series: [
      {},
      // The tallest first, as each is drawn over the one before.
      ...GROUPS.map((_, nth) => ({
        fill: (): string => look.colour(GROUPS.length - 1 - nth),
        width: 0,
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      })),
    ],
    hooks: { setSelect: [look.onSelected], setCursor: [look.onCursor] },
  };
}

/** For example 800, 1.5k or 20k. */
function shortRate(perSecond: number): string {
  return perSecond >= 1_000 ? `${Number((perSecond / 1_000).toFixed(1))}k` : rateText(perSecond);
}
