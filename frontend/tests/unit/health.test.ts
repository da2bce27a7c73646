import { beforeEach, describe, expect, it } from "vitest";

import type { Loss } from "../../src/stores/loss";
import { HealthStore, SILENT_AFTER_MS } from "../../src/stores/health";
import { status } from "./samples";

let health: HealthStore;

beforeEach(() => {
  health = new HealthStore();
});

describe("health", () => {
  it("keeps each adapter's last word", () => {
    health.receive(status({ lag_seconds: 1 }), 0);
    health.receive(status({ lag_seconds: 2 }), 1_000);
    health.receive(status({ id: "b", lag_seconds: 0.5 }), 1_000);
    expect([...health.adapters.keys()]).toEqual(["broker-1-4711", "b"]);
    expect(health.lagSeconds).toBe(2);
  });

  it("adds up losses of adapters, and of epochs that have ended", () => {
    health.receive(status({ losses: { total: { gap: 2, buffer_full: 5 } } }), 0);
    health.receive(status({ id: "b", losses: { total: { gap: 1 } } }), 0);
    expect(Object.fromEntries(health.losses)).toEqual({ gap: 3, buffer_full: 5 });
    health.receive(status({ epoch: "e2", losses: { total: { gap: 1, buffer_full: 0 } } }), 1_000);
    expect(Object.fromEntries(health.losses)).toEqual({ gap: 4, buffer_full: 5 });
  });

  it("notices silence, and in the end forgets the adapter but not its losses", () => {
    health.receive(status({ losses: { total: { gap: 2 } } }), 0);
    health.tick(SILENT_AFTER_MS + 1);
    const adapter = health.adapters.get("broker-1-4711");
    expect(adapter !== undefined && health.isSilent(adapter)).toBe(true);
    expect(health.lagSeconds).toBeNull();
    health.tick(3_600_000);
    expect(health.adapters.size).toBe(0);
    expect(health.losses.get("gap")).toBe(2);
  });

  it("counts what it does not understand", () => {
    health.receive("{}", 0);
    health.receive("<b>", 0);
    expect(health.notUnderstood).toBe(2);
    expect(health.adapters.size).toBe(0);
  });

  it("stays bounded when someone invents adapters and losses", () => {
    const total = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`kind-${index}`, 1]));
    for (let index = 0; index < 500; index += 1) health.receive(status({ id: `a${index}`, losses: { total } }), 0);
    expect(health.adapters.size).toBe(64);
    expect(health.losses.size).toBeLessThanOrEqual(25);
    expect([...health.losses.values()].reduce((sum, count) => sum + count, 0)).toBe(64 * 500);
  });

  it("tells each loss once, however often an adapter repeats it", () => {
    const told: Loss[] = [];
    const store = new HealthStore((loss) => told.push(loss));
    const loss = (n: number): object => ({
      ...{ n, source: "gap", node: "node-1", count: null, first: "2026-01-02T03:04:05Z", last: null },
    });
    const losses = (...numbers: number[]): object => ({ losses: { total: {}, recent: numbers.map(loss) } });
    store.receive(status(losses(0, 1)), 0);
    store.receive(status(losses(0, 1, 2)), 1_000);
    expect(told).toHaveLength(3);
    expect(told[0]).toEqual({
      ...{ id: "e1 0", kind: "gap", node: "node-1", count: null, lastMs: null },
      firstMs: Date.parse("2026-01-02T03:04:05Z"),
    });
    store.receive(status({ ...losses(0), epoch: "e2" }), 2_000);
    expect(told).toHaveLength(4);
    // What a history tells again is no news.
    const past = store.lossesOf(status({ ...losses(1, 7), time: "2026-01-02T03:04:09Z" }));
    expect(past.timeMs).toBe(Date.parse("2026-01-02T03:04:09Z"));
    expect(past.losses.filter((loss) => store.isNews(loss)).map(({ id }) => id)).toEqual(["e1 7"]);
  });
});
