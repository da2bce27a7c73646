/**
 * Measures the page in headless Chromium on the real stack.
 *
 *     npm run bench [-- --rate 2000 --seconds 20]      through Hubble's API and the adapter
 *     npm run bench -- --direct --rate 20000           straight into the broker: what the page alone can take
 *     npm run bench -- --state facets=all              with something of the page open, as its address has it
 *     npm run bench -- --state map=on --drag           while the map is dragged about
 *     npm run bench -- --profile                       with a profile for Chromium's developer tools beside the figures
 *
 *     npm run bench -- --direct --rate 20000 --seconds 300      long enough for the slope of the heap to mean something
 *
 * Prints a table, and writes build/bench/page.json in the repository, or page-NAME.json with --name NAME.
 */

import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import type { Browser, Page } from "playwright-core";

import { launch, openPage } from "../tests/stack/chromium";
import { Demo } from "../tests/stack/demo";
import { frameFigures, latencyFigures, sentTimes, type Fed } from "./figures";
import { dragMap, filterTimes, type FilterTime } from "./operator";
import { joined, startSampler, takeSamples, type Samples } from "./sampler";
import { unobserved } from "./unobserved";

const FRONTEND = fileURLToPath(new URL("..", import.meta.url));
const CAPTURES = resolve(FRONTEND, "../demo/captures");

/** Before anything counts: the page compiles, and the first flows fill what they fill. */
const WARM_UP_MS = 3_000;

/** What the page has to reach. */
const FRAMES_PER_SECOND_MIN = 50;
const LATENCY_P95_MS_MAX = 300;
const HEAP_MIB_MAX = 400;
const FILTER_MS_MAX = 50;

/** After the last of the feeder's flows: what comes then tells whether the page has recovered from them. */
const CALM_MS = 4_000;

/** How often the heap is measured, each time after a collection, which costs some frames: only in runs that are long enough for its slope. */
const HEAP_EVERY_MS = 60_000;
const HEAP_RUN_MS_MIN = 300_000;

/** The count of a buffer that is full: only then the heap is to stay as it is. */
const FULL = "100,000 ";

const { values: options } = parseArgs({
  options: {
    rate: { type: "string", default: "2000" },
    seconds: { type: "string", default: "20" },
    direct: { type: "boolean", default: false },
    state: { type: "string", default: "" },
    drag: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    name: { type: "string", default: "" },
  },
});
const ratePerSecond = Number(options.rate);
const seconds = Number(options.seconds);
const output = resolve(FRONTEND, "../build/bench", options.name === "" ? "page" : `page-${options.name}`);

const demo = await Demo.start(options.direct ? 1 : ratePerSecond);
const browser = await launch(["--enable-precise-memory-info"]);
try {
  const { page, complaints } = await openPage(browser, { viewport: { width: 1440, height: 1200 } });
  await page.addInitScript(() => {
    const look = (): void => {
      if (document.querySelector("[data-testid=row]") === null) requestAnimationFrame(look);
      else (window as unknown as { firstRowMs: number }).firstRowMs = performance.now();
    };
    requestAnimationFrame(look);
  });
  // The page's state stands behind the log-in.
  await page.goto(options.state === "" ? demo.info.url : `${demo.info.url}&${options.state}`);
  await page.getByTestId("row").first().waitFor({ timeout: 30_000 });
  await unobserved(page);
  const feeder = options.direct ? feed(WARM_UP_MS / 1000 + seconds + 1) : null;
  // Should something else fail first, it is that which is to be told.
  feeder?.catch(() => undefined);
  await page.waitForTimeout(WARM_UP_MS);
  const firstRowMs = await page.evaluate(() => (window as unknown as { firstRowMs: number }).firstRowMs);
  await mkdir(dirname(output), { recursive: true });
  const load = loadavg()[0] ?? NaN;
  await startSampler(page);
  const profiled = options.profile ? await profile(page) : null;
  const cpuBefore = await cpuSeconds(browser);
  const dragging = options.drag ? dragMap(page, seconds * 1000) : null;
  const { heaps, samples } = await watch(page, seconds * 1000);
  await dragging;
  const cpuAfter = await cpuSeconds(browser);
  await profiled?.();
  const shownRate = await page.getByTestId("rate").innerText();
  const rows = await page.getByTestId("counts").innerText();
  const fed = await feeder;
  await takeSamples(page);
  const calmFromMs = Date.now();
  // The sent log is written out once a second.
  await page.waitForTimeout(CALM_MS);
  const calm = await takeSamples(page);
  const sentMs = sentTimes(await demo.sent(), fed);
  const result = {
    rate_asked_per_second: ratePerSecond,
    rate_shown_per_second: Number(shownRate.replaceAll(",", "")),
    through: options.direct ? "broker" : "Hubble API, adapter, broker",
    seconds,
    cores: cpus().length,
    load,
    frames: frameFigures(samples),
    latency: latencyFigures(samples, sentMs),
    calm_latency: fed === null ? null : latencyFigures(calm, sentMs, calmFromMs),
    rows,
    lost: await losses(page),
    page_cpu_percent: ((cpuAfter.renderer - cpuBefore.renderer) / seconds) * 100,
    drawing_cpu_percent: ((cpuAfter.GPU - cpuBefore.GPU) / seconds) * 100,
    heap_mib: await heapMib(page),
    heap_slope_mib_per_minute: slope(heaps),
    first_row_ms: firstRowMs,
    filters: options.direct ? await filterTimes(page) : null,
    complaints,
    state: options.state,
    dragged: options.drag,
    ...(fed === null ? {} : { fed: { sent: fed.sent, seconds: fed.seconds } }),
  };
  await writeFile(`${output}.json`, `${JSON.stringify(result, null, 2)}\n`);
  print(result);
} finally {
  await browser.close();
  await demo.stop();
}

type Result = Record<string, unknown> & {
  readonly frames: ReturnType<typeof frameFigures>;
  readonly latency: ReturnType<typeof latencyFigures>;
  readonly calm_latency: ReturnType<typeof latencyFigures> | null;
  readonly heap_mib: number;
  readonly filters: Readonly<Record<string, FilterTime>> | null;
};

function print(result: Result): void {
  const { frames, latency, calm_latency: calm, heap_mib: heap } = result;
  const lines: [string, string][] = [
    ["flows/s asked, shown", `${String(result["rate_asked_per_second"])}, ${String(result["rate_shown_per_second"])}`],
    ["through", String(result["through"])],
    ["frames/s, mean", frames.mean_per_second.toFixed(1)],
    ["frames/s, 5th percentile", `${frames.p5_per_second} ${judge(frames.p5_per_second >= FRAMES_PER_SECOND_MIN)}`],
    ["longest frame", `${frames.longest_ms.toFixed(0)} ms`],
    ["send to row, p50", `${latency.p50_ms.toFixed(0)} ms`],
    ["send to row, p95", `${latency.p95_ms.toFixed(0)} ms ${judge(latency.p95_ms < LATENCY_P95_MS_MAX)}`],
    ["send to row, longest", `${latency.max_ms.toFixed(0)} ms (${latency.rows} rows seen)`],
  ];
  if (calm !== null) lines.push(["the same afterwards", `${calm.max_ms.toFixed(0)} ms (${calm.rows} rows seen)`]);
  lines.push(
    ["CPU of the page", `${(result["page_cpu_percent"] as number).toFixed(0)} % of a core`],
    ["CPU of drawing", `${(result["drawing_cpu_percent"] as number).toFixed(0)} % of a core`],
    ["rows kept", String(result["rows"])],
    ["lost", JSON.stringify(result["lost"])],
    ["first row after opening", `${(result["first_row_ms"] as number).toFixed(0)} ms`],
    ["heap", `${heap.toFixed(0)} MiB ${judge(heap < HEAP_MIB_MAX)}`],
    ["heap's slope", slopeText(result["heap_slope_mib_per_minute"] as number | null)],
    ["cores, load before", `${String(result["cores"])}, ${(result["load"] as number).toFixed(1)}`],
  );
  for (const [filter, { median_ms: median, longest_ms: longest }] of Object.entries(result.filters ?? {})) {
    const name = `filtered, ${median} ms`;
    lines.push([name, `${judge(median <= FILTER_MS_MAX)} longest ${longest} ms: ${filter}`]);
  }
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(26)}${value}\n`);
}

function judge(good: boolean): string {
  return good ? "(as required)" : "(BELOW what is required)";
}

interface Watched {
  /** From when the buffer is full. */
  readonly heaps: readonly (readonly [minutes: number, mib: number])[];
  readonly samples: Samples;
}

/** Waits. */
async function watch(page: Page, forMs: number): Promise<Watched> {
  const heaps: (readonly [number, number])[] = [];
  const parts: Samples[] = [];
  const until = Date.now() + forMs;
  while (Date.now() < until) {
    await page.waitForTimeout(Math.min(HEAP_EVERY_MS, until - Date.now()));
    parts.push(await takeSamples(page));
    const isFull = (await page.getByTestId("counts").innerText()).startsWith(FULL);
    if (forMs >= HEAP_RUN_MS_MIN && isFull && Date.now() < until)
      heaps.push([Date.now() / 60_000, await heapMib(page)]);
  }
  return { heaps, samples: joined(parts) };
}

/** By least squares, null where there are too few points. */
function slope(points: readonly (readonly [minutes: number, mib: number])[]): number | null {
  if (points.length < 4) return null;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return over / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

function slopeText(mibPerMinute: number | null): string {
  return mibPerMinute === null ? "(runs of 300 s and more tell)" : `${mibPerMinute.toFixed(2)} MiB a minute`;
}

/** Every count in the strip that is not 0. */
async function losses(page: Page): Promise<Record<string, string>> {
  const facts = page.locator("[data-testid^=loss-]:not([data-zero=true])");
  const texts = await facts.allInnerTexts();
  return Object.fromEntries(texts.map((text) => [text.replace(/ [\d,]+$/, ""), text.replace(/^.* /, "")]));
}

/** What the browser's processes have taken of the processor: other than frames it does not depend on what else the machine does. */
async function cpuSeconds(of: Browser): Promise<{ readonly renderer: number; readonly GPU: number }> {
  const devtools = await of.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const sum = (type: string): number =>
    processInfo.filter((one) => one.type === type).reduce((seconds, { cpuTime }) => seconds + cpuTime, 0);
  return { renderer: sum("renderer"), GPU: sum("GPU") };
}

/** After a collection: what is held, and not what has yet to be swept. */
async function heapMib(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await devtools.send("Runtime.getHeapUsage");
  return usedSize / 1024 / 1024;
}

/** Begins a profile of the page. @returns a function that ends it and writes it down */
async function profile(page: Page): Promise<() => Promise<void>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Profiler.enable");
  await devtools.send("Profiler.start");
  return async () => {
    const { profile } = await devtools.send("Profiler.stop");
    await writeFile(`${output}.cpuprofile`, JSON.stringify(profile));
  };
}

/** Runs the feeder. @returns what it says at its end */
async function feed(forSeconds: number): Promise<Fed> {
  const names = (await readdir(CAPTURES)).filter((name) => name.endsWith(".jsonl") && name !== "odd.jsonl");
  const captures = names.map((name) => join(CAPTURES, name));
  const process = spawn("/usr/bin/python3", [
    join(FRONTEND, "bench/feeder.py"),
    ...[String(demo.info.ports.amqp), String(ratePerSecond), String(forSeconds)],
    ...captures,
  ]);
  process.stdin.end(`${await adapterPassword()}\n`);
  let said = "";
  process.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  process.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  return new Promise((done, failed) => {
    process.on("exit", (code) => {
      if (code === 0) done(JSON.parse(said) as Fed);
      else failed(new Error(`the feeder ended with ${String(code)}: ${said}`));
    });
  });
}

async function adapterPassword(): Promise<string> {
  return (await readFile(demo.adapterPasswordFile, "utf8")).trim();
}
