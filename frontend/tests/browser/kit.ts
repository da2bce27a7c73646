/**
 * What the browser tests share: a stack and a page that look after themselves, reading the whole table, screenshots.
 */

import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

import { launch, openPage, type Watched } from "../stack/chromium";
import { Demo } from "../stack/demo";
import { SOON_MS } from "./soon";

/** Pictures of the page as it was in the tests, for somebody to look at. */
const SCREENSHOTS = resolve(fileURLToPath(new URL("../../..", import.meta.url)), "build/screenshots");

export interface Stack {
  readonly demo: Demo;
  /** Opens a page that is closed after the test, and that fails it if anything went wrong in it. */
  readonly open: (url?: string, options?: BrowserContextOptions) => Promise<Page>;
}

/** Starts the stack and the browser before the tests of a file and ends them after. */
export function useStack(ratePerSecond: number): Stack {
  let demo: Demo | undefined;
  let browser: Browser | undefined;
  const opened: Watched[] = [];

  beforeAll(async () => {
    [demo, browser] = await Promise.all([Demo.start(ratePerSecond), launch()]);
  });
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });
  afterEach(async () => {
    const pages = opened.splice(0);
    for (const { page } of pages) await page.context().close();
    expect(pages.flatMap(({ complaints }) => complaints)).toEqual([]);
  });

  const theDemo = (): Demo => {
    if (demo === undefined) throw new Error("the demo did not start");
    return demo;
  };
  return {
    get demo() {
      return theDemo();
    },
    open: async (url = theDemo().info.url, options = {}) => {
      if (browser === undefined) throw new Error("the browser did not start");
      const watched = await openPage(browser, options);
      opened.push(watched);
      await watched.page.goto(url);
      return watched.page;
    },
  };
}

/** Waits until rows stand in the table. */
export async function rowsAppear(page: Page, atLeast = 1): Promise<void> {
  await page
    .getByTestId("row")
    .nth(atLeast - 1)
    .waitFor({ state: "attached", timeout: SOON_MS });
}

export interface ShownRow {
  readonly uuid: string;
  /** The texts of its cells. */
  readonly cells: readonly string[];
}

/**
 * Every row of a held table, top to bottom: scrolls through it as a reader would.
 *
 * @param withOlder down to where the past has no older ones, which come as the end is reached
 */
export async function wholeTable(page: Page, withOlder = false): Promise<readonly ShownRow[]> {
  return page.evaluate(async (waits) => {
    const scroller = document.querySelector("[data-testid=scroller]");
    if (scroller === null) throw new Error("there is no table");
    const found = new Map<number, ShownRow>();
    const frame = async (): Promise<void> =>
      new Promise((done) =>
        requestAnimationFrame(() => {
          done();
        }),
      );
    const isReading = (): boolean =>
      document.querySelector("[data-testid=past-note]")?.textContent.startsWith("Reading") === true;
    for (let top = 0; ; top += scroller.clientHeight * 0.8) {
      scroller.scrollTop = top;
      await frame();
      await frame();
      for (const row of scroller.querySelectorAll<HTMLElement>("[data-testid=row]")) {
        const cells = [...row.querySelectorAll("[role=gridcell]")].map((cell) => cell.textContent);
        found.set(Number(row.getAttribute("aria-rowindex")), { uuid: row.dataset["uuid"] ?? "", cells });
      }
      // At its end the table asks for older rows, which come below.
      while (waits && top + scroller.clientHeight >= scroller.scrollHeight && isReading()) await frame();
      if (top + scroller.clientHeight >= scroller.scrollHeight) break;
    }
    scroller.scrollTop = 0;
    await frame();
    return [...found].sort(([a], [b]) => a - b).map(([, row]) => row);
  }, withOlder);
}

/** Pictures of the page in both schemes. */
export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(SCREENSHOTS, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`) });
  }
  await page.emulateMedia({ colorScheme: null });
}

/** The number of rows once it stays the same, as it does when flows have stopped coming. */
export async function settledCount(page: Page): Promise<number> {
  let before = NaN;
  await expect
    .poll(
      async () => {
        const now = await numberIn(page, "counts");
        const isSame = now === before;
        before = now;
        return isSame;
      },
      // The counts on the page lag behind the rows by a quarter of a second.
      { interval: 1_500 },
    )
    .toBe(true);
  return before;
}

/** The number in an element's text, such as 1234 in "1,234 rows". */
export async function numberIn(page: Page, testId: string): Promise<number> {
  const text = await page.getByTestId(testId).innerText();
  return Number(/[\d,.]+/.exec(text)?.[0].replaceAll(",", "") ?? NaN);
}
