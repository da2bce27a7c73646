/**
 * Everything that a workload can name is hostile text. It may be read on the page; it may not become part of it.
 */

import { describe, expect, it } from "vitest";

import { harmOn } from "./harm";
import { HOSTILE, statusOf, variantsOf } from "./hostile";
import { numberIn, picture, useStack } from "./kit";

describe("hostile text", { timeout: 180_000 }, () => {
  const stack = useStack(1);

  it("through every field stays text", async () => {
    const page = await stack.open();
    const harm: string[] = [];
    await page.exposeFunction("reportHarm", (what: unknown) => harm.push(String(what)));
    await expect.poll(async () => page.getByTestId("connection").innerText()).toMatch(/^Connected/);
    const key = "default.FORWARDED._unknown._unknown";
    const flows = HOSTILE.flatMap((text, index) => variantsOf(text, `hostile-${index}`));
    await stack.demo.publish([
      ...flows.map((flow, index) => ({
        exchange: "hubble_flows" as const,
        key,
        body: { v: 1, cluster: "<u>", epoch: "<u>hostile</u>", first: index, flows: [flow] },
      })),
      ...HOSTILE.map((text) => ({ exchange: "hubble_status" as const, key: "default.adapter", body: statusOf(text) })),
    ]);
    // Newest first: the last one published is among the first rows once all are there.
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThanOrEqual(flows.length);
    await picture(page, "hostile");

    // Through the rows one after the other, each with its details open.
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const seen = new Set<string>();
    for (let step = 0; step < flows.length + 20; step += 1) {
      const uuid = await page.locator("[data-testid=row][aria-selected=true]").getAttribute("data-uuid");
      if (uuid?.startsWith("hostile-") === true) {
        seen.add(uuid);
        await expect.poll(async () => page.getByTestId("json").innerText()).toContain(uuid);
      }
      if (step % 10 === 0) expect(await harmOn(page)).toEqual([]);
      await page.keyboard.press("ArrowDown");
    }
    expect(seen.size).toBe(flows.length);
    await picture(page, "hostile-details");
    expect(await harmOn(page)).toEqual([]);

    // Filters made of the same texts.
    for (const text of HOSTILE) {
      await page.getByTestId("filter").fill(text.slice(0, 500));
    }
    await page.getByTestId("filter").fill("");
    expect(await harmOn(page)).toEqual([]);
    expect(harm).toEqual([]);
    await expect.poll(async () => page.getByTestId("connection").innerText()).toBe("Connected");
  });
});
