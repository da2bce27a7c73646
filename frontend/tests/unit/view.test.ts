import { runInAction } from "mobx";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { FilterStore } from "../../src/stores/filter";
import { FlowsStore } from "../../src/stores/flows";
import { ViewStore } from "../../src/stores/view";
import type { Flow } from "../../src/wire/flow";
import { batch, BUDGET, KEY, LANE } from "./samples";

let flows: FlowsStore;
let filter: FilterStore;
let view: ViewStore;
let wake: ReturnType<typeof vi.fn<() => void>>;
let first: number;

beforeEach(() => {
  flows = new FlowsStore(10);
  filter = new FilterStore();
  wake = vi.fn<() => void>();
  view = new ViewStore(flows, filter, () => 0, wake);
  first = 0;
  return () => {
    view.dispose();
  };
});

function come(...nodes: string[]): void {
  const added: Flow[] = nodes.map((node) => ({ source: { pod_name: node } }));
  flows.receive(LANE, KEY, batch(first, added), 0);
  first += nodes.length;
  runInAction(() => view.advance(flows.commit(BUDGET).changed));
  view.tick();
}

function shown(): (string | undefined)[] {
  return Array.from({ length: view.rows.count }, (_, index) => view.rows.at(index)?.flow.source?.pod_name);
}

describe("the view", () => {
  it("follows, newest first", () => {
    come("a");
    come("b", "c");
    expect(shown()).toEqual(["c", "b", "a"]);
    expect(view.counts).toEqual({ matching: 3, kept: 3, fresh: 0, complete: true });
  });

  it("while held shows what was there, even when the ring has long let it go", () => {
    come("a", "b");
    view.hold("button");
    for (let index = 0; index < 30; index += 1) come(`n${index}`);
    expect(shown()).toEqual(["b", "a"]);
    expect(view.counts).toMatchObject({ matching: 2, kept: 2, fresh: 30 });
    view.resume();
    expect(shown()[0]).toBe("n29");
    expect(view.counts).toMatchObject({ kept: 10, fresh: 0 });
  });

  it("goes on only when every reason to hold is gone", () => {
    come("a");
    view.hold("scroll");
    view.hold("button");
    come("b");
    view.release("scroll");
    expect(shown()).toEqual(["a"]);
    view.release("button");
    expect(shown()).toEqual(["b", "a"]);
  });

  it("is held by a selection, and let go by stepping back from it", () => {
    come("a", "b");
    view.select(view.rows.at(1) ?? null);
    view.openDetails();
    come("c");
    expect(shown()).toEqual(["b", "a"]);
    expect(view.selected?.flow.source?.pod_name).toBe("a");
    expect(view.back()).toBe(true);
    expect([view.detailsOpen, view.held]).toEqual([false, true]);
    expect(view.back()).toBe(true);
    expect([view.selected, view.held]).toEqual([null, false]);
    expect(view.back()).toBe(false);
    expect(shown()).toEqual(["c", "b", "a"]);
  });

  it("opens no details of nothing", () => {
    view.openDetails();
    expect(view.detailsOpen).toBe(false);
  });

  it("filters what is there and what comes, live and held", () => {
    come("cart-1", "pay-1");
    filter.setText("CART");
    expect(wake).toHaveBeenCalled();
    expect(shown()).toEqual(["cart-1"]);
    come("cart-2", "pay-2");
    expect(shown()).toEqual(["cart-2", "cart-1"]);
    expect(view.counts).toMatchObject({ matching: 2, kept: 4 });
    view.togglePause();
    come("cart-3", "pay-3", "cart-4");
    expect(view.counts).toMatchObject({ matching: 2, fresh: 2 });
    filter.setText("pay");
    expect(shown()).toEqual(["pay-2", "pay-1"]);
    runInAction(() => view.advance(false));
    view.tick();
    expect(view.counts.fresh).toBe(1);
    filter.setText("");
    view.togglePause();
    expect(shown()).toEqual(["cart-4", "pay-3", "cart-3", "pay-2", "cart-2", "pay-1", "cart-1"]);
  });

  it("goes back to the top when it resumes and when the filter changes", () => {
    view.hold("scroll");
    view.resume();
    expect(view.topRequests).toBe(1);
    filter.setText("x");
    expect(view.topRequests).toBe(2);
    expect(view.held).toBe(false);
  });

  it("cleared is empty, and follows again", () => {
    come("a");
    view.select(view.rows.at(0) ?? null);
    view.clear();
    expect(shown()).toEqual([]);
    expect([view.held, view.selected]).toEqual([false, null]);
    come("b");
    expect(shown()).toEqual(["b"]);
  });

  it("shows a gap between the rows that frame it, whatever the filter", () => {
    come("a", "b");
    flows.gaps.add({ id: "", kind: "queue", node: "", count: 3, firstMs: null, lastMs: null }, flows.ring.end, 0);
    come("c", "b");
    const texts = (): (string | number | null | undefined)[] =>
      Array.from({ length: view.rows.count }, (_, index) => {
        const row = view.rows.at(index);
        return row?.gap === undefined ? row?.flow.source?.pod_name : row.gap.count;
      });
    expect(texts()).toEqual(["b", "c", 3, "b", "a"]);
    for (let index = 0; index < 5; index += 1) expect(view.rows.indexOf(view.rows.at(index)?.seq ?? NaN)).toBe(index);
    expect(view.counts).toMatchObject({ matching: 4, kept: 4 });
    filter.setText("b");
    expect(texts()).toEqual(["b", 3, "b"]);
    view.select(view.rows.at(1) ?? null);
    view.openDetails();
    expect([view.detailsOpen, view.selected?.gap?.count]).toEqual([true, 3]);
  });

  it("while held is not moved by a gap that is told now", () => {
    come("a", "b");
    view.hold("button");
    flows.gaps.add({ id: "", kind: "queue", node: "", count: 3, firstMs: null, lastMs: null }, 1, 0);
    come("c");
    expect(shown()).toEqual(["b", "a"]);
    view.resume();
    expect(view.rows.count).toBe(4);
  });

  it("takes in older rows, following and held", () => {
    come("b");
    runInAction(() => flows.prepend([{ source: { pod_name: "a" } }]));
    runInAction(() => view.advance(true));
    expect(shown()).toEqual(["b", "a"]);
    view.hold("scroll");
    runInAction(() => {
      view.extendDown([{ source: { pod_name: "0" } }]);
    });
    expect(shown()).toEqual(["b", "a", "0"]);
    expect(wake).toHaveBeenCalled();
  });

  it("shows a part of the past, and then goes on live", () => {
    come("c", "d");
    view.showPast([{ source: { pod_name: "x" } }, { source: { pod_name: "y" } }]);
    come("e");
    expect(shown()).toEqual(["y", "x"]);
    view.extendUp([{ source: { pod_name: "z" } }]);
    expect(shown()).toEqual(["z", "y", "x"]);
    filter.setText("y");
    expect(shown()).toEqual(["y"]);
    filter.setText("");
    view.resume();
    expect(shown()).toEqual(["e", "d", "c"]);
  });
});
