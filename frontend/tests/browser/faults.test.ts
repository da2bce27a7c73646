/**
 * What breaks on the way, and how the page comes back without a reload.
 */

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { numberIn, picture, rowsAppear, settledCount, useStack } from "./kit";

/** Until page and adapter are at the broker again, which may have been away for long: their waits between tries grow to 15 s and 30 s. */
const BACK_MS = 90_000;

/** How many gaps with such words come into sight on the way down the table, which the first step holds; stays at the first. */
async function scrolledTo(page: Page, words: string): Promise<number> {
  return page.evaluate(async (wanted) => {
    const scroller = document.querySelector("[data-testid=scroller]");
    if (scroller === null) throw new Error("there is no table");
    const frames = async (): Promise<void> => {
      for (let count = 0; count < 2; count += 1) {
        await new Promise((done) => requestAnimationFrame(done));
      }
    };
    // What was told a moment ago gets its place in the next frame, and a held table takes none in.
    await frames();
    for (let top = 0; ; top = scroller.scrollTop + scroller.clientHeight * 0.8) {
      scroller.scrollTop = top;
      await frames();
      const gaps = [...scroller.querySelectorAll("[data-testid=gap]")];
      const count = gaps.filter(({ textContent }) => textContent.includes(wanted)).length;
      if (count > 0) return count;
      if (scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1) break;
    }
    scroller.scrollTop = 0;
    await frames();
    return 0;
  }, words);
}

/** Holds the table, so that no row moves away under a click. What was told a moment ago gets its place in the next frame. */
async function paused(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let count = 0; count < 2; count += 1) await new Promise((done) => requestAnimationFrame(done));
  });
  await page.getByTestId("pause").click();
}

describe("the page, when the way breaks", { timeout: 300_000 }, () => {
  const stack = useStack(100);

  it("keeps its rows while the broker is away, and recovers by itself", async () => {
    const page = await stack.open();
    // The counts on the page lag behind the rows by a quarter of a second.
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(20);
    await page.evaluate(() => {
      (window as unknown as { same: boolean }).same = true;
    });
    await stack.demo.run("kill-broker");
    await expect.poll(async () => page.getByTestId("trouble").innerText()).toMatch(/lost|cannot be reached/);
    // Of before: otherwise the rows of the last moment would pass for new ones.
    const kept = await settledCount(page);
    expect(kept).toBeGreaterThan(20);
    await expect.poll(async () => page.getByTestId("row").count()).toBeGreaterThan(10);
    await picture(page, "broker-away");
    await stack.demo.run("start-broker");
    await expect.poll(async () => page.getByTestId("connection").innerText(), { timeout: BACK_MS }).toBe("Connected");
    await expect.poll(async () => numberIn(page, "counts"), { timeout: BACK_MS }).toBeGreaterThan(kept);
    expect(await page.evaluate(() => (window as unknown as { same?: boolean }).same)).toBe(true);
    await expect.poll(async () => page.getByTestId("trouble").count()).toBe(0);
    // The time without a connection stands between the rows that frame it.
    await expect.poll(async () => scrolledTo(page, "not connected")).toBeGreaterThan(0);
    await picture(page, "gap");
  });

  it("puts a loss that an adapter tells at its place in time, and counts it", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await page.waitForTimeout(3_000);
    const at = new Date(Date.now() - 1_500).toISOString();
    const link = { address: "a", state: "streaming", state_seconds: 1, error: "" };
    const recent = [{ n: 1, source: "HUBBLE_RING_BUFFER", node: "default/node-9", count: 311, first: at, last: at }];
    const status = {
      ...{ v: 1, id: "other", epoch: "gap-test", hubble: link, broker: { ...link, state: "ready" } },
      ...{ losses: { total: { HUBBLE_RING_BUFFER: 311 }, recent } },
    };
    await stack.demo.publish([
      { exchange: "hubble_status", key: "default.adapter", body: status },
      { exchange: "hubble_status", key: "default.adapter", body: status },
    ]);
    await expect.poll(async () => numberIn(page, "loss-HUBBLE_RING_BUFFER")).toBeGreaterThanOrEqual(311);
    await paused(page);
    const gap = page.getByTestId("gap").filter({ hasText: "311 flows lost" });
    await expect.poll(async () => scrolledTo(page, "311 flows lost")).toBe(1);
    await expect.poll(async () => gap.innerText()).toContain("default/node-9");
    await gap.click();
    const explainer = page.getByTestId("gap-explainer");
    await expect.poll(async () => explainer.innerText()).toContain("overwrote what was not read yet");
    expect(await explainer.innerText()).toContain("no history has them");
    expect(await page.getByTestId("details").innerText()).toContain("default/node-9");
    await picture(page, "loss");
  });

  it("tells exactly what its queue at the broker lost", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    const key = "default.DROPPED.gap.gap";
    const body = (first: number): object => ({
      ...{ v: 1, cluster: "default", epoch: "queue-test", first },
      flows: [{ uuid: `queue-${first}`, time: new Date().toISOString() }],
    });
    await stack.demo.publish(
      [0, 1, 40].map((first) => ({ exchange: "hubble_flows" as const, key, body: body(first) })),
    );
    await expect.poll(async () => numberIn(page, "loss-queue")).toBe(38);
    await paused(page);
    await expect.poll(async () => scrolledTo(page, "38 flows lost: the broker let them go")).toBe(1);
    // What the broker let go for this page alone, its streams have.
    await page.getByTestId("gap").filter({ hasText: "38 flows lost" }).click();
    await page.getByTestId("gap-history").click();
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("In the past");
    // It came into the stream later than its time says, by as long as it took to be published.
    await page.getByTestId("filter").fill("--uuid queue-1");
    await expect.poll(async () => page.locator("[data-uuid=queue-1]").count()).toBe(1);
    expect(await page.getByTestId("gap").filter({ hasText: "38 flows lost" }).count()).toBe(0);
  });

  // With more, the broker's guard ends the connection of a page that does not keep up, instead of dropping the oldest from its queue.
  it("has no more on its way than docs/viewers.md gives a connection", async () => {
    const page = await stack.open("about:blank");
    const prefetches: number[] = [];
    page.on("websocket", (socket) => {
      socket.on("framesent", ({ payload }) => {
        const count = /^SUBSCRIBE\n(?:.+\n)*prefetch-count:(\d+)\n/.exec(String(payload))?.[1];
        if (String(payload).startsWith("SUBSCRIBE\n")) prefetches.push(Number(count));
      });
    });
    await page.goto(stack.demo.info.url);
    await rowsAppear(page);
    // One each for the user's rights, the flows and the statuses.
    await expect.poll(() => prefetches.length).toBeGreaterThanOrEqual(3);
    expect(prefetches.filter((count) => !(count >= 1 && count <= 128))).toEqual([]);
  });

  it("tells a silent adapter, and welcomes it back", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    await expect.poll(async () => page.getByTestId("adapter").innerText()).toContain("streaming");
    await stack.demo.run("stop-adapter");
    await expect.poll(async () => page.getByTestId("health").innerText()).toMatch(/stopped|silent/);
    await picture(page, "adapter-silent");
    await stack.demo.run("start-adapter");
    await expect.poll(async () => page.getByTestId("health").innerText()).toContain("streaming");
  });

  it("counts messages that are not ours, and shows it", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    const key = "default.FORWARDED.shop.shop";
    await stack.demo.publish([
      { exchange: "hubble_flows", key, body: "not JSON at all" },
      { exchange: "hubble_flows", key: "of.another.form", body: { v: 2, flows: [] } },
      { exchange: "hubble_flows", key, body: { v: 1, cluster: "c", epoch: "e", first: 0, flows: [7] } },
      { exchange: "hubble_status", key: "default.adapter", body: { v: 1, id: 5 } },
    ]);
    await expect.poll(async () => numberIn(page, "not-understood")).toBe(4);
    const before = await numberIn(page, "counts");
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(before);
  });
});
