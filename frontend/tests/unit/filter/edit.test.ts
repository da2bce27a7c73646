import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { cellChoices, rowChoices } from "../../../src/filter/choices";
import { dropped, excluded, included, negated, standing, tidied, without } from "../../../src/filter/edit";
import { parseTerms } from "../../../src/filter/parse";
import { isFlow } from "../../../src/wire/flow";
import { passes } from "./matching";

const verdict = { flag: "verdict", value: "DROPPED" };

describe("including", () => {
  it.each([
    ["", "--verdict DROPPED"],
    ["cart ", "cart --verdict DROPPED"],
    ["--verdict AUDIT", "--verdict AUDIT --verdict DROPPED"],
    ["--verdict DROPPED", "--verdict DROPPED"],
    ["--not --verdict DROPPED cart", "cart --verdict DROPPED"],
    ["--nor --verdict DROPPED", "--verdict DROPPED"],
    ["--verdikt", "--verdikt --verdict DROPPED"],
    ["hubble observe -f --port 1", "hubble observe -f --port 1 --verdict DROPPED"],
  ])("a verdict in %j makes it %j", (text, expected) => {
    expect(included(text, verdict)).toBe(expected);
  });

  it("takes out what means nothing beside it, and quotes what needs it", () => {
    expect(included("--port 80 --verdict DROPPED", { flag: "to-port", value: "443" })).toBe(
      "--verdict DROPPED --to-port 443",
    );
    expect(included("--since 5m", { flag: "since", value: "1m" })).toBe("--since 1m");
    expect(included("", { flag: "label", value: "a in (b)" })).toBe("--label 'a in (b)'");
    expect(included("", { flag: "reply", value: "false" })).toBe("--reply=false");
    expect(included("", { flag: "reply", value: "" })).toBe("--reply");
  });
});

describe("excluding", () => {
  it.each([
    ["", "--not --verdict DROPPED"],
    ["--verdict DROPPED", "--not --verdict DROPPED"],
    ["--not --verdict AUDIT", "--not --verdict AUDIT --not --verdict DROPPED"],
    // Beside another kind, --not would leave out only what matches both.
    ["--not --protocol dns", "--not --protocol dns --nor --verdict DROPPED"],
    ["--nor --verdict DROPPED", "--nor --verdict DROPPED"],
  ])("a verdict in %j makes it %j", (text, expected) => {
    expect(excluded(text, verdict)).toBe(expected);
  });
});

describe("a term", () => {
  const text = "cart --not --protocol 'dns' --verdict DROPPED -x";
  const { terms } = parseTerms(text);

  it("goes without a trace", () => {
    expect(terms.map((term) => without(text, [term]))).toEqual([
      "--not --protocol 'dns' --verdict DROPPED -x",
      "cart --verdict DROPPED -x",
      "cart --not --protocol 'dns' -x",
    ]);
    expect(dropped(text, { flag: "protocol", value: "dns" })).toBe("cart --verdict DROPPED -x");
  });

  it("is turned round in its place", () => {
    expect(terms.map((term) => negated(text, term))).toEqual([
      "--not cart --not --protocol 'dns' --verdict DROPPED -x",
      "cart --protocol dns --verdict DROPPED -x",
      "cart --not --protocol 'dns' --nor --verdict DROPPED -x",
    ]);
  });

  it("stands as included, excluded or not at all", () => {
    expect(standing(terms, verdict)).toBe("included");
    expect(standing(terms, { flag: "protocol", value: "dns" })).toBe("excluded");
    expect(standing(terms, { flag: "protocol", value: "tcp" })).toBeNull();
  });
});

it("a command line is tidied to its terms", () => {
  expect(tidied("hubble observe -f --basic-auth-password s3cret -n shop --not --reply=false '-x' | jq .")).toBe(
    "--namespace shop --not --reply=false '-x'",
  );
  expect(tidied("'-x' \"a b\" --not c")).toBe("'-x' 'a b' --not c");
});

describe("what a cell offers", () => {
  const flows = ["shop", "odd"].flatMap((name) =>
    readFileSync(new URL(`../../../../demo/captures/${name}.jsonl`, import.meta.url), "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { flow?: unknown }).flow)
      .filter((flow) => isFlow(flow)),
  );

  it("matches the flow that it was taken from when included, and not when excluded", () => {
    let tried = 0;
    for (const flow of flows) {
      for (const choice of rowChoices(flow)) {
        // Hubble's patterns of names are in lower case, and these names are not.
        if (/fqdn|node/.test(choice.flag) && choice.value !== choice.value.toLowerCase()) continue;
        tried += 1;
        expect([included("", choice), passes(included("", choice), flow)]).toEqual([included("", choice), true]);
        if (choice.flag === "since" || choice.flag === "until") continue;
        expect([excluded("", choice), passes(excluded("", choice), flow)]).toEqual([excluded("", choice), false]);
      }
    }
    expect(tried).toBeGreaterThan(1_000);
  });

  it("is of its column", () => {
    const flow = flows.find((one) => one.verdict === "DROPPED" && one.l4?.TCP !== undefined);
    if (flow === undefined) throw new Error("no capture has a dropped TCP flow");
    const flagsOf = (column: string): string[] => cellChoices(flow, column).map(({ flag }) => flag);
    expect(flagsOf("verdict")).toEqual(["verdict", "drop-reason-desc"]);
    expect(flagsOf("source").every((flag) => flag.startsWith("from-"))).toBe(true);
    expect(flagsOf("destination").every((flag) => flag.startsWith("to-"))).toBe(true);
    expect(flagsOf("port")).toEqual(["to-port", "from-port", "protocol"]);
    expect(flagsOf("time")).toEqual(["since", "until"]);
    expect(flagsOf("reason")).toEqual(["drop-reason-desc", "verdict"]);
    expect(flagsOf("source_ip")).toEqual(["from-ip"]);
    expect(flagsOf("latency").length).toBeGreaterThan(5);
  });

  it("leaves out what is no legal value", () => {
    expect(rowChoices({ verdict: 99, source: { pod_name: "a/b/c", namespace: "x/y" } })).toEqual([]);
  });
});
