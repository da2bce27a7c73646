import { reaction } from "mobx";
import { describe, expect, it } from "vitest";

import { FlowsStore } from "../../src/stores/flows";
import { batch, BUDGET, flows, KEY, LANE } from "./samples";

function uuids(store: FlowsStore): (string | undefined)[] {
  const { ring } = store;
  return Array.from({ length: ring.end - ring.first }, (_, index) => ring.at(ring.first + index)?.flow.uuid);
}

describe("the flows", () => {
  it("show nothing before a commit, and one change for all that came", () => {
    const store = new FlowsStore(10);
    let changes = 0;
    const dispose = reaction(
      () => store.version,
      () => (changes += 1),
    );
    store.receive(LANE, KEY, batch(0, flows(0, 2)), 0);
    store.receive(LANE, KEY, batch(2, flows(2, 3)), 0);
    expect(uuids(store)).toEqual([]);
    expect(store.commit(BUDGET)).toEqual({ changed: true, more: false });
    expect(store.commit(BUDGET)).toEqual({ changed: false, more: false });
    expect(changes).toBe(1);
    expect(uuids(store)).toEqual(["u0", "u1", "u2"]);
    dispose();
  });

  it("leave out what ordinals say was seen", () => {
    const store = new FlowsStore(10);
    store.receive(LANE, KEY, batch(0, [{}, {}]), 0);
    store.receive(LANE, KEY, batch(1, [{}, {}]), 0);
    store.commit(BUDGET);
    store.tick(0);
    expect(store.totals).toMatchObject({ received: 3, repeated: 1 });
  });

  it("leave out a uuid that is there already, under whichever key it comes", () => {
    const store = new FlowsStore(10);
    store.receive(LANE, KEY, batch(0, [{ uuid: "a" }, { uuid: "b" }]), 0);
    store.receive(LANE, `${KEY}-other`, batch(0, [{ uuid: "b" }, { uuid: "c" }]), 0);
    store.receive(LANE, KEY, batch(0, [{ uuid: "c" }], { epoch: "e2" }), 0);
    store.commit(BUDGET);
    store.tick(0);
    expect(uuids(store)).toEqual(["a", "b", "c"]);
    expect(store.totals.repeated).toBe(2);
  });

  it("take a uuid again once its row is gone, and forget no more than rows", () => {
    const store = new FlowsStore(2);
    store.receive(LANE, KEY, batch(0, flows(0, 3)), 0);
    store.commit(BUDGET);
    store.receive(LANE, KEY, batch(3, flows(0, 1)), 0);
    store.commit(BUDGET);
    expect(uuids(store)).toEqual(["u2", "u0"]);
  });

  it("count losses by where they happened", () => {
    const store = new FlowsStore(10);
    store.receive(LANE, KEY, batch(0, [{}]), 0);
    store.receive(LANE, KEY, batch(4, [{}]), 0);
    store.receive({ connection: 2, era: 1 }, KEY, batch(10, [{}]), 0);
    store.commit(BUDGET);
    store.tick(0);
    expect(store.totals).toMatchObject({ received: 3, lostInQueue: 3, missedWhileAway: 5 });
  });

  it("count what they do not understand and go on", () => {
    const store = new FlowsStore(10);
    store.receive(LANE, KEY, "<script>", 0);
    store.receive(LANE, KEY, batch(0, [{ uuid: 1 }, { uuid: "a" }]), 0);
    store.receive(LANE, KEY, batch(2, [{ uuid: "b" }]), 0);
    store.commit(BUDGET);
    store.tick(0);
    expect(uuids(store)).toEqual(["a", "b"]);
    expect(store.totals).toMatchObject({
      notUnderstood: 2,
      notUnderstoodWhy: "a flow in it has a field of another type",
      lostInQueue: 0,
    });
  });

  it("tell the rate over the last seconds", () => {
    const store = new FlowsStore(10_000);
    let first = 0;
    for (let ms = 0; ms <= 10_000; ms += 250) {
      store.tick(ms);
      if (ms >= 5_000) store.receive(LANE, KEY, batch(first, flows(first, (first += 50))), 0);
      store.commit(BUDGET);
    }
    expect(store.ratePerSecond).toBeCloseTo(200, 0);
  });

  it("fall to a rate of 0 when nothing comes any more", () => {
    const store = new FlowsStore(10);
    store.tick(0);
    store.receive(LANE, KEY, batch(0, [{}]), 0);
    store.commit(BUDGET);
    store.tick(1_000);
    expect(store.ratePerSecond).toBe(1);
    store.tick(6_000);
    store.tick(7_000);
    expect(store.ratePerSecond).toBe(0);
  });

  it("are empty once cleared, and count nothing as lost for that", () => {
    const store = new FlowsStore(10);
    store.receive(LANE, KEY, batch(0, flows(0, 2)), 0);
    store.commit(BUDGET);
    store.clear();
    store.receive(LANE, KEY, batch(2, flows(2, 4)), 0);
    store.commit(BUDGET);
    store.tick(0);
    expect(uuids(store)).toEqual(["u2", "u3"]);
    expect(store.totals).toMatchObject({ received: 4, lostInQueue: 0 });
  });

  it("read for as long as the budget lasts, and go on in the next frame", () => {
    const store = new FlowsStore(1_000);
    for (let first = 0; first < 20; first += 1) store.receive(LANE, KEY, batch(first, flows(first, first + 1)), 0);
    let ms = 0;
    const now = (): number => (ms += 1);
    expect(store.commit({ now, ms: 2 })).toEqual({ changed: true, more: true });
    const read = store.ring.end;
    expect(read).toBeLessThan(20);
    while (store.commit({ now, ms: 2 }).more);
    expect(uuids(store)).toEqual(flows(0, 20).map(({ uuid }) => uuid));
  });

  it("let what has waited for too long go unread, and say how much that was", () => {
    const store = new FlowsStore(1_000);
    const done: number[] = [];
    const receive = (first: number, cameMs: number): void => {
      store.receive(LANE, KEY, batch(first, flows(first, first + 10)), cameMs, () => done.push(first));
    };
    receive(0, 0);
    store.commit(BUDGET);
    for (let first = 10; first < 50; first += 10) receive(first, 0);
    receive(50, 4_000);
    store.commit({ now: () => 5_000, ms: 1 });
    store.tick(5_000);
    expect(store.totals).toMatchObject({ received: 20, shed: 40, lostInQueue: 0 });
    // All of them are worked off: the broker may send on.
    expect(done).toEqual([0, 10, 20, 30, 40, 50]);
    expect(store.gaps.list).toMatchObject([{ kind: "browser", count: 40, seq: 10 }]);
  });

  it("put the past below, newest first, each flow once, and only where there is room", () => {
    const store = new FlowsStore(6);
    store.receive(LANE, KEY, batch(10, flows(10, 13)), 0);
    store.commit(BUDGET);
    expect(store.prepend([{ uuid: "u10" }, { uuid: "u9" }, { uuid: "u8" }])).toBe(2);
    expect(uuids(store)).toEqual(["u8", "u9", "u10", "u11", "u12"]);
    expect(store.prepend([{ uuid: "u7" }, { uuid: "u6" }])).toBe(1);
    store.receive(LANE, KEY, batch(13, flows(13, 14)), 0);
    store.commit(BUDGET);
    expect(uuids(store)).toEqual(["u8", "u9", "u10", "u11", "u12", "u13"]);
  });

  it("put a loss that is told later at its place in time", () => {
    const store = new FlowsStore(100);
    const at = (second: number): object => ({ time: `2026-01-02T03:04:0${second}Z` });
    store.receive(LANE, KEY, batch(0, [at(1), at(2), at(3), at(4)]), 0);
    store.commit(BUDGET);
    const ms = Date.parse("2026-01-02T03:04:02.5Z");
    store.gaps.add({ id: "a", kind: "HUBBLE_RING_BUFFER", node: "n", count: 5, firstMs: ms, lastMs: ms }, null, 0);
    store.commit(BUDGET);
    expect(store.gaps.list).toMatchObject([{ seq: 2, count: 5 }]);
    // Older than every row: it waits until the past is there.
    const early = Date.parse("2026-01-02T03:04:00.5Z");
    store.gaps.add({ id: "b", kind: "gap", node: "", count: null, firstMs: early, lastMs: early }, null, 0);
    store.commit(BUDGET);
    expect(store.gaps.list.map(({ seq }) => seq)).toEqual([null, 2]);
    store.prepend([at(0)]);
    expect(store.gaps.list.map(({ seq }) => seq)).toEqual([0, 2]);
  });
});
