/**
 * What an operator does to the page while it is measured.
 */

import type { Page } from "playwright-core";

import { percentile } from "./figures";

/** What operators ask, from the cheapest to the dearest kinds of test. */
const FILTERS = [
  "--verdict DROPPED",
  "cart",
  "no flow says this",
  "--since 1m",
  "--label reserved:world",
  "--to-port 9443 --from-namespace shop",
  "--http-path '^/api/.*'",
  "--ip 10.0.0.0/8 --port 443 --namespace shop --type trace --since 5m",
];

/** Drags the map round in circles, as a hand would: some sixty moves a second. */
export async function dragMap(page: Page, forMs: number): Promise<void> {
  const box = await page.getByTestId("map-drawing").boundingBox();
  if (box === null) throw new Error("--drag wants the map: --state map=on");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  const until = Date.now() + forMs;
  for (let nth = 0; Date.now() < until; nth += 1) {
    const angle = nth / 20;
    await page.mouse.move(x + 80 * Math.cos(angle), y + 80 * Math.sin(angle));
    await page.waitForTimeout(10);
  }
  await page.mouse.up();
}

/** Each filter is typed so often; one time alone may be a stall of the machine. */
const TIMES_TYPED = 3;

/** What is waited for between two keystrokes, so that none is measured with what the last one left to do. */
const REST_MS = 300;

/** How long one filter took, in milliseconds. */
export interface FilterTime {
  readonly median_ms: number;
  readonly longest_ms: number;
}

/** From the keystroke to the frame in which the rows of a held, full table are the filtered ones, every one of them looked at. */
export async function filterTimes(page: Page): Promise<Record<string, FilterTime>> {
  await page.getByTestId("pause").click();
  await page.getByTestId("filter").focus();
  await page.waitForTimeout(1_000);
  const times: Record<string, FilterTime> = {};
  for (const text of FILTERS) {
    const taken: number[] = [];
    while (taken.length < TIMES_TYPED) {
      taken.push(await typed(page, text));
      await page.waitForTimeout(REST_MS);
      await typed(page, "");
      await page.waitForTimeout(REST_MS);
    }
    times[text] = { median_ms: Math.round(percentile(taken, 0.5)), longest_ms: Math.round(Math.max(...taken)) };
  }
  return times;
}

async function typed(page: Page, text: string): Promise<number> {
  return page.getByTestId("filter").evaluate(async (input, value) => {
    const began = performance.now();
    // Past the setter that React puts over the element's own.
    Reflect.set(HTMLInputElement.prototype, "value", value, input);
    input.dispatchEvent(new InputEvent("input", { bubbles: true }));
    const grid = document.querySelector("[role=grid]");
    do {
      // The frame that shows it has been drawn when a task behind it runs.
      await new Promise<void>((done) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            done();
          };
          port2.postMessage(null);
        });
      });
    } while (grid?.getAttribute("aria-busy") === "true");
    return performance.now() - began;
  }, text);
}
