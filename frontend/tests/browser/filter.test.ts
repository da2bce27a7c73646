/**
 * The filter on real flows: typing, completion, pills, what a cell offers, facets, a link that shows the same again.
 */

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { numberIn, picture, rowsAppear, selectNext, settledCount, useStack, wholeTable } from "./kit";

const RATE_PER_SECOND = 200;

/** The texts of one column in every row of the held table. */
async function columnTexts(page: Page, column: string): Promise<readonly string[]> {
  const heads = await page.getByRole("columnheader").allInnerTexts();
  const index = heads.findIndex((head) => head.trim().startsWith(column));
  expect(index).toBeGreaterThanOrEqual(0);
  return (await wholeTable(page)).map(({ cells }) => cells[index] ?? "");
}

async function shownVerdicts(page: Page): Promise<readonly string[]> {
  return page.getByTestId("row").locator(".cell-verdict").allInnerTexts();
}

async function pause(page: Page): Promise<void> {
  await page.getByTestId("pause").click();
  await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("Paused");
}

async function filled(page: Page, rows: number): Promise<void> {
  await rowsAppear(page, 20);
  await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(rows);
}

describe("the filter", { timeout: 180_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("takes the flags of hubble observe, completes them, and shows them as pills", async () => {
    const page = await stack.open();
    await filled(page, 200);
    const { keyboard } = page;
    await keyboard.press("/");
    await keyboard.type("--verd");
    const option = page.getByTestId("filter-option");
    await expect.poll(async () => option.allInnerTexts()).toHaveLength(1);
    await picture(page, "filter-completion");
    await keyboard.press("Tab");
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("--verdict ");
    await keyboard.type("drop");
    await keyboard.press("ArrowDown");
    const active = await page.getByTestId("filter").getAttribute("aria-activedescendant");
    await expect.poll(async () => page.locator(`[id="${active ?? ""}"]`).innerText()).toContain("DROPPED");
    await keyboard.press("Enter");
    await keyboard.type("--from-namespace sho");
    await keyboard.press("Tab");
    await expect
      .poll(async () => page.getByTestId("filter").inputValue())
      .toBe("--verdict DROPPED --from-namespace shop ");
    await keyboard.press("Escape");
    await expect
      .poll(async () => page.getByTestId("pill-text").allInnerTexts())
      .toEqual(["--verdict DROPPED", "--from-namespace shop"]);
    await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(5);
    await pause(page);
    const verdicts = await columnTexts(page, "Verdict");
    expect(verdicts.length).toBeGreaterThan(5);
    expect(new Set(verdicts)).toEqual(new Set(["DROPPED"]));
    expect((await columnTexts(page, "Source")).filter((text) => !text.startsWith("shop/"))).toEqual([]);
    await picture(page, "filter-pills");
  });

  it("keeps the last good filter while there is a problem, and says what would be right", async () => {
    const page = await stack.open();
    await filled(page, 200);
    await page.getByTestId("filter").fill("--verdict DROPPED");
    await expect.poll(async () => page.getByTestId("counts").innerText()).toMatch(/ of /);
    await page.getByTestId("filter").fill("--verdict DROPED --port 80");
    await expect.poll(async () => page.getByTestId("filter-words").innerText()).toContain("did you mean DROPPED?");
    await expect
      .poll(async () => page.getByTestId("filter-words").innerText())
      .toContain("Still in force: --verdict DROPPED");
    await expect.poll(async () => page.getByTestId("filter").getAttribute("aria-invalid")).toBe("true");
    await picture(page, "filter-problem");
    await pause(page);
    expect(new Set(await columnTexts(page, "Verdict"))).toEqual(new Set(["DROPPED"]));
    await page.getByTestId("filter").fill("--verdict AUDIT");
    await expect.poll(async () => page.getByTestId("filter").getAttribute("aria-invalid")).toBe("false");
  });

  it("reads a pasted command line, and copies one", async () => {
    const page = await stack.open(undefined, { permissions: ["clipboard-read", "clipboard-write"] });
    await filled(page, 50);
    const command = "hubble observe --server relay:80 -f --verdict DROPPED \\\n  --not --protocol udp | jq .";
    await page.evaluate(async (text) => navigator.clipboard.writeText(text), command);
    await page.getByTestId("filter").focus();
    await page.keyboard.press("Control+V");
    await expect
      .poll(async () => page.getByTestId("filter").inputValue())
      .toBe("--verdict DROPPED --not --protocol udp");
    await page.getByTestId("copy-command").click();
    await expect
      .poll(async () => page.evaluate(async () => navigator.clipboard.readText()))
      .toBe("hubble observe --follow --verdict DROPPED --not --protocol udp");
  });

  it("turns terms round, removes them and remembers filters, all by keyboard", async () => {
    const page = await stack.open();
    await filled(page, 50);
    const { keyboard } = page;
    await keyboard.press("/");
    await keyboard.type("--verdict DROPPED --protocol tcp");
    await keyboard.press("Escape");
    await keyboard.press("Enter");
    await page.getByTestId("pill-text").first().focus();
    await keyboard.press("ArrowRight");
    await keyboard.press("Enter");
    await expect
      .poll(async () => page.getByTestId("filter").inputValue())
      .toBe("--verdict DROPPED --not --protocol tcp");
    await page.getByTestId("pill-text").nth(1).focus();
    await keyboard.press("ArrowLeft");
    await keyboard.press("Delete");
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("--not --protocol tcp");
    // The next pill takes the focus in the next frame.
    await page.evaluate(async () => new Promise((done) => requestAnimationFrame(done)));
    await keyboard.press("/");
    await keyboard.press("Delete");
    await expect.poll(async () => page.getByTestId("pill").count()).toBe(0);
    await keyboard.press("ArrowDown");
    await expect
      .poll(async () => page.getByTestId("filter-option").allInnerTexts())
      .toContainEqual(expect.stringContaining("--verdict DROPPED --not --protocol tcp"));
  });

  it("asks for what a cell has, or leaves it out: by menu, by Alt-click, by keyboard", async () => {
    const page = await stack.open();
    await filled(page, 200);
    await pause(page);
    const verdict = page.getByTestId("row").first().locator(".cell-verdict");
    const text = await verdict.innerText();
    await verdict.click({ button: "right" });
    await page.getByTestId("cell-menu").waitFor();
    await picture(page, "cell-menu");
    await page.getByTestId("choice-exclude").first().click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe(`--not --verdict ${text}`);
    await expect.poll(async () => shownVerdicts(page)).not.toContain(text);
    // Once: reading thousands of rows takes a slow machine longer than a poll may.
    expect(await columnTexts(page, "Verdict")).not.toContain(text);
    await page.getByTestId("filter").fill("");
    await page
      .getByTestId("row")
      .first()
      .locator(".cell-verdict")
      .click({ modifiers: ["Alt"] });
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toMatch(/^--verdict [A-Z]+$/);
    await page.getByTestId("filter").fill("");
    await page.getByTestId("scroller").focus();
    await selectNext(page);
    await page.keyboard.press("i");
    await page.getByTestId("cell-menu").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toMatch(/^--not --verdict [A-Z]+$/);
    await expect.poll(async () => page.getByTestId("cell-menu").count()).toBe(0);
  });

  it("has facets whose counts are those of the rows, and filters by them", async () => {
    const page = await stack.open();
    await filled(page, 400);
    await page.keyboard.press("f");
    await page.getByTestId("facets").waitFor();
    await expect.poll(async () => page.getByTestId("facets-rows").getAttribute("data-complete")).toBe("true");
    await expect.poll(async () => page.getByTestId("facet-value").count()).toBeGreaterThan(20);
    await picture(page, "facets");
    // No flow comes any more, so that table and facets are of the same rows.
    await stack.demo.run("stop-adapter");
    try {
      const rows = await settledCount(page);
      await expect.poll(async () => numberIn(page, "facets-rows")).toBe(rows);
      const counted = await page.evaluate(() =>
        [...document.querySelectorAll("[data-testid=facet-verdict] [data-testid=facet-include]")].map((one) => [
          one.querySelector(".facet-name")?.textContent ?? "",
          Number((one.querySelector(".facet-count")?.textContent ?? "").replaceAll(",", "")),
        ]),
      );
      expect(counted.length).toBeGreaterThan(2);
      for (const [name, count] of counted) {
        await page.getByTestId("filter").fill(`--verdict ${name}`);
        await expect.poll(async () => [name, await numberIn(page, "counts")]).toEqual([name, count]);
      }
      await page.getByTestId("filter").fill("");
      for (const facet of ["namespace", "protocol", "port", "workload", "reason", "direction"]) {
        const include = page.getByTestId(`facet-${facet}`).getByTestId("facet-include").first();
        const count = Number((await include.getByTestId("facet-count").innerText()).replaceAll(",", ""));
        await include.click();
        await expect.poll(async () => [facet, await numberIn(page, "counts")]).toEqual([facet, count]);
        await include.click();
        await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("");
      }
      const exclude = page.getByTestId("facet-namespace").getByTestId("facet-exclude").first();
      const excluded = page.getByTestId("facet-namespace").getByTestId("facet-count").first();
      const rest = rows - Number((await excluded.innerText()).replaceAll(",", ""));
      await exclude.click();
      await expect.poll(async () => page.getByTestId("filter").inputValue()).toMatch(/^--not --namespace /);
      await expect.poll(async () => numberIn(page, "counts")).toBe(rest);
    } finally {
      await stack.demo.run("start-adapter");
    }
  });

  it("is in the address with the rest of the view, and a link shows the same again; a log-in never is", async () => {
    const page = await stack.open(undefined, { permissions: ["clipboard-read", "clipboard-write"] });
    await filled(page, 50);
    expect(await page.evaluate(() => location.hash)).toBe("");
    await page.getByTestId("filter").fill("--verdict DROPPED --pod shop/cart");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("f");
    await page.keyboard.press("g");
    await page.getByTestId("facet-verdict").getByTestId("facet-title").click();
    await expect
      .poll(async () => page.evaluate(() => location.hash))
      .toContain("filter=--verdict+DROPPED+--pod+shop/cart");
    await page.getByTestId("copy-link").click();
    const link = await page.evaluate(() => location.href);
    await expect.poll(async () => page.evaluate(async () => navigator.clipboard.readText())).toBe(link);
    expect(link).not.toMatch(new RegExp(`login|${stack.demo.info.password}`));

    const { user, password } = stack.demo.info;
    const login = `login=${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    const other = await stack.open(link.replace("#", `#${login}&`));
    await rowsAppear(other);
    await expect.poll(async () => other.getByTestId("filter").inputValue()).toBe("--verdict DROPPED --pod shop/cart");
    await expect.poll(async () => other.getByTestId("facets").count()).toBe(1);
    await expect.poll(async () => other.getByTestId("facet-verdict").getByTestId("facet-value").count()).toBe(0);
    await expect.poll(async () => other.getByTestId("chart-toggle").getAttribute("aria-pressed")).toBe("false");
    expect(await other.evaluate(() => location.href)).toBe(link);
    await pause(other);
    expect(new Set(await columnTexts(other, "Verdict"))).toEqual(new Set(["DROPPED"]));

    // A link opened in the same tab takes over.
    await other.evaluate(() => {
      location.hash = "#filter=cart";
    });
    await expect.poll(async () => other.getByTestId("filter").inputValue()).toBe("cart");
    await expect.poll(async () => other.getByTestId("facets").count()).toBe(0);
  });
});
