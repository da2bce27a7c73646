/**
 * What the drawing is made of: areas, places and ways. Each is drawn again only when something of it has changed that is seen.
 */

import { memo, type ReactNode } from "react";

import { cut } from "../flow/visible";
import type { GraphEdge, GraphNode } from "../map/graph";
import { NODE_HEIGHT, NODE_WIDTH, type Box, type Spot } from "../map/layout";
import { areaChoices } from "./mapfilter";
import { curve } from "./mapgeometry";
import { areaName, nodeName, nodePath, shortCount } from "./mapwords";

const NAME_CHARACTERS = 19;
const AREA_CHARACTERS = 24;
const LARGE_CHARACTERS = 18;

/** What the pointer and the keyboard do to the parts. The same object as long as the drawing is there. */
export interface PartEvents {
  readonly areaClicked: (area: string) => void;
  readonly edgeClicked: (key: string) => void;
  /** Null when the pointer has left it. */
  readonly edgePointed: (key: string | null) => void;
  readonly nodeClicked: (key: string) => void;
  /** By the pointer or by the keyboard; null when it has left it. */
  readonly nodePointed: (key: string | null) => void;
  readonly nodeFocused: (key: string) => void;
}

interface AreaProps {
  readonly area: string;
  readonly box: Box;
  readonly events: PartEvents;
}

export const Area = memo(function Area({ area, box, events }: AreaProps): ReactNode {
  return (
    <g
      className="map-area"
      data-asks={areaChoices(area).length > 0}
      onClick={() => {
        events.areaClicked(area);
      }}
    >
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx={10} />
      <text x={box.x + 12} y={box.y + 17}>
        {cut(areaName(area), AREA_CHARACTERS)}
      </text>
    </g>
  );
});

interface LargeNameProps {
  readonly area: string;
  readonly box: Box;
  readonly fontSize: number;
}

/** Of an area, for when names are too small to be read. */
export const LargeName = memo(function LargeName({ area, box, fontSize }: LargeNameProps): ReactNode {
  return (
    <text className="map-area-large" x={box.x + box.width / 2} y={box.y + box.height / 2} fontSize={fontSize}>
      {cut(areaName(area), LARGE_CHARACTERS)}
    </text>
  );
});

interface EdgeProps {
  readonly edge: GraphEdge;
  readonly from: Spot | undefined;
  readonly to: Spot | undefined;
  readonly lit: boolean;
  readonly width: number;
  readonly events: PartEvents;
}

/** What is seen of an edge besides where it lies. */
function toneOf({ bad, flows }: GraphEdge): "good" | "bad" | "all-bad" {
  if (bad === 0) return "good";
  return bad === flows ? "all-bad" : "bad";
}

function sameEdge(a: EdgeProps, b: EdgeProps): boolean {
  return (
    a.edge.key === b.edge.key &&
    a.from === b.from &&
    a.to === b.to &&
    a.lit === b.lit &&
    a.width === b.width &&
    toneOf(a.edge) === toneOf(b.edge)
  );
}

export const Edge = memo(function Edge({ edge, from, to, lit, width, events }: EdgeProps): ReactNode {
  if (from === undefined || to === undefined) return null;
  const line = curve(from, to);
  const tone = edge.bad > 0 ? "bad" : "good";
  return (
    <g
      className="map-edge"
      data-tone={tone}
      data-all-bad={toneOf(edge) === "all-bad"}
      data-lit={lit}
      data-testid="map-edge"
      onPointerEnter={() => {
        events.edgePointed(edge.key);
      }}
      onPointerLeave={() => {
        events.edgePointed(null);
      }}
      onClick={() => {
        events.edgeClicked(edge.key);
      }}
    >
      <path className="map-edge-hit" d={line} />
      <path className="map-edge-line" d={line} strokeWidth={width} markerEnd={`url(#map-arrow-${tone})`} />
    </g>
  );
}, sameEdge);

interface NodeProps {
  readonly node: GraphNode;
  readonly spot: Spot | undefined;
  /** Whether the Tab key comes to it. */
  readonly isStop: boolean;
  readonly asked: boolean;
  readonly events: PartEvents;
}

function sameNode(a: NodeProps, b: NodeProps): boolean {
  return (
    a.node.key === b.node.key &&
    a.node.places === b.node.places &&
    a.spot === b.spot &&
    a.isStop === b.isStop &&
    a.asked === b.asked &&
    shortCount(a.node.flows) === shortCount(b.node.flows)
  );
}

export const Node = memo(function Node({ node, spot, isStop, asked, events }: NodeProps): ReactNode {
  if (spot === undefined) return null;
  const flows = shortCount(node.flows);
  return (
    <g
      className="map-node"
      transform={`translate(${spot.x} ${spot.y})`}
      role="button"
      tabIndex={isStop ? 0 : -1}
      aria-pressed={asked}
      aria-label={`${nodePath(node)}, ${flows} flows`}
      data-key={node.key}
      data-testid="map-node"
      onPointerEnter={() => {
        events.nodePointed(node.key);
      }}
      onPointerLeave={() => {
        events.nodePointed(null);
      }}
      onFocus={() => {
        events.nodeFocused(node.key);
        events.nodePointed(node.key);
      }}
      onBlur={() => {
        events.nodePointed(null);
      }}
      onClick={() => {
        events.nodeClicked(node.key);
      }}
    >
      <title>{nodePath(node)}</title>
      <rect width={NODE_WIDTH} height={NODE_HEIGHT} rx={6} />
      <text className="map-node-name" x={9} y={16}>
        {cut(nodeName(node), NAME_CHARACTERS)}
      </text>
      <text className="map-node-count" x={NODE_WIDTH - 8} y={16}>
        {flows}
      </text>
    </g>
  );
}, sameNode);
