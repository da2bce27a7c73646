import { describe, expect, it } from "vitest";

import { parseBatch } from "../../src/wire/batch";
import { parseStatus } from "../../src/wire/status";
import { routingKeyOf } from "../../src/wire/topology";
import { batch, flows, status } from "./samples";

describe("a batch", () => {
  it("is read as it stands", () => {
    const parsed = parseBatch(batch(1200, [{ uuid: "a", verdict: "DROPPED", l4: { TCP: { flags: { SYN: true } } } }]));
    expect(parsed).toEqual({
      ok: true,
      value: {
        cluster: "default",
        epoch: "e1",
        first: 1200,
        flows: [{ uuid: "a", verdict: "DROPPED", l4: { TCP: { flags: { SYN: true } } } }],
      },
    });
  });

  it("may hold flows without any field, with fields and enum values of newer versions", () => {
    const odd = [{}, { brand_new: { deep: [1] } }, { verdict: 99, drop_reason_desc: 300, Type: 7 }];
    expect(parseBatch(batch(0, odd))).toMatchObject({ ok: true, value: { flows: odd } });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["markup", "<img src=x onerror=alert(1)>"],
    ["null", "null"],
    ["a list", "[]"],
    ["a number", "1"],
    ["no version", JSON.stringify({ cluster: "c", epoch: "e", first: 0, flows: [{}] })],
    ["a later version", batch(0, [{}], { v: 2 })],
    ["a version in quotes", batch(0, [{}], { v: "1" })],
    ["a cluster that is no text", batch(0, [{}], { cluster: 1 })],
    ["no epoch", batch(0, [{}], { epoch: "" })],
    ["a negative ordinal", batch(-1, [{}])],
    ["half an ordinal", batch(0.5, [{}])],
    ["an ordinal beyond what JavaScript counts", batch(0, [{}], { first: 2 ** 53 })],
    ["no flows", batch(0, [])],
    ["flows that are no list", batch(0, [{}], { flows: { length: 1 } })],
  ])("is refused with a reason when it is %s", (_, body) => {
    const parsed = parseBatch(body);
    expect(parsed.ok).toBe(false);
    expect(parsed).toHaveProperty("why", expect.stringMatching(/^(it|its) /));
  });

  it.each([
    ["null", null],
    ["a text", "flow"],
    ["a list", []],
    ["a flow with a uuid that is a number", { uuid: 1 }],
    ["a flow with a time that is an object", { time: { toString: "x" } }],
    ["a flow with an IP that is a text", { IP: "10.0.0.1" }],
    ["a flow with labels that are no list", { source: { labels: { 0: "x" } } }],
    ["a flow with a label that is a number", { source: { labels: ["a", 1] } }],
    ["a flow with a port that is a text", { l4: { TCP: { destination_port: "80" } } }],
    ["a flow with a flag that is a text", { l4: { TCP: { flags: { SYN: "true" } } } }],
    ["a flow with a null inside", { l7: { http: null } }],
    ["a flow with a policy that is a text", { egress_denied_by: ["p"] }],
  ])("keeps the place of an element that is %s, and the others", (_, odd) => {
    expect(parseBatch(batch(5, [{ uuid: "a" }, odd, { uuid: "b" }]))).toMatchObject({
      ok: true,
      value: { first: 5, flows: [{ uuid: "a" }, null, { uuid: "b" }] },
    });
  });

  it("that tries to reach prototypes reaches none", () => {
    const body = `{"v":1,"cluster":"c","epoch":"e","first":0,"flows":[{"__proto__":{"polluted":true},"constructor":{}}]}`;
    expect(parseBatch(body).ok).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  it("of a megabyte in one text passes", () => {
    expect(parseBatch(batch(0, [{ node_name: "x".repeat(1 << 20) }])).ok).toBe(true);
  });

  it("nested a hundred thousand deep throws nothing", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(() => parseBatch(`{"v":1,"cluster":"c","epoch":"e","first":0,"flows":[{"x":${deep}}]}`)).not.toThrow();
  });
});

describe("a status", () => {
  it("is read as it stands", () => {
    expect(parseStatus(status())).toMatchObject({ ok: true, value: { id: "broker-1-4711", lag_seconds: 0.4 } });
  });

  it("may come before the first flow, and from a version that tells more", () => {
    expect(parseStatus(status({ lag_seconds: null, memory: { bytes: 1 } })).ok).toBe(true);
  });

  it.each([
    ["a batch", batch(0, flows(0, 1))],
    ["without an id", status({ id: 7 })],
    ["with a state that is no text", status({ hubble: { address: "", state: 1, state_seconds: 0, error: "" } })],
    ["with a loss that is no count", status({ losses: { total: { gap: -1 } } })],
    ["with losses that are a list", status({ losses: { total: [1, "x"] } })],
    ["with a lag that is a text", status({ lag_seconds: "0.4" })],
    ["of a later version", status({ v: 2 })],
  ])("is refused when it is %s", (_, body) => {
    expect(parseStatus(body).ok).toBe(false);
  });
});

describe("the routing key", () => {
  it.each([
    ["/exchange/hubble_flows/default.DROPPED.shop._world", "default.DROPPED.shop._world"],
    ["/exchange/hubble_flows/a/b", "a/b"],
    ["/queue/x", ""],
    ["", ""],
  ])("of %j is %j", (destination, key) => {
    expect(routingKeyOf(destination)).toBe(key);
  });
});
