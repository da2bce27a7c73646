import { describe, expect, it } from "vitest";

import { complete } from "../../../src/filter/completion";
import { gatherValues } from "../../../src/filter/knownvalues";
import { readFilter } from "../../../src/filter/filter";
import { Ring } from "../../../src/stores/ring";
import { NOW_MS } from "./matching";

const ring = new Ring(100);
ring.push({
  verdict: "DROPPED",
  drop_reason_desc: "AUTH_REQUIRED",
  node_name: "prod/node-1",
  source: {
    namespace: "shop",
    pod_name: "cart-1",
    workloads: [{ kind: "Deployment", name: "cart" }],
    labels: ["k8s:app=cart"],
  },
  destination: { namespace: "pay", pod_name: "gate way" },
  l4: { TCP: { destination_port: 443 } },
});
ring.push({ source: { namespace: "shop", pod_name: "cart-2" }, destination_names: ["api.example.org"] });
const known = gatherValues(ring);

function offered(text: string, caret = text.length): string[] {
  return complete(text, caret, known).options.map(({ label }) => label);
}

/** The text once the n-th option is taken. */
function taken(text: string, index = 0, caret = text.length): string {
  const { from, to, options } = complete(text, caret, known);
  return text.slice(0, from) + (options[index]?.insert ?? "") + text.slice(to);
}

describe("completion", () => {
  it("offers flags", () => {
    expect(offered("--verd")).toEqual(["--verdict VERDICT"]);
    expect(offered("cart --no")[0]).toBe("--not");
    expect(offered("--ip")[0]).toBe("--ip ADDRESS[/BITS]");
    expect(offered("--cel")).toEqual([]);
    expect(taken("cart --verd")).toBe("cart --verdict ");
  });

  it("offers a flag's values, with those that the flows have first", () => {
    expect(offered("--verdict ")).toContain("TRANSLATED");
    expect(offered("--verdict drop")).toEqual(["DROPPED"]);
    expect(offered("--drop-reason-desc ")[0]).toBe("AUTH_REQUIRED");
    expect(offered("--from-namespace ")).toEqual(["shop", "pay"]);
    expect(offered("-n pa")).toEqual(["pay"]);
    expect(offered("--node-name ")).toEqual(["prod/node-1"]);
    expect(offered("--to-port 4")).toEqual(["443"]);
    expect(offered("--fqdn ")).toEqual(["api.example.org"]);
    expect(offered("--verdict=DR")).toEqual(["DROPPED"]);
    expect(taken("--verdict=DR")).toBe("--verdict=DROPPED ");
    expect(taken("--pod gate")).toBe("--pod 'pay/gate way' ");
  });

  it("offers terms for a bare word", () => {
    expect(offered("cart")).toEqual(["--pod shop/cart-2", "--pod shop/cart-1", "--workload Deployment/cart"]);
    expect(offered("drop")[0]).toBe("--verdict DROPPED");
  });

  it("replaces the word at the caret and no other", () => {
    expect(taken("--verdict DRO --port 1", 0, "--verdict DRO".length)).toBe("--verdict DROPPED  --port 1");
    expect(taken("--verdict DROXX", 0, "--verdict DRO".length)).toBe("--verdict DROPPED ");
  });

  it("offers nothing that would be a problem", () => {
    for (const text of [
      "--verdict ",
      "--pod ",
      "--label ",
      "--port ",
      "--type ",
      "--identity ",
      "--since ",
      "--workload ",
    ]) {
      const { options } = complete(text, text.length, known);
      expect(options).not.toEqual([]);
      for (let index = 0; index < options.length; index += 1) {
        expect([taken(text, index), readFilter(taken(text, index), NOW_MS).problems]).toEqual([taken(text, index), []]);
      }
    }
  });
});
