import { beforeEach, describe, expect, it } from "vitest";

import { sourceOf } from "../../src/flow/endpoint";
import { answerOf, Answers, type AnswerSummary } from "../../src/map/answers";
import { graphOf, type Graph } from "../../src/map/graph";
import { boundsOf, layoutOf, NODE_HEIGHT, NODE_WIDTH, type Box, type MapLayout } from "../../src/map/layout";
import { CLUSTER, OUTSIDE, placeOf, UNKNOWN } from "../../src/map/place";
import { Traffic } from "../../src/map/traffic";
import { FilterStore } from "../../src/stores/filter";
import { Matches, type Predicate } from "../../src/stores/matches";
import { Ring } from "../../src/stores/ring";
import { ask, askNowhere, edgeChoices, isAsked, nodeChoices } from "../../src/ui/mapfilter";
import { curve, fitted, neighbour, zoomed } from "../../src/ui/mapgeometry";
import { shortCount } from "../../src/ui/mapwords";
import type { Endpoint, Flow } from "../../src/wire/flow";

function end(namespace: string, name: string): Endpoint {
  return { namespace, workloads: [{ name, kind: "Deployment" }], pod_name: `${name}-1` };
}

function flow(from: string, to: string, verdict = "FORWARDED"): Flow {
  const [fromArea = "", fromName = ""] = from.split("/");
  const [toArea = "", toName = ""] = to.split("/");
  return { verdict, source: end(fromArea, fromName), destination: end(toArea, toName) };
}

/** Edges as texts, for example "a/x a/y 3 1": flows, and bad ones among them. */
function told({ edges }: Graph): string[] {
  return edges
    .map(({ from, to, flows, bad }) => {
      const path = ({ place }: typeof from): string => `${place.area}/${place.name}`;
      return `${path(from)} ${path(to)} ${flows} ${bad}`;
    })
    .sort();
}

/** The same, counted in the plainest way. */
function recount(ring: Ring, predicate: Predicate | null): string[] {
  const sums = new Map<string, { flows: number; bad: number }>();
  for (let seq = ring.first; seq < ring.end; seq += 1) {
    const row = ring.at(seq);
    if (row === undefined || (predicate !== null && !predicate(row))) continue;
    const { source, destination, verdict } = row.flow;
    const path = (one: Endpoint | undefined): string => `${one?.namespace ?? ""}/${one?.workloads?.[0]?.name ?? ""}`;
    const key = `${path(source)} ${path(destination)}`;
    const sum = sums.get(key) ?? { flows: 0, bad: 0 };
    sum.flows += 1;
    if (verdict === "DROPPED" || verdict === "ERROR") sum.bad += 1;
    sums.set(key, sum);
  }
  return [...sums].map(([key, { flows, bad }]) => `${key} ${flows} ${bad}`).sort();
}

describe("a place", () => {
  it.each<[string, Flow, string, string, string]>([
    ["a workload", { source: end("shop", "cart") }, "shop", "cart", "workload"],
    ["a pod without one", { source: { namespace: "shop", pod_name: "bare" } }, "shop", "bare", "workload"],
    ["a namespace without more", { source: { namespace: "shop" } }, "shop", "unknown", "unknown"],
    ["an entity", { source: { labels: ["reserved:host"] } }, CLUSTER, "host", "entity"],
    ["the world", { source: { identity: 2 } }, OUTSIDE, "world", "entity"],
    ["a name in the world", { source: { identity: 2 }, source_names: ["a.example"] }, OUTSIDE, "a.example", "name"],
    ["a name alone", { source_names: ["a.example"] }, OUTSIDE, "a.example", "name"],
    ["an address", { IP: { source: "10.0.0.1" } }, UNKNOWN, "unknown", "unknown"],
    ["nothing", {}, UNKNOWN, "unknown", "unknown"],
  ])("is %s", (_, one, area, name, kind) => {
    expect(placeOf(sourceOf(one))).toEqual({ area, name, kind });
  });
});

describe("traffic", () => {
  it.each<[string, Predicate | null]>([
    ["all rows", null],
    ["some rows", (row) => row.flow.verdict !== "FORWARDED" || row.flow.source?.namespace === "n1"],
  ])("over %s stays what a recount gives, while rows come and go", (_, predicate) => {
    const ring = new Ring(200);
    const rows = new Matches(ring, predicate);
    const traffic = new Traffic(200);
    const verdicts = ["FORWARDED", "DROPPED", "ERROR", "AUDIT"];
    for (let round = 0; round < 80; round += 1) {
      for (let nth = 0; nth < (round % 7) * 3; nth += 1) {
        const at = round * 31 + nth * 17;
        ring.push(flow(`n${at % 4}/w${at % 9}`, `n${(at * 7) % 5}/w${(at * 3) % 4}`, verdicts[at % 4]));
      }
      rows.advance();
      while (!traffic.advance(rows, ring.first, 40));
      expect(told(graphOf(traffic.ways))).toEqual(recount(ring, predicate));
    }
  });

  it("goes on with a search that finds older rows later, and with rows put below the oldest", () => {
    const ring = new Ring(100);
    for (let nth = 0; nth < 40; nth += 1) ring.push(flow(`a/w${nth % 3}`, "b/x"));
    const rows = new Matches(ring, null);
    const traffic = new Traffic(100);
    expect(traffic.advance(rows, ring.first, 10)).toBe(false);
    for (let nth = 0; nth < 20; nth += 1) ring.prepend(flow("old/w", "b/x", "DROPPED"));
    while (!traffic.advance(rows, ring.first, 10));
    expect(told(graphOf(traffic.ways))).toEqual(recount(ring, null));
  });

  it("counts an answer on the way of its connection", () => {
    const ring = new Ring(10);
    ring.push(flow("a/x", "b/y"));
    ring.push({ ...flow("b/y", "a/x"), is_reply: true });
    const traffic = new Traffic(10);
    traffic.advance(new Matches(ring, null), 0, 100);
    expect(told(graphOf(traffic.ways))).toEqual(["a/x b/y 2 0"]);
  });

  it("tells how answers did on a way, of the rows that are there", () => {
    const answer = (ms: number, code: number): Flow => ({
      ...flow("b/y", "a/x"),
      is_reply: true,
      l7: { type: "RESPONSE", latency_ns: String(ms * 1e6), http: { code } },
    });
    const ring = new Ring(102);
    const rows = new Matches(ring, null);
    const traffic = new Traffic(102);
    const summary = (): AnswerSummary | null => {
      while (!traffic.advance(rows, ring.first, 40));
      return graphOf(traffic.ways).edges[0]?.answers ?? null;
    };
    ring.push(flow("a/x", "b/y"));
    expect(summary()).toBeNull();
    ring.push({ ...flow("a/x", "b/y"), l7: { type: "REQUEST", http: { code: 0 } } });
    ring.push({ ...answer(0, 200), l7: { type: "RESPONSE", dns: {} } });
    expect(summary()).toEqual({ count: 1, failed: 0, p50_ns: null, p95_ns: null });
    for (let ms = 1; ms <= 100; ms += 1) ring.push(answer(ms, ms > 98 ? 503 : 200));
    const { count, failed, p50_ns: half, p95_ns: most } = summary() ?? {};
    expect([count, failed]).toEqual([101, 2]);
    expect(Math.abs((half ?? 0) / 50e6 - 1)).toBeLessThan(0.1);
    expect(Math.abs((most ?? 0) / 95e6 - 1)).toBeLessThan(0.1);
    for (let nth = 0; nth < 101; nth += 1) ring.push(flow("a/x", "b/y"));
    expect(summary()).toEqual(expect.objectContaining({ count: 1, failed: 1 }));
  });

  it.each([1, 999, 1_000, 123_456, 5e9, 1e15])(
    "holds a latency of %f ns within a tenth, or at the scale's end",
    (ns) => {
      const answers = new Answers();
      answers.add(answerOf({ l7: { type: "RESPONSE", latency_ns: String(ns) } }));
      const least = 1_000;
      const told = answers.summary()?.p50_ns ?? 0;
      if (ns >= least && ns < 1e12) expect(Math.abs(told / ns - 1)).toBeLessThan(0.1);
      else expect(told).toBeGreaterThan(0);
    },
  );

  it("begins anew when the rows are cleared", () => {
    const ring = new Ring(10);
    const rows = new Matches(ring, null);
    const traffic = new Traffic(10);
    ring.push(flow("a/x", "b/y"));
    traffic.advance(rows, ring.first, 100);
    ring.clear();
    traffic.advance(rows, ring.first, 100);
    expect([...traffic.ways]).toEqual([]);
    ring.push(flow("c/x", "b/y"));
    traffic.advance(rows, ring.first, 100);
    expect(told(graphOf(traffic.ways))).toEqual(["c/x b/y 1 0"]);
  });

  it("knows over which time its flows came", () => {
    const ring = new Ring(10);
    for (const second of [0, 4, 2]) ring.push({ ...flow("a/x", "b/y"), time: `2026-01-02T03:04:0${second}Z` });
    ring.push(flow("a/x", "b/y"));
    const traffic = new Traffic(10);
    expect(traffic.spanSeconds()).toBe(1);
    traffic.advance(new Matches(ring, null), 0, 100);
    expect(traffic.spanSeconds()).toBe(4);
  });
});

/** A cluster of `areas` namespaces with `each` workloads, in which everyone calls a few others. */
function cluster(areas: number, each: number): Graph {
  const ring = new Ring(areas * each * 4);
  for (let area = 0; area < areas; area += 1) {
    for (let nth = 0; nth < each; nth += 1) {
      for (let call = 1; call <= 3; call += 1) {
        const other = (area + (nth % 3) * call) % areas;
        ring.push(flow(`n${area}/w${nth}`, `n${other}/w${(nth + call) % each}`));
      }
    }
  }
  const traffic = new Traffic(ring.capacity);
  traffic.advance(new Matches(ring, null), 0, ring.capacity);
  return graphOf(traffic.ways);
}

describe("a graph", () => {
  it("shows the busiest places and sums up the rest, without losing a flow", () => {
    const ring = new Ring(10_000);
    for (let nth = 0; nth < 50; nth += 1) {
      for (let times = 0; times <= nth; times += 1)
        ring.push(flow(`a/w${nth}`, "b/x", times === 0 ? "DROPPED" : "AUDIT"));
    }
    const traffic = new Traffic(10_000);
    traffic.advance(new Matches(ring, null), 0, 10_000);
    const graph = graphOf(traffic.ways, 11, 5);
    expect(graph.nodes.length).toBe(12);
    const rest = graph.nodes.find(({ places }) => places > 1);
    expect([rest?.place.area, rest?.places]).toEqual(["a", 40]);
    expect(graph.edges.length).toBe(5);
    expect(graph.edgesLeftOut).toBe(6);
    const whole = graphOf(traffic.ways, 11);
    expect(whole.edges.reduce((sum, { flows }) => sum + flows, 0)).toBe(ring.end);
    expect(whole.edges.reduce((sum, { bad, audited }) => sum + bad + audited, 0)).toBe(ring.end);
    expect(whole.edges[0]?.bad).toBe(40);
  });

  it("keeps names apart that could pass for each other", () => {
    const ring = new Ring(10);
    ring.push(flow('a","b/x', "a/y"));
    ring.push({ source: end("a", 'b","x'), destination: end('a","b', "x") });
    const traffic = new Traffic(10);
    traffic.advance(new Matches(ring, null), 0, 10);
    const { nodes } = graphOf(traffic.ways);
    expect(new Set(nodes.map(({ key }) => key)).size).toBe(nodes.length);
  });
});

describe("a layout", () => {
  const boxes = ({ areas }: MapLayout): readonly Box[] => [...areas.values()];

  function overlapping(some: readonly Box[]): number {
    return some.flatMap((a, index) =>
      some
        .slice(index + 1)
        .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height),
    ).length;
  }

  it.each([
    [1, 1],
    [3, 4],
    [20, 15],
    [60, 5],
  ])("of %d areas with %d places each lets nothing overlap, and keeps each place in its area", (areas, each) => {
    for (const aspect of [0.5, 1, 4]) {
      const graph = cluster(areas, each);
      const layout = layoutOf(graph, aspect);
      expect(layout.nodes.size).toBe(graph.nodes.length);
      expect(overlapping(boxes(layout))).toBe(0);
      const places = [...layout.nodes.values()].map((spot) => ({ ...spot, width: NODE_WIDTH, height: NODE_HEIGHT }));
      expect(overlapping(places)).toBe(0);
      for (const { key, place } of graph.nodes) {
        const spot = layout.nodes.get(key);
        const box = layout.areas.get(place.area);
        if (spot === undefined || box === undefined) throw new Error(`${key} has no place`);
        expect(spot.x > box.x && spot.x + NODE_WIDTH < box.x + box.width).toBe(true);
        expect(spot.y > box.y && spot.y + NODE_HEIGHT < box.y + box.height).toBe(true);
      }
    }
  });

  it("is the same for the same graph", () => {
    expect(layoutOf(cluster(8, 5), 3)).toEqual(layoutOf(cluster(8, 5), 3));
  });

  it("moves what stands there no farther than a newcomer needs", () => {
    const before = layoutOf(cluster(8, 5), 3);
    const after = layoutOf(cluster(9, 5), 3, before);
    expect(overlapping(boxes(after))).toBe(0);
    const moved = [...before.areas].filter(([area, box]) => {
      const now = after.areas.get(area);
      return now === undefined || Math.hypot(now.x - box.x, now.y - box.y) > 600;
    });
    expect(moved.length).toBeLessThan(4);
  });

  it("has bounds, unless there is nothing", () => {
    expect(boundsOf(layoutOf({ nodes: [], edges: [] }, 3))).toBeNull();
    const bounds = boundsOf(layoutOf(cluster(2, 2), 3));
    expect(bounds?.width).toBeGreaterThan(2 * NODE_WIDTH);
  });
});

describe("the drawing", () => {
  it("fits into its window, in the middle of it", () => {
    const view = fitted({ x: 100, y: -50, width: 1_000, height: 200 }, 500, 400);
    expect(view.scale).toBeCloseTo(0.468);
    expect((100 + 500) * view.scale + view.x).toBeCloseTo(250);
    expect((-50 + 100) * view.scale + view.y).toBeCloseTo(200);
  });

  it("zooms around a point that stays where it is, within reason", () => {
    const view = zoomed({ x: 10, y: 20, scale: 1 }, 2, 110, 120);
    expect(view).toEqual({ x: -90, y: -80, scale: 2 });
    expect(zoomed(view, 1e9, 0, 0).scale).toBeLessThan(5);
    expect(zoomed(view, 1e-9, 0, 0).scale).toBeGreaterThan(0.01);
  });

  it("goes to the nearest place in the direction of an arrow", () => {
    const spots = new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: 100, y: 10 }],
      ["c", { x: 90, y: 300 }],
      ["d", { x: 0, y: 50 }],
    ]);
    expect(neighbour(spots, "a", "ArrowRight")).toBe("b");
    expect(neighbour(spots, "a", "ArrowDown")).toBe("d");
    expect(neighbour(spots, "b", "ArrowLeft")).toBe("a");
    expect(neighbour(spots, "a", "ArrowLeft")).toBeUndefined();
    expect(neighbour(spots, "a", "x")).toBeUndefined();
    expect(neighbour(spots, "gone", "ArrowLeft")).toBeUndefined();
  });

  it("draws lines of numbers and nothing else", () => {
    const spots = [
      { x: 0, y: 0 },
      { x: 500, y: 40 },
      { x: 20, y: 300 },
    ];
    for (const from of spots) for (const to of spots) expect(curve(from, to)).toMatch(/^[MCc0-9., -]+$/);
  });

  it.each([
    [0, "0"],
    [999, "999"],
    [1_234, "1.2k"],
    [100_000, "100k"],
    [3_400_000, "3.4M"],
  ])("tells %d as %j", (count, text) => {
    expect(shortCount(count)).toBe(text);
  });
});

describe("a click on the map", () => {
  let filter: FilterStore;
  beforeEach(() => {
    filter = new FilterStore(() => 0);
  });
  const graph = cluster(2, 2);
  const [first, second] = graph.nodes;
  const edge = graph.edges[0];
  if (first === undefined || second === undefined || edge === undefined) throw new Error("the cluster is empty");

  it("asks for one place in the place of another, and lets the rest of the filter be", () => {
    filter.setText("--verdict DROPPED --to-namespace x");
    ask(filter, nodeChoices(first));
    expect(filter.text).toBe("--verdict DROPPED --namespace n0 --workload w0");
    ask(filter, nodeChoices(second));
    expect(filter.text).toBe("--verdict DROPPED --namespace n0 --workload w1");
    expect(isAsked(filter, nodeChoices(second))).toBe(true);
    ask(filter, nodeChoices(second));
    expect(filter.text).toBe("--verdict DROPPED");
  });

  it("asks for a way by both of its ends, and can be taken back", () => {
    ask(filter, edgeChoices(edge));
    expect(filter.text).toMatch(/^--from-namespace n\d --from-workload w\d --to-namespace n\d --to-workload w\d$/);
    expect(filter.problems).toEqual([]);
    askNowhere(filter);
    expect(filter.text).toBe("");
  });

  it.each<[string, Endpoint | undefined, readonly string[], string]>([
    ["an entity", { identity: 7 }, [], "--identity kube-apiserver"],
    ["a name", { identity: 2 }, ["a.example."], "--fqdn a.example"],
    ["nothing that is known", undefined, [], ""],
  ])("asks for %s", (_, endpoint, names, text) => {
    const place = placeOf({ endpoint, names, ip: undefined, port: undefined });
    ask(filter, nodeChoices({ ...first, place }));
    expect(filter.text).toBe(text);
    expect(filter.problems).toEqual([]);
  });
});
