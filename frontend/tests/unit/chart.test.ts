import { describe, expect, it } from "vitest";

import { BINS_MAX, VerdictBins, type Histogram } from "../../src/chart/bins";
import { GROUPS, groupOf } from "../../src/chart/groups";
import { millisOf, TimeReader } from "../../src/flow/time";
import { Ring } from "../../src/stores/ring";
import type { Flow } from "../../src/wire/flow";

const START = Date.UTC(2026, 0, 2, 3, 4, 5);

function flow(ms: number, verdict: string | number = "FORWARDED"): Flow {
  return { time: new Date(START + ms).toISOString(), verdict };
}

/** A histogram counted in the plainest way. */
function recount(ring: Ring, stepMs: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let seq = ring.first; seq < ring.end; seq += 1) {
    const one = ring.at(seq)?.flow;
    const bin = Math.floor((millisOf(one?.time) ?? 0) / stepMs) * stepMs;
    const key = `${bin} ${GROUPS[groupOf(one?.verdict)] ?? ""}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function told(histogram: Histogram | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [bin, start] of histogram?.startsMs.entries() ?? []) {
    for (const [group, list] of histogram?.counts.entries() ?? []) {
      if ((list[bin] ?? 0) > 0) counts.set(`${start} ${GROUPS[group] ?? ""}`, list[bin] ?? 0);
    }
  }
  return counts;
}

describe("a reader of times", () => {
  it.each([
    "2026-01-02T03:04:05.678901234Z",
    "2026-01-02T03:04:05.6Z",
    "2026-01-02T03:04:59.999999999Z",
    "2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05.001Z",
    "2026-01-02T03:04:05.0019999Z",
    "2026-01-02T03:04:60Z",
    "2026-01-02T03:04:05.678+02:00",
    "1969-12-31T23:59:59.5Z",
    "2026-13-02T03:04:05.678Z",
    "2026-01-02T03:04:xxxxZ",
    "2026-01-02T03:04: 5.6Z",
    "yesterday",
    "",
    "9".repeat(30) + "Z",
  ])("reads %j as Date does", (time) => {
    const reader = new TimeReader();
    expect(reader.read(time)).toBe(millisOf(time) ?? NaN);
    expect(reader.read(time)).toBe(millisOf(time) ?? NaN);
  });

  it("reads nothing as no time", () => {
    expect(new TimeReader().read(undefined)).toBeNaN();
  });
});

describe("bins of verdicts", () => {
  it("hold nothing where there is nothing to tell", () => {
    const ring = new Ring(10);
    const bins = new VerdictBins(10);
    bins.advance(ring);
    expect(bins.histogram()).toBeNull();
    ring.push({ verdict: "DROPPED" });
    bins.advance(ring);
    expect(bins.histogram()).toBeNull();
  });

  it("stay what a recount gives, while rows come and go", () => {
    const ring = new Ring(300);
    const bins = new VerdictBins(300);
    const verdicts = ["FORWARDED", "DROPPED", "AUDIT", "ERROR", "REDIRECTED", "TRACED", 99, "NEW"];
    let at = 0;
    for (let round = 0; round < 60; round += 1) {
      for (let nth = 0; nth < 17; nth += 1) {
        // Slowly at first, then faster, so that the spans have to be changed.
        at += round < 30 ? 400 : 20;
        ring.push(flow(at + ((nth * 37) % 90), verdicts[(round * nth) % verdicts.length] ?? 0));
      }
      expect(bins.advance(ring)).toBe(true);
      const histogram = bins.histogram();
      expect(told(histogram)).toEqual(recount(ring, histogram?.stepMs ?? 1));
      expect(histogram?.startsMs.length).toBeLessThanOrEqual(BINS_MAX + 1);
      expect(histogram?.totals.reduce((sum, total) => sum + total)).toBe(ring.end - ring.first);
    }
    expect(bins.histogram()?.stepMs).toBe(100);
  });

  it("take in rows a part at a time, and older ones from below", () => {
    const ring = new Ring(100);
    const bins = new VerdictBins(100);
    for (let nth = 0; nth < 40; nth += 1) ring.push(flow(10_000 + nth * 10));
    expect(bins.advance(ring, 25)).toBe(false);
    for (let nth = 0; nth < 30; nth += 1) ring.prepend(flow(10_000 - nth * 10, "DROPPED"));
    while (!bins.advance(ring, 25));
    const histogram = bins.histogram();
    expect(told(histogram)).toEqual(recount(ring, histogram?.stepMs ?? 1));
    expect(histogram?.totals).toEqual([30, 0, 0, 0, 0, 40]);
  });

  it("begin anew when the buffer was cleared, and when it ran past them", () => {
    const ring = new Ring(50);
    const bins = new VerdictBins(50);
    for (let nth = 0; nth < 50; nth += 1) ring.push(flow(nth));
    bins.advance(ring);
    ring.clear();
    bins.advance(ring);
    expect(bins.histogram()).toBeNull();
    for (let nth = 0; nth < 500; nth += 1) ring.push(flow(nth * 10, "DROPPED"));
    bins.advance(ring);
    expect(bins.histogram()?.totals).toEqual([50, 0, 0, 0, 0, 0]);
  });

  it("are not stretched by a clock that is wrong", () => {
    const ring = new Ring(1_000);
    const bins = new VerdictBins(1_000);
    for (let nth = 0; nth < 990; nth += 1) ring.push(flow(nth * 10));
    ring.push({ time: "1970-01-01T00:00:00Z" });
    ring.push({ time: "+275760-09-13T00:00:00.000Z" });
    ring.push(flow(3_600_000));
    bins.advance(ring);
    const histogram = bins.histogram();
    expect(histogram?.stepMs).toBe(100);
    expect(histogram?.startsMs[0]).toBeGreaterThanOrEqual(START);
    expect(histogram?.startsMs.at(-1)).toBeLessThan(START + 10_000);
  });

  it("of a few rows show all of them", () => {
    const ring = new Ring(10);
    const bins = new VerdictBins(10);
    for (const ms of [0, 60_000, 120_000]) ring.push(flow(ms));
    bins.advance(ring);
    expect(told(bins.histogram()).size).toBe(3);
  });
});
