/**
 * Everything that a workload can name is hostile text. It may be read on the page; it may not become part of it.
 */

import { describe, expect, it } from "vitest";

import { harmOn } from "./harm";
import type { Message } from "../stack/demo";
import { HOSTILE, statusOf, variantsOf } from "./hostile";
import { numberIn, picture, useStack } from "./kit";
import { SOON_MS } from "./soon";

/** What is published at once: what a page can't take in within a second it lets go, and the largest flow is 12 MB. */
const PART_CHARACTERS = 1_000_000;

interface Part {
  readonly messages: Message[];
  /** Of the last flow. */
  uuid: string;
  characters: number;
}

/** Messages of one hostile flow each, in order. */
function partsOf(): readonly Part[] {
  const parts: Part[] = [];
  const flows = HOSTILE.flatMap((text, index) => variantsOf(text, `hostile-${index}`));
  for (const [first, flow] of flows.entries()) {
    const characters = JSON.stringify(flow).length;
    let part = parts.at(-1);
    if (part === undefined || part.characters + characters > PART_CHARACTERS) {
      part = { messages: [], uuid: "", characters: 0 };
      parts.push(part);
    }
    part.messages.push({
      ...{ exchange: "hubble_flows", key: "default.FORWARDED._unknown._unknown" },
      body: { v: 1, cluster: "<u>", epoch: "<u>hostile</u>", first, flows: [flow] },
    });
    part.uuid = (flow as { readonly uuid: string }).uuid;
    part.characters += characters;
  }
  return parts;
}

describe("hostile text", { timeout: 300_000 }, () => {
  const stack = useStack(1);

  it("through every field stays text", async () => {
    const page = await stack.open();
    const harm: string[] = [];
    await page.exposeFunction("reportHarm", (what: unknown) => harm.push(String(what)));
    await expect.poll(async () => page.getByTestId("connection").innerText()).toMatch(/^Connected/);
    await stack.demo.publish(
      HOSTILE.map((text) => ({ exchange: "hubble_status", key: "default.adapter", body: statusOf(text) })),
    );
    const parts = partsOf();
    for (const { messages, uuid } of parts) {
      await stack.demo.publish(messages);
      // Newest first: the last one published is among the first rows once all are there.
      await page.locator(`[data-uuid="${uuid}"]`).waitFor({ state: "attached", timeout: SOON_MS });
    }
    await picture(page, "hostile");

    // Through the rows one after the other, each with its details open.
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    const rows = await numberIn(page, "counts");
    const seen = new Set<string>();
    for (let step = 0; step < rows; step += 1) {
      const uuid = await page.locator("[data-testid=row][aria-selected=true]").getAttribute("data-uuid");
      if (uuid?.startsWith("hostile-") === true) {
        seen.add(uuid);
        await expect.poll(async () => page.getByTestId("json").innerText()).toContain(uuid);
      }
      if (step % 10 === 0) expect(await harmOn(page)).toEqual([]);
      await page.keyboard.press("ArrowDown");
    }
    expect(seen.size).toBe(parts.flatMap(({ messages }) => messages).length);
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
