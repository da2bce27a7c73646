import { describe, expect, it } from "vitest";

import { Ordinals, type Lane } from "../../src/stores/ordinals";

const FINE = { taken: undefined, lost: 0, whileAway: false };

/** The ordinals as a reader on one connection sees them. */
class Reader {
  readonly ordinals = new Ordinals();
  lane: Lane = { connection: 1, era: 1 };
  nowMs = 0;

  /** What is new of a batch: `taken` is undefined where it is all of it. */
  see(key: string, epoch: string, first: number, count: number, lane = this.lane): object {
    const { from, to, lost, whileAway } = this.ordinals.see(lane, key, epoch, first, count, undefined, this.nowMs);
    return { taken: from === 0 && to === count ? undefined : [from, to], lost, whileAway };
  }
}

describe("ordinals", () => {
  it("say nothing of a key's first batch", () => {
    expect(new Reader().see("k", "e", 1_000, 5)).toEqual(FINE);
  });

  it("find no loss in batches that follow each other", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    expect(reader.see("k", "e", 5, 1)).toEqual(FINE);
    expect(reader.see("k", "e", 6, 3)).toEqual(FINE);
  });

  it("count what a batch that begins later leaves out", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    expect(reader.see("k", "e", 12, 3)).toEqual({ taken: undefined, lost: 7, whileAway: false });
    expect(reader.see("k", "e", 15, 3)).toEqual(FINE);
  });

  it("know a whole and a partial repeat", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    expect(reader.see("k", "e", 0, 5)).toEqual({ ...FINE, taken: [5, 5] });
    expect(reader.see("k", "e", 3, 4)).toEqual({ ...FINE, taken: [2, 4] });
    expect(reader.see("k", "e", 7, 1)).toEqual(FINE);
  });

  it("keep keys and epochs apart", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    expect(reader.see("l", "e", 100, 5)).toEqual(FINE);
    expect(reader.see("k", "f", 0, 5)).toEqual(FINE);
    expect(reader.see("k", "e", 5, 5)).toEqual(FINE);
  });

  it("tell a gap across a reconnect from an overflow, once for each key", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    reader.see("l", "e", 0, 5);
    reader.lane = { connection: 2, era: 1 };
    expect(reader.see("k", "e", 9, 1)).toEqual({ taken: undefined, lost: 4, whileAway: true });
    expect(reader.see("k", "e", 12, 1)).toEqual({ taken: undefined, lost: 2, whileAway: false });
    expect(reader.see("l", "e", 6, 1)).toEqual({ taken: undefined, lost: 1, whileAway: true });
  });

  it("stay bounded when someone invents keys, and keep those in use", () => {
    const reader = new Reader();
    for (let index = 0; index < 50_000; index += 1) {
      reader.see(`invented-${index}`, "e", 0, 1);
      reader.see("used", "e", index, 1);
    }
    expect(reader.see("used", "e", 50_003, 1)).toMatchObject({ lost: 3 });
    // The first of the invented ones is long forgotten, so its batch is a first one again.
    expect(reader.see("invented-0", "e", 9, 1)).toEqual(FINE);
  });

  it("let an old era bring what its successor began behind, and miss nothing of it", () => {
    const reader = new Reader();
    const [old, next] = [
      { connection: 1, era: 1 },
      { connection: 1, era: 2 },
    ];
    reader.see("k", "e", 0, 5, old);
    // The new queue is ahead of the old one, which still holds 5 to 10.
    expect(reader.see("k", "e", 11, 2, next)).toEqual(FINE);
    expect(reader.see("k", "e", 5, 4, old)).toEqual(FINE);
    expect(reader.see("k", "e", 9, 4, old)).toEqual({ ...FINE, taken: [0, 2] });
    expect(reader.see("k", "e", 13, 1, old)).toEqual({ ...FINE, taken: [0, 0] });
    reader.nowMs = 60_000;
    expect(reader.ordinals.expire(60_000)).toBe(0);
  });

  it("count what neither era brought", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    reader.see("k", "e", 9, 2, { connection: 1, era: 2 });
    expect(reader.ordinals.expire(1_000)).toBe(0);
    expect(reader.ordinals.expire(60_000)).toBe(4);
    expect(reader.ordinals.expire(60_000)).toBe(0);
  });

  it("say nothing of a key that was not asked for in between", () => {
    const reader = new Reader();
    reader.see("k", "e", 0, 5);
    expect(reader.see("k", "e", 900, 2, { connection: 1, era: 3 })).toEqual(FINE);
  });

  it("know what of the past has come live", () => {
    const { ordinals, lane } = new Reader();
    ordinals.see(lane, "k", "e", 100, 5, undefined, 0);
    ordinals.see(lane, "k", "e", 105, 5, undefined, 0);
    expect(ordinals.covers("k", "e", 99)).toBe(false);
    expect(ordinals.covers("k", "e", 100)).toBe(true);
    expect(ordinals.covers("l", "e", 100)).toBe(false);
  });
});
