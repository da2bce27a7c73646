import { describe, expect, it, vi } from "vitest";

import { flowText, parseFlowText } from "../../src/session/bindings";
import { Keeper, type TabStorage } from "../../src/session/keeper";
import { RowMaker } from "../../src/stores/row";
import { Sleep } from "../../src/session/sleep";
import { Gaps } from "../../src/stores/gaps";
import { messageFrame } from "../../src/transport/frames";
import { Link } from "../../src/transport/link";
import { narrowed, parseViewer } from "../../src/wire/viewer";

describe("a MESSAGE frame", () => {
  const head = "subscription:s-1\nack:T_1@@x@@7\ndestination:/exchange/hubble_flows/a.b.c.d\ncontent-length:4\n";

  it("is cut where it is one whole frame", () => {
    expect(messageFrame(`MESSAGE\n${head}\n{\n\n}\0`)).toEqual({
      subscription: "s-1",
      ack: "T_1@@x@@7",
      destination: "/exchange/hubble_flows/a.b.c.d",
      offset: null,
      body: "{\n\n}",
    });
    expect(messageFrame(`MESSAGE\n${head}x-stream-offset:42\n\n{}\0\n`)).toMatchObject({ offset: 42, body: "{}" });
  });

  it("has its header values unescaped, the first of each name counting", () => {
    const frame = messageFrame("MESSAGE\nsubscription:a\\cb\\\\n\nsubscription:x\nack:1\n\n\0");
    expect(frame?.subscription).toBe("a:b\\n");
  });

  it.each([
    "",
    "\n",
    "RECEIPT\nreceipt-id:1\n\n\0",
    `MESSAGE\n${head}\nhalf of a body`,
    `MESSAGE\n${head}\none\0MESSAGE\n${head}\nanother\0`,
    "MESSAGE\nack:1\n\nno subscription\0",
    "MESSAGE\n",
  ])("is left to the client's parser: %j", (text) => {
    expect(messageFrame(text)).toBeNull();
  });
});

/** The browser's socket, as far as a link uses it. Opens by itself. */
class FakeSocket extends EventTarget {
  static last: FakeSocket | null = null;
  readonly readyState = 1;
  readonly sent: { readonly text: string; readonly atMs: number }[] = [];
  onopen: (() => void) | null = null;

  constructor() {
    super();
    FakeSocket.last = this;
    queueMicrotask(() => {
      this.dispatchEvent(new Event("open"));
      this.onopen?.();
    });
  }

  send(text: string): void {
    this.sent.push({ text, atMs: Date.now() });
  }

  close(): void {
    this.dispatchEvent(new Event("close"));
  }

  receive(data: string): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

/** After a silence of this long RabbitMQ's web server ends a WebSocket, where nobody has told it otherwise. */
const UNASKED_IDLE_MS = 60_000;

/** How often a browser wakes the timers of a hidden tab. */
const HIDDEN_TIMER_MS = 60_000;

describe("a link", () => {
  it("gives signs of life often, and promises few", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("WebSocket", FakeSocket);
    const onConnected = vi.fn();
    const endpoint = { url: "wss://broker/ws", announce: () => () => undefined };
    const link = new Link(
      endpoint,
      { user: "u", password: "p" },
      { onConnected, onClosed: vi.fn(), onMessage: vi.fn() },
    );
    await vi.advanceTimersByTimeAsync(1);
    const socket = FakeSocket.last;
    const promisedMs = Number(/heart-beat:(\d+),/.exec(socket?.sent[0]?.text ?? "")?.[1]);
    socket?.receive(`CONNECTED\nversion:1.2\nheart-beat:10000,${promisedMs}\n\n\0`);
    await vi.advanceTimersByTimeAsync(1);
    expect(onConnected).toHaveBeenCalled();
    for (let seconds = 0; seconds < 1_200; seconds += 5) {
      socket?.receive("\n");
      await vi.advanceTimersByTimeAsync(5_000);
    }
    const times = socket?.sent.map(({ atMs }) => atMs) ?? [];
    const silences = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0));
    expect(silences.length).toBeGreaterThan(6);
    expect(Math.max(...silences)).toBeLessThanOrEqual(UNASKED_IDLE_MS / 2);
    expect(promisedMs).toBeGreaterThanOrEqual(2 * HIDDEN_TIMER_MS);
    expect(socket?.sent.slice(1).every(({ text }) => text === "\n")).toBe(true);
    link.close();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(socket?.sent.filter(({ text }) => text === "\n").length).toBe(silences.length);
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
});

describe("binding keys", () => {
  it("are what is both asked for and allowed", () => {
    const shop = ["*.*.shop.*", "*.*.*.shop"];
    expect(narrowed(shop, null)).toBe(shop);
    expect(narrowed(["#"], ["*.DROPPED.*.*"])).toEqual(["*.DROPPED.*.*"]);
    expect(narrowed(shop, ["*.DROPPED.*.*"])).toEqual(["*.DROPPED.shop.*", "*.DROPPED.*.shop"]);
    expect(narrowed(shop, ["*.*.pay.*"])).toEqual(["*.*.pay.shop"]);
    expect(narrowed(["a.#", "b.#"], ["*.AUDIT.#"])).toEqual(["a.AUDIT.#", "b.AUDIT.#"]);
    expect(narrowed(shop, ["*.*.pay.pay"])).toEqual([]);
  });
});

describe("the document of a viewer's rights", () => {
  const document = {
    ...{ v: 1, user: "shop", namespaces: ["shop"], clusters: null, queue: "stomp-subscription-shop." },
    ...{ flows: ["*.*.shop.*"], status: ["#"], history: [], status_history: [] },
  };

  it("is read whole or not at all", () => {
    expect(parseViewer(JSON.stringify(document))).toMatchObject({ ok: true, value: { user: "shop" } });
    expect(parseViewer(JSON.stringify({ ...document, flows: "#" }))).toMatchObject({ ok: false });
    expect(parseViewer(JSON.stringify({ ...document, v: 2 }))).toMatchObject({ ok: false });
    expect(parseViewer("nothing")).toMatchObject({ ok: false });
  });
});

describe("sleep", () => {
  it("is noticed at the first sign of life after it, once", () => {
    let ms = 0;
    const woke = vi.fn();
    const sleep = new Sleep(woke, () => ms);
    for (; ms < 60_000; ms += 250) sleep.sign(false);
    expect(woke).not.toHaveBeenCalled();
    ms += 30_000;
    sleep.sign(false);
    sleep.sign(false);
    expect(woke).toHaveBeenCalledTimes(1);
  });

  it("is not what a hidden tab does, whose timers fire once a minute", () => {
    let ms = 0;
    const woke = vi.fn();
    const sleep = new Sleep(woke, () => ms);
    sleep.sign(true);
    for (; ms < 600_000; ms += 60_000) sleep.sign(true);
    sleep.sign(false);
    expect(woke).not.toHaveBeenCalled();
  });
});

describe("gaps", () => {
  const loss = { id: "", kind: "queue", node: "", count: 1, firstMs: 5, lastMs: 6 };

  it("grow while a loss goes on, and end after a while", () => {
    const gaps = new Gaps();
    for (let ms = 0; ms < 9_000; ms += 500) gaps.add({ ...loss, lastMs: ms }, 10, ms);
    expect(gaps.list).toEqual([{ ...loss, count: 18, firstMs: 5, lastMs: 8_500, seq: 10 }]);
    for (let ms = 9_000; ms < 20_000; ms += 500) gaps.add(loss, 20, ms);
    expect(gaps.list.length).toBe(2);
    gaps.add(loss, 30, 60_000);
    expect(gaps.list.map(({ seq }) => seq)).toEqual([10, 20, 30]);
  });

  it("of different kinds and nodes stay apart", () => {
    const gaps = new Gaps();
    gaps.add(loss, 10, 0);
    gaps.add({ ...loss, kind: "browser" }, 10, 0);
    gaps.add({ ...loss, node: "n" }, 9, 0);
    expect(gaps.list.map(({ seq }) => seq)).toEqual([9, 10, 10]);
  });

  it("say nothing of how many where part of it is not known", () => {
    const gaps = new Gaps();
    gaps.add(loss, 10, 0);
    gaps.add({ ...loss, count: null }, 10, 1);
    expect(gaps.list[0]?.count).toBeNull();
  });

  it("go with their rows, and are bounded", () => {
    const gaps = new Gaps();
    for (let seq = 0; seq < 5_000; seq += 1) gaps.add(loss, seq, seq * 60_000);
    expect(gaps.list.length).toBe(2_000);
    gaps.drop(4_990);
    expect(gaps.list.length).toBe(10);
  });
});

describe("a kept log-in", () => {
  const storage = (kept: Map<string, string>): TabStorage => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  });

  it("is there until it is forgotten", () => {
    const keeper = new Keeper(() => storage(kept));
    const kept = new Map<string, string>();
    expect(keeper.read()).toBeNull();
    keeper.keep({ user: "demo", password: 'p"w' });
    expect(keeper.read()).toEqual({ user: "demo", password: 'p"w' });
    keeper.forget();
    expect(keeper.read()).toBeNull();
  });

  it.each(["", "{", "null", "7", '{"user":"a"}', '{"user":1,"password":"b"}'])("that reads %j is none", (text) => {
    expect(new Keeper(() => storage(new Map([["hubblecast.login", text]]))).read()).toBeNull();
  });

  it("is no concern where storage is forbidden", () => {
    const keeper = new Keeper(() => {
      throw new Error("forbidden");
    });
    keeper.keep({ user: "a", password: "b" });
    keeper.forget();
    expect(keeper.read()).toBeNull();
  });
});

describe("a link to a flow", () => {
  const maker = new RowMaker();

  it("names it by uuid and time", () => {
    const flow = { uuid: "a@b", time: "2026-01-02T03:04:05.678Z" };
    const text = flowText(maker.make(1, flow));
    expect(parseFlowText(text)).toEqual({ uuid: "a@b", ms: Date.parse(flow.time) });
    expect(flowText(maker.make(1, { uuid: "a" }))).toBe("");
  });

  it.each(["", "a", "@5", "a@", "a@x", "a@-1", "a@1.5", `${"a".repeat(65)}@5`])("%j names none", (text) => {
    expect(parseFlowText(text)).toBeNull();
  });
});
