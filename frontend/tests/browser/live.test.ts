/**
 * The table on real flows: from the mock Hubble server through adapter, broker and nginx into Chromium.
 */

import { describe, expect, it } from "vitest";

import { harmOn } from "./harm";
import { numberIn, picture, rowsAppear, selectNext, useStack, wholeTable } from "./kit";

const RATE_PER_SECOND = 200;

/** In demo/captures, all files together. */
const FLOWS_OF_CAPTURES = 447;

/** Flows on their way at either end of the time that is compared. */
const MARGIN_MS = 2_000;

describe("the page on live flows", { timeout: 180_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("shows each flow that Hubble sent, and each once", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    const fromMs = Date.now() + MARGIN_MS;
    await page.waitForTimeout(2 * MARGIN_MS + 4_000);
    await page.getByTestId("pause").click();
    const shown = (await wholeTable(page)).map(({ uuid }) => uuid);
    // The log is written out once a second. What is shown was sent, each of it.
    let sent = await stack.demo.sent();
    await expect
      .poll(async () => {
        sent = await stack.demo.sent();
        const wasSent = new Set(sent.map(({ uuid }) => uuid));
        return shown.filter((uuid) => !wasSent.has(uuid));
      })
      .toEqual([]);
    const isShown = new Set(shown);
    // How long they are on their way depends on the machine, but not their order.
    const untilMs = Math.max(...sent.filter(({ uuid }) => isShown.has(uuid)).map(({ ms }) => ms)) - MARGIN_MS;
    const expected = sent.filter(({ ms }) => ms >= fromMs && ms <= untilMs).map(({ uuid }) => uuid);

    expect(expected.length).toBeGreaterThan(RATE_PER_SECOND);
    expect(new Set(shown).size).toBe(shown.length);
    // One flow of the captures is larger than the adapter takes. It has to be told of as lost.
    const missing = expected.filter((uuid) => !isShown.has(uuid));
    expect(missing.length).toBeLessThanOrEqual(1 + Math.ceil(expected.length / FLOWS_OF_CAPTURES));
    expect(missing.length).toBeLessThanOrEqual(await numberIn(page, "loss-too_large"));
  });

  it("says how it does: connection, rate, adapter, nodes, and nothing lost", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    await expect.poll(async () => page.getByTestId("connection").innerText()).toBe("Connected");
    await expect.poll(async () => page.getByTestId("adapter").innerText()).toContain("streaming");
    await expect.poll(async () => numberIn(page, "rate")).toBeGreaterThan(RATE_PER_SECOND * 0.5);
    await expect.poll(async () => page.getByTestId("health").innerText()).toMatch(/nodes\s\d/);
    await expect.poll(async () => page.getByTestId("loss-queue").getAttribute("data-zero")).toBe("true");
    await expect.poll(async () => page.getByTestId("not-understood").count()).toBe(0);
    await picture(page, "live");
  });

  it("holds on pause, counts what is new, and goes on", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await page.getByTestId("pause").click();
    const before = await page.getByTestId("row").first().getAttribute("data-uuid");
    await expect.poll(async () => numberIn(page, "fresh")).toBeGreaterThan(50);
    await expect.poll(async () => page.getByTestId("row").first().getAttribute("data-uuid")).toBe(before);
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("Paused");
    await picture(page, "paused");
    await page.getByTestId("pause").click();
    await expect.poll(async () => page.getByTestId("row").first().getAttribute("data-uuid")).not.toBe(before);
    await expect.poll(async () => page.getByTestId("fresh").count()).toBe(0);
  });

  it("holds while the reader has scrolled away, and follows again at the top", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(100);
    const scroller = page.getByTestId("scroller");
    await scroller.hover();
    await page.mouse.wheel(0, 600);
    await expect.poll(async () => page.getByTestId("hold").innerText()).toContain("while you read");
    await page.mouse.wheel(0, -2_000);
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("");
  });

  it("filters what it has and what comes", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(400);
    await page.getByTestId("filter").fill("dropped");
    await expect.poll(async () => page.getByTestId("counts").innerText()).toMatch(/ of /);
    const matching = await numberIn(page, "counts");
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(matching);
    await page.getByTestId("pause").click();
    const rows = await wholeTable(page);
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.filter(({ cells }) => !cells.join(" ").toLowerCase().includes("dropped"))).toEqual([]);
    await picture(page, "filtered");
    await page.getByTestId("filter").fill("no flow says this");
    await expect.poll(async () => page.getByTestId("empty").innerText()).toContain("No row matches");
  });

  it("opens a flow's details with the whole of it as JSON", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    // What stood under the pointer: as the table is held, rows that were not drawn yet may move it.
    const pressed = page.evaluate(
      async () =>
        new Promise<string | undefined>((done) => {
          const press = ({ target }: PointerEvent): void => {
            done((target as Element).closest<HTMLElement>("[role=row]")?.dataset["uuid"]);
          };
          addEventListener("pointerdown", press, { capture: true, once: true });
        }),
    );
    await page.getByTestId("row").nth(5).click();
    const json = JSON.parse(await page.getByTestId("json").innerText()) as { uuid: string; time: string };
    expect(json.uuid).toBe(await pressed);
    const selected = page.locator("[data-testid=row][aria-selected=true]");
    expect(await selected.getAttribute("data-uuid")).toBe(json.uuid);
    expect(json.time).toMatch(/^\d{4}-\d\d-\d\dT/);
    await picture(page, "details");
    await page.getByTestId("details-close").click();
    await expect.poll(async () => page.getByTestId("details").count()).toBe(0);
  });

  it("needs no mouse", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    const { keyboard } = page;
    await selectNext(page);
    const selected = page.locator("[data-testid=row][aria-selected=true]");
    await selected.waitFor();
    const first = await selected.getAttribute("data-uuid");
    await selectNext(page);
    await expect.poll(async () => selected.getAttribute("data-uuid")).not.toBe(first);
    const active = await page.getByTestId("scroller").getAttribute("aria-activedescendant");
    expect(active).toBe(await selected.getAttribute("id"));
    await keyboard.press("Enter");
    await page.getByTestId("details").waitFor();
    await keyboard.press("Escape");
    await expect.poll(async () => page.getByTestId("details").count()).toBe(0);
    await keyboard.press("Escape");
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("");
    await keyboard.press(" ");
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("Paused");
    await keyboard.press(" ");
    await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("");
    await keyboard.press("/");
    await keyboard.type("shop");
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toContain("shop");
    // The first one closes what the filter offers.
    await keyboard.press("Escape");
    await keyboard.press("Escape");
    await keyboard.press("?");
    await page.getByTestId("help").waitFor();
    await picture(page, "help");
    await keyboard.press("Escape");
    await expect.poll(async () => page.getByTestId("help").count()).toBe(0);
  });

  it("shows the odd captures, which came through Hubble and the adapter, as the text they are", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(FLOWS_OF_CAPTURES);
    await page.getByTestId("filter").fill("alert(1)");
    await expect.poll(async () => page.getByTestId("row").count()).toBeGreaterThan(1);
    expect(await harmOn(page)).toEqual([]);
    await expect.poll(async () => page.getByTestId("not-understood").count()).toBe(0);
  });

  it("empties the table on request and goes on", async () => {
    const page = await stack.open();
    await rowsAppear(page, 20);
    // More than come again before the next look, however busy the machine is.
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(RATE_PER_SECOND * 20);
    await page.getByTestId("clear").click();
    await expect.poll(async () => numberIn(page, "counts"), { interval: 20 }).toBeLessThan(RATE_PER_SECOND * 20);
    await rowsAppear(page, 5);
  });
});
