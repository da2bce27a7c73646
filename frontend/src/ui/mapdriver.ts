/**
 * Keeps the map in step with the rows that pass the filter: counts them as they come, and hands over a picture once a second.
 */

import { reaction } from "mobx";

import { graphOf, type Graph } from "../map/graph";
import { layoutOf, NO_LAYOUT, type MapLayout } from "../map/layout";
import { Traffic } from "../map/traffic";
import type { Session } from "../session/session";

/** How often the map is drawn. */
const PICTURE_MS = 1_000;

/** Older rows counted in one frame. */
const ROWS_AT_ONCE = 8_000;

export interface MapPicture {
  readonly graph: Graph;
  readonly layout: MapLayout;
  /** Over which the flows came. */
  readonly seconds: number;
}

export class MapDriver {
  readonly #session: Session;
  readonly #traffic: Traffic;
  readonly #aspect: () => number;
  readonly #onPicture: (picture: MapPicture) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #rows: Session["view"]["flowRows"] | null = null;
  #keys = "";
  #layout = NO_LAYOUT;
  #frame: number | null = null;
  /** While the drawing is held, as by a hand that drags it, it stays as it is. */
  #isHeld = false;
  readonly #stop: () => void;

  /** @param aspect width of the window by its height */
  constructor(session: Session, aspect: () => number, onPicture: (picture: MapPicture) => void) {
    this.#session = session;
    this.#aspect = aspect;
    this.#traffic = new Traffic(session.flows.ring.capacity);
    this.#onPicture = onPicture;
    this.#timer = setInterval(() => {
      if (document.visibilityState === "visible" && this.#count()) this.#tell();
    }, PICTURE_MS);
    this.#stop = reaction(
      () => ({ version: session.flows.version, rows: session.view.flowRows, complete: session.view.isComplete }),
      ({ rows }) => {
        // A frame's rows cost a fraction of a millisecond, a second's would be felt.
        const isOther = rows !== this.#rows;
        if (this.#count() && isOther) this.#tell();
      },
    );
    if (this.#count()) this.#tell();
  }

  dispose(): void {
    this.#stop();
    clearInterval(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
  }

  /** Takes in what came and went. @returns whether all rows are counted */
  #count(): boolean {
    const { view } = this.#session;
    // A search that goes on has yet to find the older ones.
    if (!view.isComplete || this.#frame !== null) return false;
    if (view.flowRows !== this.#rows) {
      this.#rows = view.flowRows;
      this.#traffic.restart();
    }
    if (this.#traffic.advance(this.#rows, view.source.first, ROWS_AT_ONCE)) return true;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      if (this.#count()) this.#tell();
    });
    return false;
  }

  /** Shows no other picture until it is let go. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
  }

  /** Lays everything out anew. */
  arrange(): void {
    this.#layout = NO_LAYOUT;
    this.#keys = "";
    if (this.#count()) this.#tell();
  }

  /** Whether the areas are about those that stand there, so that they may keep their places. */
  #isLike({ nodes }: Graph): boolean {
    const areas = new Set(nodes.map(({ place }) => place.area));
    const known = [...areas].filter((area) => this.#layout.areas.has(area)).length;
    return known * 2 >= areas.size && known * 2 >= this.#layout.areas.size;
  }

  #tell(): void {
    if (this.#isHeld) return;
    const graph = graphOf(this.#traffic.ways);
    const keys = graph.nodes.map(({ key }) => key).join("\n");
    if (keys !== this.#keys) {
      this.#keys = keys;
      this.#layout = layoutOf(graph, this.#aspect(), this.#isLike(graph) ? this.#layout : NO_LAYOUT);
    }
    this.#onPicture({ graph, layout: this.#layout, seconds: this.#traffic.spanSeconds() });
  }
}
