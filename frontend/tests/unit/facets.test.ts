import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { FACET_KINDS, facetChoice } from "../../src/filter/facetkinds";
import { FacetCounts, type Facet, type Value } from "../../src/stores/facetcounts";
import { Ring } from "../../src/stores/ring";
import { isFlow, type Flow } from "../../src/wire/flow";
import { passes } from "./filter/matching";
import { included } from "../../src/filter/edit";

const pods: Facet = {
  id: "pod",
  slots: 1,
  valuesMax: 3,
  valuesOf: ({ source, destination }, into) => {
    for (const pod of [source?.pod_name, destination?.pod_name]) if (pod !== undefined) into.push(pod);
  },
};

function flowOf(source: string, destination?: string): Flow {
  return {
    source: { pod_name: source },
    ...(destination === undefined ? {} : { destination: { pod_name: destination } }),
  };
}

function topOf(counts: FacetCounts, limit = 10): Record<string, number> {
  return Object.fromEntries(counts.top(0, limit).top.map(({ value, count }) => [value, count]));
}

/** A clock that goes on by a millisecond at each look. */
function steps(): () => number {
  let ms = 0;
  return () => (ms += 1);
}

describe("counts of values", () => {
  it("follow rows as they come and go", () => {
    const ring = new Ring(3);
    const counts = new FacetCounts([pods], 3);
    counts.start(ring);
    for (const [source, destination] of [["a", "b"], ["a"], ["b", "a"], ["c"], ["a"]]) {
      ring.push(flowOf(source ?? "", destination));
      expect(counts.advance(ring, () => 0, 0)).toBe(true);
    }
    expect(topOf(counts)).toEqual({ a: 2, b: 1, c: 1 });
    expect(counts.rows).toBe(3);
    expect(counts.count(0, "b")).toBe(1);
    expect(counts.count(0, "z")).toBe(0);
  });

  it("take in what was there before, a slice at a time, and rows of the past", () => {
    const ring = new Ring(1_000);
    for (let index = 0; index < 500; index += 1) ring.push(flowOf("a"));
    const counts = new FacetCounts([pods], 1_000);
    counts.start(ring);
    expect(counts.advance(ring, steps(), 1)).toBe(false);
    expect(topOf(counts)).toEqual({ a: 64 });
    ring.push(flowOf("b"));
    while (!counts.advance(ring, steps(), 1));
    expect(topOf(counts)).toEqual({ a: 500, b: 1 });
    ring.prepend(flowOf("c"));
    expect(counts.advance(ring, steps(), 1)).toBe(true);
    expect(topOf(counts)).toEqual({ a: 500, b: 1, c: 1 });
  });

  it("have the most frequent first, and count what is too much as other", () => {
    const ring = new Ring(10);
    const counts = new FacetCounts([pods], 10);
    counts.start(ring);
    for (const name of ["a", "b", "b", "c", "d", "e", "c", "c"]) ring.push(flowOf(name));
    counts.advance(ring, () => 0, 0);
    expect(counts.top(0, 2)).toEqual({
      top: [
        { value: "c", count: 3 },
        { value: "b", count: 2 },
      ],
      distinct: 3,
      other: 2,
    });
    // Once a value is gone there is room for another.
    for (let index = 0; index < 8; index += 1) ring.push(flowOf("f"));
    counts.advance(ring, () => 0, 0);
    for (let index = 0; index < 10; index += 1) ring.push(flowOf("f"));
    counts.advance(ring, () => 0, 0);
    expect(counts.top(0, 5)).toMatchObject({ top: [{ value: "f" }], distinct: 1 });
  });

  it("begin anew when the rows were cleared, or passed by unseen", () => {
    const ring = new Ring(4);
    const counts = new FacetCounts([pods], 4);
    counts.start(ring);
    ring.push(flowOf("a", "b"));
    counts.advance(ring, () => 0, 0);
    ring.clear();
    counts.advance(ring, () => 0, 0);
    expect(counts.top(0, 5)).toEqual({ top: [], distinct: 0, other: 0 });
    for (let index = 0; index < 50; index += 1) ring.push(flowOf(index < 48 ? "x" : "y"));
    counts.advance(ring, () => 0, 0);
    expect(topOf(counts)).toEqual({ x: 2, y: 2 });
  });

  it("equal a count over the rows, whatever came and went", () => {
    const ring = new Ring(200);
    const counts = new FacetCounts(FACET_KINDS, 200);
    const flows = ["shop", "odd"].flatMap((name) =>
      readFileSync(new URL(`../../../demo/captures/${name}.jsonl`, import.meta.url), "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { flow?: unknown }).flow)
        .filter((flow) => isFlow(flow)),
    );
    let seed = 7;
    for (const flow of flows.slice(0, 150)) ring.push(flow);
    counts.start(ring);
    for (let round = 0; round < 300; round += 1) {
      seed = (seed * 48271) % 2147483647;
      for (let count = seed % 40; count > 0; count -= 1) ring.push(flows[(seed + count * 31) % flows.length] ?? {});
      if (seed % 50 === 0) ring.clear();
      while (!counts.advance(ring, steps(), 1));
    }
    const rows = Array.from({ length: ring.end - ring.first }, (_, index) => ring.at(ring.first + index)?.flow ?? {});
    expect(rows.length).toBeGreaterThan(100);
    for (const [index, kind] of FACET_KINDS.entries()) {
      const expected = new Map<string, number>();
      for (const flow of rows) {
        const values: Value[] = [];
        kind.valuesOf(flow, values);
        for (const value of values) expected.set(String(value), (expected.get(String(value)) ?? 0) + 1);
      }
      const { top, other } = counts.top(index, 10_000);
      expect([kind.id, new Map(top.map(({ value, count }) => [value, count])), other]).toEqual([kind.id, expected, 0]);
      // And each value's count is what its flag lets through.
      for (const { value, count } of top) {
        const choice = facetChoice(kind, value);
        if (choice === null || /node|fqdn/.test(choice.flag)) continue;
        const text = included("", choice);
        expect([text, rows.filter((flow) => passes(text, flow)).length]).toEqual([text, count]);
      }
    }
  });
});
