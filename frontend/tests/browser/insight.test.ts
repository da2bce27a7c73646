/**
 * What the page makes of flows: the explainer and its policy, related flows, the chart, the map, columns and settings, and files of the rows.
 */

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

import type { Message } from "../stack/demo";
import { numberIn, picture, rowsAppear, useStack, wholeTable } from "./kit";
import { SOON_MS } from "./soon";

const RATE_PER_SECOND = 200;
const RESPONSES = fileURLToPath(new URL("../stack/responses.py", import.meta.url));

async function filled(page: Page, rows: number): Promise<void> {
  await rowsAppear(page, 20);
  await expect.poll(async () => numberIn(page, "counts")).toBeGreaterThan(rows);
}

async function pause(page: Page): Promise<void> {
  await page.getByTestId("pause").click();
  await expect.poll(async () => page.getByTestId("hold").innerText()).toBe("Paused");
}

async function filter(page: Page, text: string): Promise<void> {
  const input = page.getByTestId("filter");
  await input.fill(text);
  await input.press("Escape");
  await expect.poll(async () => page.getByTestId("counts").innerText()).toMatch(/^[\d,]+ of /);
}

async function openDetails(page: Page): Promise<void> {
  await page.getByTestId("row").first().click();
  await page.getByTestId("details").waitFor();
}

/** Clicks and takes the file that comes of it. */
async function downloaded(page: Page, testId: string): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByTestId(testId).click()]);
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), "utf8") };
}

/** Uuids of the flows in a file, as protobuf's own JSON reader finds them. */
async function uuidsIn(lines: string): Promise<readonly string[]> {
  const reader = spawn("/usr/bin/python3", [RESPONSES]);
  let [out, errors] = ["", ""];
  reader.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  reader.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  reader.stdin.end(lines);
  const code = await new Promise((done) => reader.on("exit", done));
  expect([code, errors]).toEqual([0, ""]);
  return out.trimEnd().split("\n");
}

/** Records of RFC 4180. */
function csvRecords(text: string): string[][] {
  return text
    .split("\r\n")
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map((field) => {
        return field[1]?.replaceAll('""', '"') ?? field[2] ?? "";
      }),
    );
}

/** A cluster of many workloads, each of which calls three others, some in vain. */
function cluster(namespaces: number, workloads: number): readonly Message[] {
  const end = (namespace: number, workload: number): object => ({
    ...{ namespace: `team-${namespace}`, pod_name: `app-${workload}-x` },
    workloads: [{ name: `app-${workload}`, kind: "Deployment" }],
  });
  const messages: Message[] = [];
  for (let namespace = 0; namespace < namespaces; namespace += 1) {
    const flows: object[] = [];
    for (let workload = 0; workload < workloads; workload += 1) {
      for (let call = 1; call <= 3; call += 1) {
        flows.push({
          ...{ uuid: `c-${namespace}-${workload}-${call}`, time: new Date().toISOString() },
          verdict: call === 3 && workload % 5 === 0 ? "DROPPED" : "FORWARDED",
          source: end(namespace, workload),
          destination: end((namespace + (workload % 3) * call) % namespaces, (workload + call) % workloads),
        });
      }
    }
    messages.push({
      ...{ exchange: "hubble_flows", key: `default.FORWARDED.team-${namespace}.shop` },
      body: { v: 1, cluster: "default", epoch: "insight", first: 0, flows },
    });
  }
  return messages;
}

/** How many of the held rows pass the filter, once it was tried on all of them, and how many there are. */
async function passing(page: Page): Promise<readonly [passing: number, all: number]> {
  const counts = page.getByTestId("counts");
  await expect.poll(async () => counts.innerText()).toMatch(/^[\d,]+ of /);
  const [some = NaN, all = NaN] = (await counts.innerText())
    .replaceAll(",", "")
    .split(" of ")
    .map((text) => parseInt(text, 10));
  return [some, all];
}

describe("insight", { timeout: 180_000 }, () => {
  const stack = useStack(RATE_PER_SECOND);

  it("explains a drop, and suggests the policy that would allow it", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await filter(page, "--drop-reason-desc POLICY_DENIED --to-namespace pay --to-port 5432");
    await openDetails(page);
    const explainer = await page.getByTestId("explainer").innerText();
    expect(explainer).toContain("Dropped: POLICY_DENIED");
    expect(explainer).toContain("default deny");
    await page.getByTestId("suggestion").locator("summary").click();
    const policy: unknown = parse(await page.getByTestId("policy-yaml").innerText());
    expect(policy).toMatchObject({
      apiVersion: "cilium.io/v2",
      kind: "CiliumNetworkPolicy",
      metadata: { namespace: "pay" },
      spec: { ingress: [{ toPorts: [{ ports: [{ port: "5432", protocol: "TCP" }] }] }] },
    });
    await picture(page, "explainer");
  });

  it("names the policy that denied, where a deny rule did", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await filter(page, "--drop-reason-desc POLICY_DENY --type policy-verdict");
    await openDetails(page);
    await expect.poll(async () => page.getByTestId("policy-denied").innerText()).toMatch(/denied by .+/);
    await expect.poll(async () => page.getByTestId("suggestion").count()).toBe(0);
  });

  it("counts related flows, and shows just them", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await filter(page, "--protocol tcp --reply --from-namespace shop");
    await openDetails(page);
    const count = page.getByTestId("related-connection-count");
    await expect.poll(async () => count.innerText()).toMatch(/^[\d,]+$/);
    const related = Number((await count.innerText()).replaceAll(",", ""));
    expect(related).toBeGreaterThan(1);
    await page.getByTestId("related-connection").locator("summary").click();
    await page.getByTestId("related-connection-show").click();
    await expect.poll(async () => numberIn(page, "counts")).toBe(related);
    // Among all rows, one that stands far below is brought into sight.
    await page.getByTestId("filter").fill("");
    const lines = page.getByTestId("related-pair").locator(".related-line");
    await page.getByTestId("related-pair").locator("summary").click();
    await lines.last().click();
    const selected = page.locator("[data-testid=row][aria-selected=true]");
    const isInSight = async (): Promise<boolean> =>
      page.evaluate(() => {
        const row = document.querySelector("[data-testid=row][aria-selected=true]")?.getBoundingClientRect();
        const table = document.querySelector("[data-testid=scroller]")?.getBoundingClientRect();
        return row !== undefined && table !== undefined && row.top >= table.top && row.bottom <= table.bottom;
      });
    await expect.poll(isInSight).toBe(true);
    const uuid = (await selected.getAttribute("data-uuid")) ?? "none";
    await expect.poll(async () => page.getByTestId("json").innerText()).toContain(uuid);
  });

  it("copies a field and the whole flow", async () => {
    const page = await stack.open();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await filled(page, 20);
    await pause(page);
    await openDetails(page);
    const copied = async (): Promise<string> => page.evaluate(async () => navigator.clipboard.readText());
    await page.getByTestId("copy").click();
    await expect.poll(copied).toContain('"uuid"');
    const uuid = (JSON.parse(await copied()) as { uuid: string }).uuid;
    await page.getByRole("button", { name: "Copy UUID" }).click();
    await expect.poll(copied).toBe(uuid);
  });

  it("writes the rows into files: CSV of the columns, JSON lines that Hubble's tools read", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await filter(page, "--verdict DROPPED");
    await page.getByTestId("settings-button").click();
    await page.getByTestId("column-uuid").click();
    await page.keyboard.press("Escape");
    const shown = await wholeTable(page, true);
    expect(shown.length).toBeGreaterThan(20);

    await page.getByTestId("export-button").click();
    await picture(page, "export");
    const csv = await downloaded(page, "export-csv");
    expect(csv.name).toMatch(/^hubblecast-\d{8}T\d{6}Z\.csv$/);
    const [head = [], ...records] = csvRecords(csv.text);
    expect(head).toEqual([
      ...["Time", "Verdict", "Drop reason", "Source", "Destination", "Port", "Policy"],
      "Summary",
      "UUID",
    ]);
    // The file is in the order of time, the table newest first. Times are whole in the file.
    const cells = shown.map(({ cells }) => cells).reverse();
    const safe = (text: string): string => text.replace(/^'(?=[=+\-@|%])/, "");
    expect(records.map((record) => record.slice(1).map(safe))).toEqual(cells.map((row) => row.slice(1)));

    await page.getByTestId("export-button").click();
    const json = await downloaded(page, "export-json");
    expect(json.name).toMatch(/\.jsonl$/);
    expect(await uuidsIn(json.text)).toEqual(shown.map(({ uuid }) => uuid).reverse());
  });

  it("keeps columns, times, density and colours in the browser", async () => {
    const page = await stack.open();
    await filled(page, 20);
    await page.getByTestId("settings-button").click();
    await picture(page, "settings");
    await page.getByTestId("column-node").click();
    for (let nth = 0; nth < 7; nth += 1) await page.getByTestId("left-node").click();
    await page.getByTestId("width-node").fill("222");
    await page.getByTestId("column-policy").click();
    await page.getByTestId("density").getByLabel("Compact").check();
    await page.getByTestId("theme").getByLabel("Dark").check();
    await page.getByTestId("time-format").getByLabel("Date and time").check();
    await page.getByTestId("time-zone").selectOption("Asia/Tokyo");
    await page.keyboard.press("Escape");
    const look = async (): Promise<unknown> => {
      const heads = await page.getByRole("columnheader").allInnerTexts();
      const row = page.getByTestId("row").first();
      return {
        heads: heads.map((head) => head.trim()),
        node: (await page.getByTestId("head-node").boundingBox())?.width,
        height: (await row.boundingBox())?.height,
        theme: await page.locator("html").getAttribute("data-theme"),
        time: /^\d{4}-\d\d-\d\d /.test(await row.locator("[data-column=time]").innerText()),
      };
    };
    const expected = {
      heads: ["Time", "Node", "Verdict", "Drop reason", "Source", "Destination", "Port", "Summary"],
      ...{ node: 222, height: 20, theme: "dark", time: true },
    };
    await expect.poll(look).toEqual(expected);
    await picture(page, "columns");
    await page.goto("about:blank");
    await page.goto(stack.demo.info.url);
    await filled(page, 20);
    await expect.poll(look).toEqual(expected);

    await page.getByTestId("settings-button").click();
    await page.getByTestId("columns-reset").click();
    await page.getByTestId("time-format").getByLabel("Time ago").check();
    await page.keyboard.press("Escape");
    await expect
      .poll(async () => page.getByTestId("row").first().locator("[data-column=time]").innerText())
      .toMatch(/^\d+(\.\d)? s ago$/);
  });

  it("moves and widens columns by mouse", async () => {
    const page = await stack.open();
    await filled(page, 20);
    const box = async (id: string): Promise<{ x: number; y: number; width: number; height: number }> => {
      const found = await page.getByTestId(`head-${id}`).boundingBox();
      if (found === null) throw new Error(`there is no column ${id}`);
      return found;
    };
    const port = await box("port");
    const source = await box("source");
    await page.mouse.move(port.x + 20, port.y + 10);
    await page.mouse.down();
    await page.mouse.move(source.x + 10, port.y + 10, { steps: 12 });
    await page.mouse.up();
    const heads = (await page.getByRole("columnheader").allInnerTexts()).map((head) => head.trim());
    expect(heads.indexOf("Port")).toBe(heads.indexOf("Source") - 1);
    const edge = await page.getByTestId("edge-port").boundingBox();
    const before = (await box("port")).width;
    await page.mouse.move((edge?.x ?? 0) + 4, (edge?.y ?? 0) + 8);
    await page.mouse.down();
    await page.mouse.move((edge?.x ?? 0) + 64, (edge?.y ?? 0) + 8, { steps: 6 });
    await page.mouse.up();
    expect(Math.abs((await box("port")).width - before - 60)).toBeLessThan(2);
  });

  it("narrows to the time that is brushed over in the chart, by mouse and by keyboard", async () => {
    const page = await stack.open();
    await filled(page, 800);
    const plot = page.locator(".u-over");
    const area = await plot.boundingBox();
    if (area === null) throw new Error("there is no chart");
    await page.mouse.move(area.x + area.width * 0.4, area.y + 20);
    await page.mouse.down();
    await page.mouse.move(area.x + area.width * 0.6, area.y + 30, { steps: 8 });
    await page.mouse.up();
    await page.getByTestId("chart-range").waitFor();
    const text = await page.getByTestId("filter").inputValue();
    expect(text).toMatch(/^--since \S+ --until \S+$/);
    const [since = 0, until = 0] = [...text.matchAll(/20\S+Z/g)].map(([time]) => Date.parse(time));
    // Held by now. Until then the past brought more of them.
    const [narrowed, all] = await passing(page);
    expect(narrowed).toBeGreaterThan(0);
    expect(narrowed).toBeLessThan(all * 0.7);
    const rows = await wholeTable(page);
    expect(rows.length).toBe(narrowed);
    // The demo's browser and its cluster are of one zone: the page's.
    const times = rows.map(({ cells }) =>
      Date.parse(`${new Date(since).toISOString().slice(0, 10)}T${cells[0] ?? ""}`),
    );
    const local = new Date().getTimezoneOffset();
    expect(local === 0 ? times.filter((ms) => ms < since || ms > until) : []).toEqual([]);
    await picture(page, "chart-range");
    await page.getByTestId("chart-range").click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("");

    await page.getByTestId("chart-plot").focus();
    for (const key of ["Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight"]) await page.keyboard.press(key);
    await expect
      .poll(async () => page.getByTestId("chart-plot").getAttribute("aria-valuetext"))
      .toMatch(/^\d\d:\d\d:\d\d\.\d: /);
    await page.keyboard.press("Enter");
    await page.getByTestId("chart-range").waitFor();
    await expect.poll(async () => numberIn(page, "counts")).toBeLessThan(all);
    await page.keyboard.press("Escape");
    await expect.poll(async () => page.getByTestId("chart-range").count()).toBe(0);
  });

  it("filters by a verdict of the chart's legend, and counts what is there", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await page.getByTestId("chart-dropped").click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("--verdict DROPPED");
    // The chart is drawn twice a second.
    await expect.poll(async () => page.getByTestId("counts").innerText()).toMatch(/ of /);
    await expect.poll(async () => (await numberIn(page, "counts")) - (await numberIn(page, "chart-dropped"))).toBe(0);
    await page.getByTestId("chart-dropped").click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("");
  });

  it("maps who talks to whom, filters by a click, and is a table too", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await page.keyboard.press("m");
    const node = page.getByRole("button", { name: /^pay\/payment, / });
    await node.waitFor({ timeout: SOON_MS });
    await picture(page, "map");
    await node.click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("--namespace pay --workload payment");
    const heads = await page.getByRole("columnheader").allInnerTexts();
    const [from, to] = ["Source", "Destination"].map((title) => heads.findIndex((head) => head.trim() === title));
    const rows = await wholeTable(page);
    expect(rows.length).toBeGreaterThan(5);
    const ends = rows.map(({ cells }) => `${cells[from ?? 0] ?? ""} ${cells[to ?? 0] ?? ""}`);
    expect(ends.filter((end) => !end.includes("pay/payment"))).toEqual([]);
    await expect.poll(async () => node.getAttribute("aria-pressed")).toBe("true");
    await picture(page, "map-narrowed");
    await page.getByTestId("map-everywhere").click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toBe("");

    await page.getByTestId("map-as-table").click();
    const table = page.getByTestId("map-table");
    await expect.poll(async () => table.getByRole("row").count()).toBeGreaterThan(10);
    await expect.poll(async () => table.innerText()).toMatch(/\d (µs|ms)\s+\d+(\.\d+)? (µs|ms|s)\s/);
    await picture(page, "map-table");
    await table.getByRole("button").first().click();
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toMatch(/^--from-/);
  });

  it("goes through the map by keyboard", async () => {
    const page = await stack.open();
    await filled(page, 500);
    await pause(page);
    await page.keyboard.press("m");
    const nodes = page.getByTestId("map-node");
    await nodes.first().waitFor({ timeout: SOON_MS });
    await page.locator("[data-testid=map-node][tabindex='0']").focus();
    const focused = async (): Promise<string | null> =>
      page.evaluate(() => document.activeElement?.getAttribute("data-key") ?? null);
    const first = await focused();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
    await expect.poll(async () => focused()).not.toBe(first);
    await expect.poll(async () => page.locator("[data-testid=map-node][tabindex='0']").count()).toBe(1);
    await page.keyboard.press("Enter");
    await expect.poll(async () => page.getByTestId("filter").inputValue()).toMatch(/^--/);
  });

  it("maps a cluster of three hundred workloads", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    await page.keyboard.press("m");
    await stack.demo.publish(cluster(20, 15));
    await filter(page, "team- --from-namespace team-0 --from-namespace team-1");
    await page.getByTestId("filter").fill("team-");
    await expect.poll(async () => numberIn(page, "counts")).toBe(900);
    const nodes = page.getByTestId("map-node");
    await expect.poll(async () => nodes.count()).toBe(300);
    await expect.poll(async () => page.getByTestId("map-edge").count()).toBeGreaterThan(700);
    await page.getByTestId("map-fit").click();
    await picture(page, "map-300");

    // By hand: what is drawn goes along, and stays where it was let go.
    const box = (await page.getByTestId("map-drawing").boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const leftOf = async (): Promise<number> => (await nodes.first().boundingBox())?.x ?? NaN;
    const before = await leftOf();
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 30, y, { steps: 3 });
    await page.mouse.move(x + 60, y, { steps: 3 });
    await expect.poll(async () => Math.round((await leftOf()) - before)).toBe(60);
    await page.mouse.up();
    await expect.poll(async () => Math.round((await leftOf()) - before)).toBe(60);
    expect(await page.getByTestId("filter").inputValue()).toBe("team-");
  });
});
