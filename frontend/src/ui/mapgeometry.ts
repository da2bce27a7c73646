/**
 * Lines between places, and which place lies in which direction.
 */

import { NODE_HEIGHT, NODE_WIDTH, type Box, type Spot } from "../map/layout";

/** How the drawing lies in its window: a point `p` of it is at `p * scale + (x, y)`. */
export interface Viewport extends Spot {
  readonly scale: number;
}

export const SCALE_MIN = 0.05;
export const SCALE_MAX = 2.5;

/** Room around the drawing when all of it is in sight, in pixels. */
const MARGIN_PX = 16;

/** Larger than life helps nobody. */
const SCALE_FIT_MAX = 1.15;

export function fitted(bounds: Box, widthPx: number, heightPx: number): Viewport {
  const scale = Math.max(
    SCALE_MIN,
    Math.min(SCALE_FIT_MAX, (widthPx - 2 * MARGIN_PX) / bounds.width, (heightPx - 2 * MARGIN_PX) / bounds.height),
  );
  return {
    scale,
    x: (widthPx - bounds.width * scale) / 2 - bounds.x * scale,
    y: (heightPx - bounds.height * scale) / 2 - bounds.y * scale,
  };
}

/** Larger or smaller around a point of the window that stays where it is. */
export function zoomed({ x, y, scale }: Viewport, factor: number, atX: number, atY: number): Viewport {
  const next = Math.max(SCALE_MIN, Math.min(SCALE_MAX, scale * factor));
  const by = next / scale;
  return { scale: next, x: atX - (atX - x) * by, y: atY - (atY - y) * by };
}

/** A curve from one place to another, by the sides that face each other. */
export function curve(from: Spot, to: Spot): string {
  const middle = NODE_HEIGHT / 2;
  if (from.x === to.x && from.y === to.y) {
    const x = from.x + NODE_WIDTH;
    return `M${x},${from.y + 6} c26,-14 26,26 0,12`;
  }
  const apart = to.x - from.x;
  if (Math.abs(apart) < NODE_WIDTH) {
    // One above the other: round the right side.
    const x1 = from.x + NODE_WIDTH;
    const x2 = to.x + NODE_WIDTH;
    const out = Math.max(x1, x2) + 18 + Math.min(40, Math.abs(to.y - from.y) / 8);
    return `M${x1},${from.y + middle} C${out},${from.y + middle} ${out},${to.y + middle} ${x2 + 2},${to.y + middle}`;
  }
  const forward = apart > 0;
  const x1 = forward ? from.x + NODE_WIDTH : from.x;
  const x2 = forward ? to.x - 2 : to.x + NODE_WIDTH + 2;
  const bend = Math.max(30, Math.abs(x2 - x1) * 0.45) * (forward ? 1 : -1);
  return `M${x1},${from.y + middle} C${x1 + bend},${from.y + middle} ${x2 - bend},${to.y + middle} ${x2},${to.y + middle}`;
}

const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ...{ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] },
};

/** The nearest place in the direction of an arrow key; undefined where there is none, or the key is no arrow. */
export function neighbour(spots: ReadonlyMap<string, Spot>, from: string, key: string): string | undefined {
  const direction = DIRECTIONS[key];
  const start = spots.get(from);
  if (direction === undefined || start === undefined) return undefined;
  let best: string | undefined;
  let bestCost = Infinity;
  for (const [name, spot] of spots) {
    const dx = spot.x - start.x;
    const dy = spot.y - start.y;
    const along = dx * direction[0] + dy * direction[1];
    if (along <= 0) continue;
    const aside = Math.abs(dx * direction[1]) + Math.abs(dy * direction[0]);
    const cost = along + 2 * aside;
    if (cost < bestCost) {
      bestCost = cost;
      best = name;
    }
  }
  return best;
}
