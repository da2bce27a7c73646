/**
 * Places and ways of the map in words.
 */

import { forCell } from "../flow/visible";
import type { GraphEdge, GraphNode } from "../map/graph";
import { CLUSTER, OUTSIDE, UNKNOWN } from "../map/place";
import { rateText, wholeText } from "./numbers";

export function areaName(area: string): string {
  if (area === OUTSIDE) return "outside of the cluster";
  if (area === CLUSTER) return "nodes and system";
  if (area === UNKNOWN) return "not known";
  return forCell(area);
}

export function nodeName({ place, places }: GraphNode): string {
  return places > 1 ? `${wholeText(places)} others` : forCell(place.name);
}

/** With its area, for example `shop/cart`. */
export function nodePath(node: GraphNode): string {
  const { area } = node.place;
  return [OUTSIDE, CLUSTER, UNKNOWN].includes(area) ? nodeName(node) : `${areaName(area)}/${nodeName(node)}`;
}

export function edgeWords(edge: GraphEdge, seconds: number): string {
  const parts = [`${wholeText(edge.flows)} flows`, `${rateText(edge.flows / seconds)}/s`];
  if (edge.bad > 0) parts.push(`${wholeText(edge.bad)} dropped or failed`);
  if (edge.audited > 0) parts.push(`${wholeText(edge.audited)} audited`);
  return `${nodePath(edge.from)} → ${nodePath(edge.to)}: ${parts.join(", ")}`;
}

/** For example 87, 1.2k or 3M. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${Number((count / 1_000).toPrecision(2))}k`;
  return `${Number((count / 1_000_000).toPrecision(2))}M`;
}
