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
    const isSearching = (): boolean => scroller.getAttribute("aria-busy") === "true";
    let endPx = Infinity;
    // On from where it stands and not from where it was sent, which may lie beyond the end: what comes there would be left out.
    for (let top = 0; ; top = scroller.scrollTop + scroller.clientHeight * 0.8) {
      scroller.scrollTop = top;
      await frame();
      await frame();
      // Towards its end the table asks for older rows. They come below, and some time later the gaps among them.
      while (isSearching() || (waits && isReading())) await frame();
      if (top === 0 && !waits) endPx = scroller.scrollHeight;
      for (const row of scroller.querySelectorAll<HTMLElement>("[data-testid=row], [data-testid=gap]")) {
        const index = Number(row.getAttribute("aria-rowindex"));
        const cells = [...row.querySelectorAll("[role=gridcell]")].map((cell) => cell.textContent);
        // It has moved those below it, some of which were read before.
        if (row.dataset["testid"] === "gap") found.delete(index);
        else found.set(index, { uuid: row.dataset["uuid"] ?? "", cells });
      }
      if (scroller.scrollTop + scroller.clientHeight >= Math.min(endPx, scroller.scrollHeight) - 1) break;
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
    await page.screenshot({ path: join(SCREENSHOTS, `${name}-${colorScheme}.png`), timeout: SOON_MS });
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Looks at the number of rows that have to be the same: what the past brings may pause for a second or two on a busy machine. */
const SAME_COUNTS = 4;

/** The number of rows once it stays the same, as it does when flows have stopped coming. */
export async function settledCount(page: Page): Promise<number> {
  let before = NaN;
  let same = 0;
  await expect
    .poll(
      async () => {
        const now = await numberIn(page, "counts");
        same = now === before ? same + 1 : 1;
        before = now;
        return same;
      },
      // The counts on the page lag behind the rows by a quarter of a second.
      { interval: 1_500 },
    )
    .toBe(SAME_COUNTS);
  return before;
}

/** Selects the row below by keyboard. A gap, where a loss was told a moment ago, is passed over: it has no details. */
export async function selectNext(page: Page): Promise<void> {
  const selected = page.locator("[role=row][aria-selected=true]");
  do await page.keyboard.press("ArrowDown");
  while ((await selected.getAttribute("data-testid")) === "gap");
}

/** The number in an element's text, such as 1234 in "1,234 rows". */
export async function numberIn(page: Page, testId: string): Promise<number> {
  const text = await page.getByTestId(testId).innerText();
  return Number(/[\d,.]+/.exec(text)?.[0].replaceAll(",", "") ?? NaN);
}
