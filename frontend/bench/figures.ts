/**
 * From samples to figures.
 */

import type { Samples } from "./sampler";

/** @param part from 0 to 1 */
export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

export interface Frames {
  readonly mean_per_second: number;
  /** Of the frames counted in each whole second: 95 of 100 seconds were better. */
  readonly p5_per_second: number;
  readonly longest_ms: number;
}

export function frameFigures({ frames }: Samples): Frames {
  const began = frames[0] ?? 0;
  const spanMs = (frames.at(-1) ?? 0) - began;
  const perSecond = new Array<number>(Math.floor(spanMs / 1000)).fill(0);
  let longest = 0;
  for (const [index, ms] of frames.entries()) {
    const second = Math.floor((ms - began) / 1000);
    if (second < perSecond.length) perSecond[second] = (perSecond[second] ?? 0) + 1;
    if (index > 0) longest = Math.max(longest, ms - (frames[index - 1] ?? ms));
  }
  return {
    mean_per_second: ((frames.length - 1) * 1000) / spanMs,
    p5_per_second: percentile(perSecond, 0.05),
    longest_ms: longest,
  };
}

export interface Latency {
  readonly rows: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly max_ms: number;
}

/** What the feeder says of itself. */
export interface Fed {
  readonly sent: number;
  readonly seconds: number;
  /** Its flows' uuids are this and a number from 0. */
  readonly epoch: string;
  /** For each tick the number of its first flow, and milliseconds since 1970. */
  readonly ticks: readonly (readonly [first: number, ms: number])[];
}

/** When a flow was sent, in milliseconds since 1970, by its uuid. */
export type SentTimes = (uuid: string) => number | undefined;

/** @param sent flows that went through Hubble */
export function sentTimes(sent: readonly { readonly uuid: string; readonly ms: number }[], fed: Fed | null): SentTimes {
  const byUuid = new Map(sent.map(({ uuid, ms }) => [uuid, ms]));
  return (uuid) => {
    if (fed === null || !uuid.startsWith(`${fed.epoch}-`)) return byUuid.get(uuid);
    return tickMs(fed.ticks, Number(uuid.slice(fed.epoch.length + 1)));
  };
}

/** By bisection: an hour has tens of thousands of ticks, and millions of rows ask. */
function tickMs(ticks: Fed["ticks"], number: number): number | undefined {
  let low = 0;
  let high = ticks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ticks[middle]?.[0] ?? 0) <= number) low = middle + 1;
    else high = middle;
  }
  return ticks[low - 1]?.[1];
}

/**
 * From the moment of sending to the first frame in which the row stood in the table.
 *
 * @param sinceMs only of flows sent after this, in milliseconds since 1970
 */
export function latencyFigures({ rows }: Samples, sentMs: SentTimes, sinceMs = -Infinity): Latency {
  const latencies: number[] = [];
  for (const [uuid, seenMs] of rows) {
    const sent = sentMs(uuid);
    if (sent !== undefined && sent > sinceMs) latencies.push(seenMs - sent);
  }
  return {
    rows: latencies.length,
    p50_ms: percentile(latencies, 0.5),
    p95_ms: percentile(latencies, 0.95),
    max_ms: percentile(latencies, 1),
  };
}
