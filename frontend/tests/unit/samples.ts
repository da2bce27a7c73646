/**
 * Messages to test with.
 */

import type { Budget } from "../../src/stores/flows";
import type { Lane } from "../../src/stores/ordinals";
import type { Flow } from "../../src/wire/flow";

export const LANE: Lane = { connection: 1, era: 1 };

/** Time enough for everything. */
export const BUDGET: Budget = { now: () => 0, ms: 1 };

export const KEY = "/exchange/hubble_flows/default.FORWARDED.shop.shop";

export function batch(first: number, flows: readonly unknown[], more: object = {}): string {
  return JSON.stringify({ v: 1, cluster: "default", epoch: "e1", first, flows, ...more });
}

/** Flows with the uuids `from` up to but without `to`. */
export function flows(from: number, to: number): Flow[] {
  return Array.from({ length: to - from }, (_, index) => ({ uuid: `u${from + index}` }));
}

export function status(more: object = {}): string {
  return JSON.stringify({
    v: 1,
    id: "broker-1-4711",
    cluster: "default",
    epoch: "e1",
    hubble: { address: "relay:4245", state: "streaming", state_seconds: 3.5, error: "" },
    broker: { address: "broker-1:5672", state: "ready", state_seconds: 3, error: "" },
    rates: { received_per_second: 812, confirmed_per_second: 812 },
    losses: { total: { HUBBLE_RING_BUFFER: 3, gap: 0 }, recent: [] },
    nodes: { connected: 2, not_connected: [] },
    lag_seconds: 0.4,
    ...more,
  });
}
