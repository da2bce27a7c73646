/**
 * What is shipped: how large it is, under which licences, and whether everybody can use it.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { PAGE } from "../stack/demo";
import { rowsAppear, useStack } from "./kit";

const GZIPPED_BYTES_MAX = 350_000;

describe("the built page", () => {
  it("is below 350 kB gzipped in all", async () => {
    let bytes = 0;
    for (const entry of await readdir(PAGE, { recursive: true, withFileTypes: true })) {
      // The licences are there to be read, and not loaded with the page.
      if (!entry.isFile() || entry.name === "LICENSES.txt") continue;
      bytes += gzipSync(await readFile(join(entry.parentPath, entry.name))).length;
    }
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(GZIPPED_BYTES_MAX);
  });

  it("lists the licence of each package that it is made of", async () => {
    const text = await readFile(join(PAGE, "LICENSES.txt"), "utf8");
    const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    for (const name of [...Object.keys(manifest.dependencies), "scheduler"]) expect(text).toContain(`${name} `);
  });
});

/** What axe finds against WCAG 2.1 A and AA, in words. */
async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe: inPage } = window as unknown as { axe: typeof axe };
    const { violations } = await inPage.run({
      runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] },
    });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  });
  return found;
}

describe("axe", { timeout: 180_000 }, () => {
  const stack = useStack(100);

  it.each(["light", "dark"] as const)("finds no barrier in the %s page", async (colorScheme) => {
    const page = await stack.open(stack.demo.info.page, { colorScheme, reducedMotion: "reduce" });
    await page.getByTestId("login-form").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.goto("about:blank");
    await page.goto(stack.demo.info.url);
    await rowsAppear(page, 10);
    await page.getByTestId("pause").click();
    expect(await barriers(page)).toEqual([]);
    await page.getByTestId("row").nth(3).click();
    await page.getByTestId("details").waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByTestId("history-button").click();
    expect(await barriers(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByTestId("help-button").click();
    await page.getByTestId("help").waitFor();
    expect(await barriers(page)).toEqual([]);
  });
});
