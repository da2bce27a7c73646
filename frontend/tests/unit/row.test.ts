import { describe, expect, it } from "vitest";

import { Ring } from "../../src/stores/ring";
import { RowMaker } from "../../src/stores/row";
import type { Flow } from "../../src/wire/flow";

/** As it comes from the wire: objects of its own. */
function parsed(text: string): Flow {
  return JSON.parse(text) as Flow;
}

const CART =
  '{"identity":7,"namespace":"shop","pod_name":"cart-1","labels":["k8s:app=cart"],"workloads":[{"name":"cart"}]}';

describe("a row", () => {
  it("has the flow's time and words", () => {
    const row = new RowMaker().make(3, { time: "2026-01-02T03:04:05.678901234Z", verdict: "DROPPED" });
    expect(row).toMatchObject({ seq: 3, ms: Date.parse("2026-01-02T03:04:05.678Z") });
    expect(row.text).toContain("dropped\n");
  });

  it.each<[string, Flow]>([
    ["no time", {}],
    ["a time that is none", { time: "soon" }],
  ])("with %s has none", (_, flow) => {
    expect(new RowMaker().make(0, flow).ms).toBeNaN();
  });

  it("shares its endpoints with other rows, whichever side they are on", () => {
    const ring = new Ring(10);
    ring.push(parsed(`{"source":${CART}}`));
    ring.push(parsed(`{"destination":${CART}}`));
    const span = ring.snapshot();
    span.prepend(parsed(`{"source":${CART}}`));
    const source = ring.at(0)?.flow.source;
    expect(source).toEqual(JSON.parse(CART));
    expect(ring.at(1)?.flow.destination).toBe(source);
    expect(span.at(-1)?.flow.source).toBe(source);
  });

  it.each([
    ["a label", CART.replace("app=cart", "app=till")],
    ["more labels", CART.replace('"]', '","k8s:b=c"]')],
    ["a namespace", CART.replace("shop", "till")],
    ["a field that nobody knows", CART.replace("{", '{"new":1,')],
    ["a field that every object has", CART.replace("{", '{"toString":1,')],
    ["a field less", CART.replace(',"labels":["k8s:app=cart"]', "")],
    ["another workload", CART.replace('"name":"cart"', '"name":"cart","kind":"Job"')],
    ["another identity", CART.replace("7", "8")],
  ])("does not share an endpoint that differs by %s", (_, other) => {
    const ring = new Ring(10);
    for (const text of [CART, other, CART]) ring.push(parsed(`{"source":${text}}`));
    expect([0, 1, 2].map((seq) => JSON.stringify(ring.at(seq)?.flow.source))).toEqual([CART, other, CART]);
  });

  it("of many endpoints is right, though not all are remembered", () => {
    const ring = new Ring(40_000);
    for (let nth = 0; nth < 40_000; nth += 1) ring.push({ source: { identity: nth % 20_000, pod_name: `p${nth}` } });
    for (const seq of [0, 19_999, 39_999]) expect(ring.at(seq)?.flow.source?.pod_name).toBe(`p${seq}`);
  });
});
