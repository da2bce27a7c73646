import { describe, expect, it } from "vitest";

import { Replay } from "../../src/session/replay";
import type { StretchReader } from "../../src/session/pastreader";
import { FlowsStore } from "../../src/stores/flows";
import { HealthStore } from "../../src/stores/health";
import type { MessageFrame } from "../../src/transport/frames";
import { StreamError, type Stretch } from "../../src/transport/streams";
import type { Viewer } from "../../src/wire/viewer";
import { batch, BUDGET, flows, KEY, LANE, status } from "./samples";

const VIEWER: Viewer = {
  ...{ user: "viewer", namespaces: null, clusters: null, queue: "q", flows: ["#"], status: ["#"] },
  ...{ history: ["hubble_history"], status_history: ["hubble_status_history"] },
};

/** A broker's streams: each holds messages by offset, and the connection may end after so many more of them. */
class Broker {
  readonly messages: readonly string[];
  readonly statuses: readonly string[];
  read = 0;

  constructor(messages: readonly string[], statuses: readonly string[] = []) {
    this.messages = messages;
    this.statuses = statuses;
  }

  /** @param breaksAfter messages */
  connection(breaksAfter = Infinity): StretchReader {
    let left = breaksAfter;
    return {
      read: async ({ stream, from, onMessage }: Stretch): Promise<void> => {
        await Promise.resolve();
        const bodies = stream === "hubble_history" ? this.messages : this.statuses;
        const first = from === "last" ? bodies.length - 1 : "offset" in from ? from.offset : 0;
        for (let offset = first; offset < bodies.length; offset += 1) {
          if (left === 0) throw new StreamError({ kind: "lost" });
          left -= 1;
          this.read += 1;
          const message: MessageFrame = {
            ...{ subscription: "s", ack: "a", destination: KEY, offset, body: bodies[offset] ?? "" },
          };
          if (!onMessage(message)) return;
        }
      },
    };
  }
}

function page(minutes = 60): { readonly store: FlowsStore; readonly replay: Replay; readonly uuids: () => unknown[] } {
  const store = new FlowsStore(10_000);
  const kept: Record<string, string> = {};
  const replay = new Replay({
    flows: store,
    view: { advance: () => false },
    health: new HealthStore(),
    wake: () => undefined,
    nextFrame: async () => Promise.resolve(),
    storage: () => ({
      getItem: (key) => kept[key] ?? null,
      setItem: (key, value) => {
        kept[key] = value;
      },
    }),
  });
  replay.setMinutes(minutes, false);
  const uuids = (): unknown[] => {
    const { ring } = store;
    return Array.from({ length: ring.end - ring.first }, (_, index) => ring.at(ring.first + index)?.flow);
  };
  return { store, replay, uuids };
}

/** Batches of ten flows without uuids, which nothing could tell from their repeats, each with a number instead. */
function history(batches: number): { readonly bodies: string[]; readonly all: object[] } {
  const nowMs = Date.now();
  const all = Array.from({ length: batches * 10 }, (_, nth) => ({
    time: new Date(nowMs - 60_000 + nth).toISOString(),
    node_name: `n${nth}`,
  }));
  const bodies = Array.from({ length: batches }, (_, nth) =>
    batch(nth * 10, all.slice(nth * 10, nth * 10 + 10), { epoch: "past" }),
  );
  return { bodies, all };
}

describe("the replay", () => {
  it("puts the past below the live rows, once", async () => {
    const { bodies, all } = history(50);
    const broker = new Broker(bodies);
    const { replay, uuids } = page();
    await replay.advance(broker.connection(), VIEWER);
    expect(replay.isDone).toBe(true);
    expect(uuids()).toEqual(all);
    const { read } = broker;
    await replay.advance(broker.connection(), VIEWER);
    expect([uuids().length, broker.read]).toEqual([all.length, read]);
  });

  it.each([0, 1, 2, 5, 17, 40, 120, 299])(
    "goes on where it was when the connection ends after %d messages",
    async (cut) => {
      const { bodies, all } = history(300);
      const broker = new Broker(bodies);
      const { replay, uuids } = page();
      await expect(replay.advance(broker.connection(cut), VIEWER)).rejects.toThrow(StreamError);
      expect(replay.isDone).toBe(false);
      await replay.advance(broker.connection(), VIEWER);
      expect(replay.isDone).toBe(true);
      expect(uuids()).toEqual(all);
    },
  );

  it("survives one cut after the other", async () => {
    const { bodies, all } = history(120);
    const broker = new Broker(bodies);
    const { replay, uuids } = page();
    let tries = 0;
    // Each connection lives for longer than one stretch, the longest of which is a hundred messages and some.
    for (; !replay.isDone && tries < 50; tries += 1) {
      await replay.advance(broker.connection(220), VIEWER).catch(() => undefined);
    }
    expect(replay.isDone).toBe(true);
    expect(uuids()).toEqual(all);
  });

  it("tells losses of the past though the connection ended before they were read", async () => {
    const { bodies } = history(3);
    const now = new Date().toISOString();
    const recent = [{ n: 1, source: "HUBBLE_RING_BUFFER", node: "n", count: 3, first: now, last: now }];
    const told = status({ time: now, losses: { total: {}, recent } });
    const broker = new Broker(bodies, [told]);
    const { replay, store } = page();
    // The three messages of the history, and not the status.
    await expect(replay.advance(broker.connection(3), VIEWER)).rejects.toThrow(StreamError);
    expect([store.ring.end - store.ring.first, store.gaps.list.length]).toEqual([30, 0]);
    await replay.advance(broker.connection(), VIEWER);
    expect(store.gaps.list.map(({ count }) => count)).toEqual([3]);
  });

  it("brings nothing back that was cleared meanwhile", async () => {
    const { bodies } = history(300);
    const broker = new Broker(bodies);
    const { replay, store, uuids } = page();
    await expect(replay.advance(broker.connection(150), VIEWER)).rejects.toThrow(StreamError);
    store.clear();
    await replay.advance(broker.connection(), VIEWER);
    expect([replay.isDone, uuids().length]).toEqual([true, 0]);
  });

  it("leaves out what has come live", async () => {
    const { bodies, all } = history(20);
    const { replay, store, uuids } = page();
    store.receive(LANE, KEY, bodies[19] ?? "", 0);
    store.commit(BUDGET);
    await replay.advance(new Broker(bodies).connection(), VIEWER);
    expect(uuids()).toEqual(all);
  });

  it("begins anew for another user, and not at all where nothing is to be replayed", async () => {
    const broker = new Broker([batch(0, flows(0, 5))]);
    const none = page(0);
    await none.replay.advance(broker.connection(), VIEWER);
    expect([none.replay.isDone, broker.read]).toEqual([true, 0]);
    const { replay, store, uuids } = page();
    await replay.advance(broker.connection(), VIEWER);
    store.forget();
    replay.forget();
    await replay.advance(broker.connection(), VIEWER);
    expect(uuids().length).toBe(5);
  });
});
