import { describe, expect, it } from "vitest";

import { Matches, type Predicate } from "../../src/stores/matches";
import { Ring } from "../../src/stores/ring";

function filled(capacity: number, count: number): Ring {
  const ring = new Ring(capacity);
  for (let index = 0; index < count; index += 1) ring.push({ uuid: `u${index}` });
  return ring;
}

function seqs(matches: Matches): number[] {
  return Array.from({ length: matches.count }, (_, index) => matches.at(index)?.seq ?? -1);
}

/** A clock that goes on by a millisecond at each look. */
function steps(): () => number {
  let ms = 0;
  return () => (ms += 1);
}

const even: Predicate = (row) => row.seq % 2 === 0;

describe("the ring", () => {
  it("keeps the newest rows and says which had to go", () => {
    const ring = filled(3, 3);
    expect(ring.push({ uuid: "u3" })?.flow.uuid).toBe("u0");
    expect([ring.first, ring.end]).toEqual([1, 4]);
    expect(ring.at(0)).toBeUndefined();
    expect(ring.at(1)?.flow.uuid).toBe("u1");
    expect(ring.at(3)?.flow.uuid).toBe("u3");
    expect(ring.at(4)).toBeUndefined();
  });

  it("never gives an ordinal twice, not even after it was cleared", () => {
    const ring = filled(3, 2);
    ring.clear();
    expect([ring.first, ring.end]).toEqual([2, 2]);
    ring.push({ uuid: "new" });
    expect(ring.at(2)?.flow.uuid).toBe("new");
    expect(ring.at(1)).toBeUndefined();
  });

  it("gives a snapshot that stays as it was", () => {
    const ring = filled(3, 3);
    const snapshot = ring.snapshot();
    ring.push({});
    ring.clear();
    expect([snapshot.first, snapshot.end]).toEqual([0, 3]);
    expect(snapshot.at(0)?.flow.uuid).toBe("u0");
    expect(snapshot.at(3)).toBeUndefined();
  });
});

describe("matches", () => {
  it("without a predicate are all rows, newest first, as they come and go", () => {
    const ring = filled(3, 2);
    const matches = new Matches(ring, null);
    expect(seqs(matches)).toEqual([1, 0]);
    ring.push({});
    ring.push({});
    expect(seqs(matches)).toEqual([3, 2, 1]);
    expect(matches.complete).toBe(true);
  });

  it("with a predicate are found newest first, a slice at a time", () => {
    const ring = filled(2_000, 2_000);
    const matches = new Matches(ring, even);
    expect(matches.count).toBe(0);
    matches.search(steps(), 1);
    expect(matches.complete).toBe(false);
    expect(matches.at(0)?.seq).toBe(1_998);
    while (!matches.complete) matches.search(steps(), 1);
    expect(matches.count).toBe(1_000);
    expect(matches.at(999)?.seq).toBe(0);
  });

  it("take in what comes while the search goes on", () => {
    const ring = filled(2_000, 1_000);
    const matches = new Matches(ring, even);
    matches.search(steps(), 1);
    for (let index = 0; index < 4; index += 1) ring.push({});
    matches.advance();
    expect(matches.at(0)?.seq).toBe(1_002);
    while (!matches.complete) matches.search(steps(), 1);
    expect(seqs(matches)).toEqual(Array.from({ length: 502 }, (_, index) => 1_002 - 2 * index));
  });

  it("lose what the ring lets go, whether it was found before or since", () => {
    const ring = filled(10, 10);
    const matches = new Matches(ring, even);
    matches.search(steps(), 1_000);
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 6; index += 1) ring.push({});
      matches.advance();
    }
    expect(seqs(matches)).toEqual([26, 24, 22, 20, 18]);
    expect(matches.total).toBe(14);
  });

  it("stay right over a long time", () => {
    const ring = filled(100, 0);
    const matches = new Matches(ring, even);
    for (let index = 0; index < 20_000; index += 1) {
      ring.push({});
      matches.advance();
    }
    expect(seqs(matches)).toEqual(Array.from({ length: 50 }, (_, index) => 19_998 - 2 * index));
  });

  it("above a floor leave out what was there before", () => {
    const ring = filled(10, 5);
    const matches = new Matches(ring, even, ring.end);
    for (let index = 0; index < 5; index += 1) ring.push({});
    matches.advance();
    expect(seqs(matches)).toEqual([8, 6]);
    expect(new Matches(ring, null, 5).total).toBe(5);
  });

  it("know the place of a row, or of the next older match", () => {
    const ring = filled(20, 20);
    const matches = new Matches(ring, even);
    matches.search(steps(), 1_000);
    expect(matches.indexOf(18)).toBe(0);
    expect(matches.indexOf(17)).toBe(1);
    expect(matches.indexOf(0)).toBe(9);
    expect(matches.indexOf(-1)).toBe(-1);
    expect(new Matches(ring, null).indexOf(19)).toBe(0);
  });
});
