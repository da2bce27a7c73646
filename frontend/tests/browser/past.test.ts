/**
 * Viewers see what they may and nothing else; the past comes out of the streams, without a gap or a repeat.
 */

import { describe, expect, it } from "vitest";

import { numberIn, picture, rowsAppear, settledCount, useStack, wholeTable } from "./kit";
import { SOON_MS } from "./soon";

const RATE_PER_SECOND = 150;

describe("the past", { timeout: 300_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("stands below the live rows, and joins them without a gap or a repeat", async () => {
    // Something has to be past.
    await new Promise((done) => setTimeout(done, 8_000));
    const openedMs = Date.now();
    const page = await stack.open();
    await rowsAppear(page, 30);
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(RATE_PER_SECOND * 8);
    await page.waitForTimeout(2_000);
    await page.getByTestId("pause").click();
    const shown = (await wholeTable(page, true)).map(({ uuid }) => uuid);
    await page.waitForTimeout(1_500);
    const sent = await stack.demo.sent();
    expect(new Set(shown).size).toBe(shown.length);
    const isShown = new Set(shown);
    // From the very first flow of the stack's life on: history began before it. How long the newest are on their way depends on the machine.
    const newestMs = Math.max(...sent.filter(({ uuid }) => isShown.has(uuid)).map(({ ms }) => ms));
    expect(newestMs).toBeGreaterThan(openedMs);
    const expected = sent.filter(({ ms }) => ms < newestMs - 2_000).map(({ uuid }) => uuid);
    const missing = expected.filter((uuid) => !isShown.has(uuid));
    // The one flow of the captures that is too large for the adapter, each time it came round.
    expect(missing.length).toBeLessThanOrEqual(await numberIn(page, "loss-too_large"));
    expect(shown.length).toBeGreaterThan(expected.length * 0.98);
    expect(openedMs - (sent[0]?.ms ?? 0)).toBeGreaterThan(8_000);
  });

  it("says where it begins, as the reader scrolls to its end", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await page.getByTestId("scroller").hover();
    // A thousand rows at a time, each thousand with a look at what was lost meanwhile.
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 100_000);
          return page.getByTestId("past-note").innerText();
        },
        { timeout: 2 * SOON_MS },
      )
      .toContain("begins here");
    await picture(page, "history-begins");
    await settledCount(page);
  });

  it("with nothing replayed loads older rows as the reader scrolls", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    await page.getByTestId("history-button").click();
    await page.getByTestId("replay-minutes").selectOption("0");
    await picture(page, "history-menu");
    await page.keyboard.press("Escape");
    await page.goto("about:blank");
    await page.goto(stack.demo.info.url);
    await rowsAppear(page, 5);
    await page.getByTestId("pause").click();
    const before = await numberIn(page, "counts");
    await page.getByTestId("scroller").hover();
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 100_000);
        return numberIn(page, "counts");
      })
      .toBeGreaterThan(before + 2_000);
    const shown = (await wholeTable(page)).map(({ uuid }) => uuid);
    expect(new Set(shown).size).toBe(shown.length);
  });

  it("goes to a time, on to newer rows, and back to the present", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    const sent = await stack.demo.sent();
    const goal = sent[Math.floor(sent.length / 2)] ?? { ms: 0, uuid: "" };
    const second = new Date(Math.ceil(goal.ms / 1_000) * 1_000);
    const local = new Date(second.getTime() - second.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
    await page.getByTestId("history-button").click();
    await page.getByTestId("history-time").fill(local);
    await page.getByTestId("history-go").click();
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("In the past");
    await expect
      .poll(async () => page.locator(`[data-testid=row] .cell-time`).allInnerTexts())
      .toContainEqual(expect.stringContaining(local.slice(11, 19)));
    await picture(page, "history-time");
    // A link goes there, too.
    await expect.poll(() => page.url()).toContain("at=");
    const hash = new URL(page.url()).hash.slice(1);
    const other = await stack.open(`${stack.demo.info.url}&${hash}`);
    await expect.poll(async () => other.getByTestId("hold").innerText()).toBe("In the past");
    await expect
      .poll(async () => other.locator(`[data-testid=row] .cell-time`).allInnerTexts())
      .toContainEqual(expect.stringContaining(local.slice(11, 19)));
    await other.getByTestId("pause").click();
    await expect.poll(() => other.url()).not.toContain("at=");
    const rows = await numberIn(page, "counts");
    await page.getByTestId("scroller").hover();
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, -100_000);
        return numberIn(page, "counts");
      })
      .toBeGreaterThan(rows);
    await page.getByTestId("pause").click();
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("");
  });
});

describe("a link to one flow", { timeout: 180_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("opens it out of the past, and says when it is not there", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await page.getByTestId("row").nth(8).click();
    await page.getByTestId("details").waitFor();
    await expect.poll(() => page.url()).toContain("flow=");
    const hash = new URL(page.url()).hash.slice(1);
    const uuid = (JSON.parse(await page.getByTestId("json").innerText()) as { uuid: string }).uuid;
    await page.waitForTimeout(3_000);

    const other = await stack.open(`${stack.demo.info.url}&${hash}`);
    await other.getByTestId("details").waitFor({ timeout: SOON_MS });
    expect((JSON.parse(await other.getByTestId("json").innerText()) as { uuid: string }).uuid).toBe(uuid);
    await picture(other, "permalink");

    const none = await stack.open(`${stack.demo.info.url}&${hash.replace(uuid, "0".repeat(36))}`);
    await expect.poll(async () => none.getByTestId("past-note").innerText()).toContain("no longer holds the flow");
  });
});

describe("a viewer of one namespace", { timeout: 180_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("is told what it sees, and sees just that, live and past", async () => {
    const { url } = stack.demo.info.viewers["shop"] ?? { url: "" };
    const page = await stack.open(url);
    await rowsAppear(page, 20);
    await expect.poll(async () => page.getByTestId("rights").innerText()).toBe("You see the namespace shop");
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(300);
    await page.getByTestId("pause").click();
    const rows = await wholeTable(page);
    const sides = rows.map(({ cells }) => cells.join(" "));
    expect(sides.filter((text) => !text.includes("shop/"))).toEqual([]);
    // Both directions, and what leaves the namespace.
    expect(sides.some((text) => text.includes("pay/"))).toBe(true);
    expect(new Set(rows.map(({ uuid }) => uuid)).size).toBe(rows.length);
    await picture(page, "viewer");
  });
});
