import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { bindingKeys } from "../../../src/filter/bindingkeys";
import { readFilter } from "../../../src/filter/filter";
import { isFlow, type Endpoint, type Flow } from "../../../src/wire/flow";
import { filterOf, NOW_MS, passesFilter } from "./matching";

const RESERVED = ["", "_host", "_world", "_unmanaged", "_health", "_init", "_remote-node"];

/** The routing key that docs/messages.md gives a flow. */
function keyOf(flow: Flow, cluster = "own"): string {
  const [before = "", after] = (flow.node_name ?? "").split("/");
  const words = [after === undefined ? cluster : legal(before), String(flow.verdict ?? "VERDICT_UNKNOWN")];
  return [...words, endpointWord(flow.source), endpointWord(flow.destination)].join(".");
}

function legal(name: string): string {
  return /^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(name) ? name : "_unknown";
}

function endpointWord(endpoint: Endpoint | undefined): string {
  const { namespace = "", identity = 0, labels = [] } = endpoint ?? {};
  if (namespace !== "") return legal(namespace);
  const reserved = RESERVED[identity];
  if (reserved !== undefined && reserved !== "") return reserved;
  const label = labels.find((one) => one.startsWith("reserved:"));
  return label === undefined ? "_unknown" : `_${label.slice("reserved:".length)}`;
}

/** Whether a topic exchange sends a key on to a binding. */
function isBound(pattern: string, key: string): boolean {
  const words = key.split(".");
  const wanted = pattern.split(".");
  return words.length === wanted.length && wanted.every((word, index) => word === "*" || word === words[index]);
}

describe("binding keys", () => {
  it.each<[string, readonly string[] | null]>([
    ["", null],
    ["cart", null],
    ["--verdict DROPPED", ["*.DROPPED.*.*"]],
    ["--verdict DROPPED --verdict AUDIT", ["*.AUDIT.*.*", "*.DROPPED.*.*"]],
    ["--drop-reason-desc POLICY_DENIED", ["*.DROPPED.*.*"]],
    ["--verdict FORWARDED --drop-reason-desc POLICY_DENIED", null],
    ["--namespace shop", ["*.*.*.shop", "*.*.shop.*"]],
    ["--from-namespace shop --to-namespace pay", ["*.*.shop.pay"]],
    ["--pod cart", ["*.*.*.default", "*.*.default.*"]],
    ["--pod shop/cart --verdict DROPPED", ["*.DROPPED.*.shop", "*.DROPPED.shop.*"]],
    ["--from-pod /cart", null],
    ["-A", null],
    ["--from-namespace 'a.b'", ["*.*._unknown.*"]],
    ["--to-service shop/cart", null],
    ["--to-namespace shop --to-service cart", null],
    ["--node-name prod/node-1", ["prod.*.*.*"]],
    ["--node-name 'PROD/*' --verdict DROPPED", ["prod.DROPPED.*.*"]],
    // A node without a cluster passes for default, and its key has the cluster of the adapter.
    ["--node-name default/node-1", null],
    ["--node-name node-1", null],
    ["--node-name 'p*/node-1'", null],
    ["--identity world", null],
    ["--label reserved:world", null],
    ["--not --verdict FORWARDED", null],
    ["--verdict DROPPED --not --namespace shop", ["*.DROPPED.*.*"]],
    ['--allowlist \'{"verdict":["DROPPED"]}{"source_pod":["shop/"]}\'', ["*.*.shop.*", "*.DROPPED.*.*"]],
    ["--verdict DROPPED --allowlist '{}'", null],
    ["-n a -n b -n c -n d -n e -n f -n g -n h -n i -n j -n k -n l -n m -n n -n o -n p -n q", null],
  ])("of %s are %j", (text, expected) => {
    expect(bindingKeys(filterOf(text))).toEqual(expected);
  });

  it("let through every flow that the filter lets through", () => {
    const random = new Random(20260102);
    let narrowed = 0;
    let passed = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const text = randomFilter(random);
      const { filter } = readFilter(text, NOW_MS);
      if (filter === null) continue;
      const keys = bindingKeys(filter);
      if (keys === null) continue;
      narrowed += 1;
      for (let index = 0; index < 40; index += 1) {
        const flow = randomFlow(random);
        if (!passesFilter(filter, flow)) continue;
        passed += 1;
        const key = keyOf(flow, random.of(["own", "default", "prod"]));
        expect([text, key, keys.some((pattern) => isBound(pattern, key))]).toEqual([text, key, true]);
      }
    }
    // Or nothing would have been tried.
    expect(narrowed).toBeGreaterThan(500);
    expect(passed).toBeGreaterThan(1_000);
  });

  it("do so for every flow of the captures", () => {
    const flows = ["shop", "odd"].flatMap((name) =>
      readFileSync(new URL(`../../../../demo/captures/${name}.jsonl`, import.meta.url), "utf8")
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { flow?: unknown }).flow)
        .filter((flow) => isFlow(flow)),
    );
    expect(flows.length).toBeGreaterThan(100);
    const filters = [
      "--verdict DROPPED",
      "-n shop",
      "--pod shop/cart --verdict FORWARDED",
      "--node-name default/node-1",
    ];
    for (const text of filters) {
      const filter = filterOf(text);
      const keys = bindingKeys(filter);
      const lost = flows.filter(
        (flow) => passesFilter(filter, flow) && keys?.every((one) => !isBound(one, keyOf(flow))),
      );
      expect([text, lost]).toEqual([text, []]);
    }
  });
});

/** The minimal standard generator: the same filters and flows at each run. */
class Random {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  below(limit: number): number {
    this.#seed = (this.#seed * 48271) % 2147483647;
    return this.#seed % limit;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const NAMESPACES = ["shop", "pay", "default", "_world", "a.b", "-x", "Shop", "*", "#", ""];
const CLUSTERS = ["prod", "default", "PROD", "a_b", "-x", "p.q", ""];
const VERDICTS = ["FORWARDED", "DROPPED", "AUDIT"];

function randomFilter(random: Random): string {
  const count = 1 + random.below(4);
  return Array.from({ length: count }, () => {
    const prefix = random.below(6) === 0 ? random.of(["--not ", "--nor "]) : "";
    const side = random.of(["", "from-", "to-"]);
    const namespace = random.of(NAMESPACES);
    const quoted = `'${namespace}'`;
    return (
      prefix +
      random.of([
        `--verdict ${random.of(VERDICTS)}`,
        `--${side}namespace ${quoted}`,
        `--${side}pod '${namespace}/${random.of(["cart", "", "c"])}'`,
        `--${side}pod cart`,
        `--node-name '${random.of(CLUSTERS)}/${random.of(["node-1", "*", ""])}'`,
        `--node-name node-1`,
        `--${side}identity ${random.of(["world", "host", "20101"])}`,
        `--drop-reason-desc POLICY_DENIED`,
        `--${side}label reserved:world`,
        `--${side}service 'shop/cart'`,
      ])
    );
  }).join(" ");
}

function randomEndpoint(random: Random): Endpoint {
  const namespace = random.of(NAMESPACES);
  return {
    identity: random.of([0, 1, 2, 6, 20101]),
    ...(namespace === "" ? {} : { namespace }),
    ...(random.below(2) === 0 ? { pod_name: random.of(["cart-1", "pay-1"]) } : {}),
    ...(random.below(3) === 0 ? { labels: ["reserved:world"] } : {}),
  };
}

function randomFlow(random: Random): Flow {
  const cluster = random.of(CLUSTERS);
  return {
    ...(random.below(8) === 0 ? {} : { verdict: random.of(VERDICTS) }),
    ...(random.below(2) === 0 ? { drop_reason_desc: "POLICY_DENIED" } : {}),
    ...(random.below(5) === 0 ? {} : { node_name: random.below(3) === 0 ? "node-1" : `${cluster}/node-1` }),
    ...(random.below(8) === 0 ? {} : { source: randomEndpoint(random) }),
    ...(random.below(8) === 0 ? {} : { destination: randomEndpoint(random) }),
    ...(random.below(3) === 0 ? { source_service: { namespace: "shop", name: "cart" } } : {}),
  };
}
