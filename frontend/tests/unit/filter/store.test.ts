import { describe, expect, it } from "vitest";

import { FilterStore } from "../../../src/stores/filter";
import { RowMaker, type Row } from "../../../src/stores/row";
import type { Flow } from "../../../src/wire/flow";

const flow: Flow = {
  time: "2026-01-02T03:04:05.678Z",
  verdict: "DROPPED",
  drop_reason_desc: "POLICY_DENIED",
  source: { namespace: "shop", pod_name: "Cart-1" },
  destination: { labels: ["reserved:world"] },
  IP: { source: "10.0.0.1", destination: "203.0.113.7" },
  l4: { TCP: { source_port: 40000, destination_port: 443, flags: { SYN: true } } },
  node_name: "hidden-node",
};

function rowOf(of: Flow): Row {
  return new RowMaker().make(0, of);
}

function matches(text: string, of: Flow = flow): boolean {
  const store = new FilterStore();
  store.setText(text);
  return store.predicate?.(rowOf(of)) ?? true;
}

describe("free words", () => {
  it.each([
    "",
    "   ",
    "dropped",
    "DROPPED",
    "policy_den",
    "shop/cart",
    "443/tcp",
    "world 203.0.113.7",
    "syn cart drop",
  ])("let the flow through for %j", (text) => {
    expect(matches(text)).toBe(true);
  });

  it.each(["forwarded", "dropped forwarded", "hidden-node", "10.0.0.1", "cart-1world", "40000", "--not cart"])(
    "hold the flow back for %j",
    (text) => {
      expect(matches(text)).toBe(false);
    },
  );

  it("make no predicate where there are none", () => {
    const store = new FilterStore();
    store.setText(" \t ");
    expect(store.predicate).toBeNull();
  });

  it("take signs of patterns as they stand", () => {
    expect(matches(".*")).toBe(false);
    expect(matches("(", { l7: { http: { url: "/a(b" } } })).toBe(true);
  });

  it("are looked for in the time where they may be one", () => {
    const clock = new Date("2026-01-02T03:04:05.678Z").toTimeString().slice(0, 8);
    expect(matches(clock)).toBe(true);
    expect(matches(`x${clock}`)).toBe(false);
    expect(matches("678")).toBe(false);
  });

  it("are looked for in the beginning of a long text", () => {
    const store = new FilterStore();
    store.setText("xxx");
    const row = rowOf({ l7: { http: { url: "x".repeat(1 << 20) } } });
    expect(store.predicate?.(row)).toBe(true);
    expect(row.text.length).toBeLessThan(1_000);
  });
});

describe("the filter", () => {
  it("with a problem keeps the last good one in force", () => {
    const store = new FilterStore();
    store.setText("--verdict DROPPED");
    const { inForce } = store;
    store.setText("--verdict DROPPED --port x");
    expect(store.inForce).toBe(inForce);
    expect(store.textInForce).toBe("--verdict DROPPED");
    expect(store.problems).toHaveLength(1);
    store.setText("--verdict DROPPED --port 1");
    expect(store.inForce).not.toBe(inForce);
    expect(store.problems).toEqual([]);
  });

  it("tells the binding keys that are enough", () => {
    const store = new FilterStore();
    expect(store.bindingKeys).toBeNull();
    store.setText("--verdict DROPPED cart");
    expect(store.bindingKeys).toEqual(["*.DROPPED.*.*"]);
  });

  it("remembers what was in use, each once", () => {
    const store = new FilterStore();
    store.remember();
    for (const text of ["a", "b", "a", "--port x"]) {
      store.setText(text);
      store.remember();
    }
    expect(store.recent).toEqual(["a", "b"]);
  });

  it("takes a command line in, but no password that stands in it", () => {
    const store = new FilterStore();
    store.paste("hubble observe --basic-auth-password s3cret -f --verdict DROPPED");
    expect(store.text).toBe("--verdict DROPPED");
    store.paste("cart  --verdict AUDIT");
    expect(store.text).toBe("cart  --verdict AUDIT");
  });

  it("is bounded in time by a range, and set free again", () => {
    const store = new FilterStore();
    store.setText("cart --since 5m");
    store.setRange(Date.parse("2026-01-02T03:04:05Z"), Date.parse("2026-01-02T03:04:06Z"));
    expect(store.text).toBe("cart --since 2026-01-02T03:04:05.000Z --until 2026-01-02T03:04:06.000Z");
    expect(store.predicate?.(rowOf(flow))).toBe(true);
    store.setRange(Date.parse("2026-01-02T03:04:06Z"), null);
    expect(store.predicate?.(rowOf(flow))).toBe(false);
    store.setRange(null, null);
    expect(store.text).toBe("cart");
  });

  it("is changed by choices", () => {
    const store = new FilterStore();
    store.include({ flag: "verdict", value: "DROPPED" });
    store.exclude({ flag: "protocol", value: "dns" });
    expect(store.text).toBe("--verdict DROPPED --not --protocol dns");
    expect(store.standing({ flag: "protocol", value: "dns" })).toBe("excluded");
    store.drop({ flag: "protocol", value: "dns" });
    expect(store.text).toBe("--verdict DROPPED");
    expect(store.recent).toHaveLength(2);
  });
});
