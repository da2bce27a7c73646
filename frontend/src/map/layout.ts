/**
 * Where everything stands on the map: a box for each area with its places in tidy rows; the boxes find their places by forces, callers to the left of those
 * they call. What has a place keeps it as long as it can, so that the map does not jump while flows come.
 */

import { forceLink, forceManyBody, forceSimulation, forceX, forceY, type SimulationNodeDatum } from "d3-force";

import type { Graph, GraphEdge, GraphNode } from "./graph";

export const NODE_WIDTH = 168;
export const NODE_HEIGHT = 24;
export const AREA_HEAD = 26;

const NODE_GAP_X = 14;
const NODE_GAP_Y = 7;
const AREA_PADDING = 12;

/** Room between two boxes, for the edges. */
const AREA_GAP_X = 90;
const AREA_GAP_Y = 34;

/** Places that stand in one column before there is a second one. */
const COLUMN_ROWS = 6;

const TICKS_FIRST = 160;
const TICKS_AGAIN = 50;

/** Windows beyond these are laid out as if they were these. */
const ASPECT_MIN = 0.7;
const ASPECT_MAX = 5;

/** Farther than this nothing is spread to fill the window. */
const SPREAD_MAX = 2.2;

/** Passes of pushing boxes apart after the forces had their say. */
const APART_PASSES = 200;

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Top left corner and size, in units of the drawing. */
export interface Box extends Spot {
  readonly width: number;
  readonly height: number;
}

export interface MapLayout {
  /** By area. */
  readonly areas: ReadonlyMap<string, Box>;
  /** Top left corners, by the node's key. */
  readonly nodes: ReadonlyMap<string, Spot>;
}

export const NO_LAYOUT: MapLayout = { areas: new Map(), nodes: new Map() };

/** A box on its way: `x` and `y` are its middle. */
interface Body extends SimulationNodeDatum {
  readonly area: string;
  readonly nodes: readonly GraphNode[];
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  /** -1 where everything goes out of it, 1 where everything comes in. */
  readonly lean: number;
  x: number;
  y: number;
}

/**
 * @param aspect width of the window by its height
 * @param before where the areas stood; what has a place there keeps it as far as it can
 */
export function layoutOf(
  { nodes, edges }: Pick<Graph, "nodes" | "edges">,
  aspect: number,
  before: MapLayout = NO_LAYOUT,
): MapLayout {
  const bodies = bodiesOf(nodes, edges, before);
  const stretch = Math.sqrt(Math.max(ASPECT_MIN, Math.min(ASPECT_MAX, aspect)));
  settle(bodies, edges, stretch, before.areas.size === 0 ? TICKS_FIRST : TICKS_AGAIN);
  pushApart(bodies, stretch);
  fillWindow(bodies, aspect);
  const middles = new Map(bodies.map((body) => [body.area, body]));
  const areas = new Map<string, Box>();
  const spots = new Map<string, Spot>();
  for (const body of bodies) {
    const x = Math.round(body.x - body.width / 2);
    const y = Math.round(body.y - body.height / 2);
    areas.set(body.area, { x, y, width: body.width, height: body.height });
    for (const [index, node] of inOrder(body, edges, middles).entries()) {
      spots.set(node.key, {
        x: x + AREA_PADDING + (index % body.columns) * (NODE_WIDTH + NODE_GAP_X),
        y: y + AREA_HEAD + Math.floor(index / body.columns) * (NODE_HEIGHT + NODE_GAP_Y),
      });
    }
  }
  return { areas, nodes: spots };
}

/** The box around everything; null where there is nothing. */
export function boundsOf({ areas }: MapLayout): Box | null {
  const boxes = [...areas.values()];
  if (boxes.length === 0) return null;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}

function bodiesOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[], before: MapLayout): Body[] {
  const byArea = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const list = byArea.get(node.place.area);
    if (list === undefined) byArea.set(node.place.area, [node]);
    else list.push(node);
  }
  const leans = leansOf(edges);
  let nth = 0;
  return [...byArea].map(([area, list]) => {
    const columns = Math.max(1, Math.ceil(list.length / COLUMN_ROWS), Math.ceil(Math.sqrt(list.length / 4)));
    const balanced = list.length <= COLUMN_ROWS ? 1 : Math.min(columns, Math.ceil(Math.sqrt(list.length / 2)));
    const rows = Math.ceil(list.length / balanced);
    const width = balanced * (NODE_WIDTH + NODE_GAP_X) - NODE_GAP_X + 2 * AREA_PADDING;
    const height = AREA_HEAD + rows * (NODE_HEIGHT + NODE_GAP_Y) - NODE_GAP_Y + AREA_PADDING;
    const known = before.areas.get(area);
    const lean = leans.get(area) ?? 0;
    // New ones begin side by side, as windows are wide, and none where another is.
    nth += 1;
    const x = known === undefined ? lean * 400 + (nth % 2 === 0 ? 50 : -50) * nth : known.x + known.width / 2;
    const y = known === undefined ? 20 * Math.sqrt(nth) * Math.sin(2.4 * nth) : known.y + known.height / 2;
    const fixed = known === undefined ? {} : { fx: x, fy: y };
    return { area, nodes: list, columns: balanced, width, height, lean, x, y, ...fixed };
  });
}

function leansOf(edges: readonly GraphEdge[]): ReadonlyMap<string, number> {
  const sums = new Map<string, { in: number; out: number }>();
  const sum = (area: string): { in: number; out: number } => {
    const known = sums.get(area) ?? { in: 0, out: 0 };
    sums.set(area, known);
    return known;
  };
  for (const { from, to } of edges) {
    if (from.place.area === to.place.area) continue;
    sum(from.place.area).out += 1;
    sum(to.place.area).in += 1;
  }
  return new Map([...sums].map(([area, { in: ins, out }]) => [area, (ins - out) / (ins + out)]));
}

/** Lets the forces work in a square, which is then stretched to the window's shape. */
function settle(bodies: Body[], edges: readonly GraphEdge[], stretch: number, ticks: number): void {
  const links = new Map<string, { source: string; target: string; weight: number }>();
  for (const { from, to } of edges) {
    const [source, target] = [from.place.area, to.place.area];
    if (source === target) continue;
    const key = JSON.stringify(source < target ? [source, target] : [target, source]);
    const link = links.get(key);
    if (link === undefined) links.set(key, { source, target, weight: 1 });
    else link.weight += 1;
  }
  for (const body of bodies) {
    body.x /= stretch;
    body.y *= stretch;
    if (body.fx != null) body.fx = body.x;
    if (body.fy != null) body.fy = body.y;
  }
  const spread = 260 * Math.sqrt(bodies.length);
  forceSimulation(bodies)
    .force(
      "link",
      forceLink<Body, { source: string; target: string; weight: number }>([...links.values()])
        .id((body) => body.area)
        .distance(({ source, target }) => distance(source as unknown as Body, target as unknown as Body))
        .strength(({ weight }) => Math.min(0.5, 0.1 + weight * 0.05)),
    )
    .force("charge", forceManyBody<Body>().strength(-900))
    .force("x", forceX<Body>(({ lean }) => lean * spread).strength(0.12))
    .force("y", forceY<Body>(0).strength(0.1))
    .stop()
    .tick(ticks);
  for (const body of bodies) {
    body.x *= stretch;
    body.y /= stretch;
  }
}

function distance(a: Body, b: Body): number {
  return (a.width + b.width) / 2 + AREA_GAP_X;
}

/** Moves overlapping boxes apart, the way that is shorter in the window's shape, until none overlap. */
function pushApart(bodies: Body[], stretch: number): void {
  for (let pass = 0; pass < APART_PASSES; pass += 1) {
    let moved = false;
    for (const [index, a] of bodies.entries()) {
      for (const b of bodies.slice(index + 1)) {
        const overlapX = (a.width + b.width) / 2 + AREA_GAP_X - Math.abs(a.x - b.x);
        const overlapY = (a.height + b.height) / 2 + AREA_GAP_Y - Math.abs(a.y - b.y);
        if (overlapX <= 0.5 || overlapY <= 0.5) continue;
        moved = true;
        if (overlapX < overlapY * stretch) {
          const by = (a.x <= b.x ? -overlapX : overlapX) / 2;
          a.x += by;
          b.x -= by;
        } else {
          const by = (a.y <= b.y ? -overlapY : overlapY) / 2;
          a.y += by;
          b.y -= by;
        }
      }
    }
    if (!moved) return;
  }
}

/** Uses the room that the window has left: farther apart, nothing comes to overlap. */
function fillWindow(bodies: readonly Body[], aspect: number): void {
  const reach = (of: (body: Body) => number, size: (body: Body) => number): number =>
    Math.max(...bodies.map((body) => of(body) + size(body) / 2)) -
    Math.min(...bodies.map((body) => of(body) - size(body) / 2));
  const width = reach(
    ({ x }) => x,
    (body) => body.width,
  );
  const height = reach(
    ({ y }) => y,
    (body) => body.height,
  );
  const tooWide = width / height / aspect;
  for (const body of bodies) {
    if (tooWide > 1) body.y *= Math.min(SPREAD_MAX, tooWide);
    else body.x *= Math.min(SPREAD_MAX, 1 / tooWide);
  }
}

/** Places in the order in which their edges cross the least: by how high the other ends stand. */
function inOrder(body: Body, edges: readonly GraphEdge[], middles: ReadonlyMap<string, Body>): readonly GraphNode[] {
  if (body.nodes.length < 2) return body.nodes;
  const heights = new Map<string, { sum: number; count: number }>();
  const add = (node: GraphNode, other: GraphNode): void => {
    if (node.place.area !== body.area || other.place.area === body.area) return;
    const known = heights.get(node.key) ?? { sum: 0, count: 0 };
    known.sum += middles.get(other.place.area)?.y ?? body.y;
    known.count += 1;
    heights.set(node.key, known);
  };
  for (const { from, to } of edges) {
    add(from, to);
    add(to, from);
  }
  const height = ({ key }: GraphNode): number => {
    const known = heights.get(key);
    return known === undefined ? body.y : known.sum / known.count;
  };
  return [...body.nodes].sort((a, b) => height(a) - height(b) || (a.key < b.key ? -1 : 1));
}
