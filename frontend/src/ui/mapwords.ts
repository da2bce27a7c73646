/**
 * Places and ways of the map in words.
 */

import { inUnit } from "../flow/summary";
import { forCell } from "../flow/visible";
import type { AnswerSummary } from "../map/answers";
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
  if (edge.answers !== null) parts.push(...answerParts(edge.answers));
  return `${nodePath(edge.from)} → ${nodePath(edge.to)}: ${parts.join(", ")}`;
}

function answerParts({ count, failed, p50_ns: half, p95_ns: most }: AnswerSummary): string[] {
  const parts = [`${wholeText(count)} answers`];
  if (half !== null && most !== null) parts.push(`half within ${roughly(half)} and 95 % within ${roughly(most)}`);
  if (failed > 0) parts.push(`${wholeText(failed)} with HTTP 5xx`);
  return parts;
}

/** A latency to two digits, for example 410 µs, 3.1 ms or 12 s; "" for null. */
export function roughly(ns: number | null): string {
  if (ns === null) return "";
  const [value, unit] = inUnit(ns);
  return `${Number(value.toPrecision(2))} ${unit}`;
}

/** For example 87, 1.2k or 3M. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${Number((count / 1_000).toPrecision(2))}k`;
  return `${Number((count / 1_000_000).toPrecision(2))}M`;
}
