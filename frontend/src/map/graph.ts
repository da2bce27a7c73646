/**
 * The traffic as a graph of a size that can be looked at: the busiest places each on its own, the rest of an area as one.
 */

import { GROUPS } from "../chart/groups";
import { Answers, type AnswerSummary } from "./answers";
import type { Place } from "./place";
import type { Stop, Way } from "./traffic";

/** Places that are shown on their own. */
export const NODES_MAX = 300;

/** Edges that are drawn; the rest is counted. */
export const EDGES_MAX = 1_000;

/** Indexes of GROUPS that mean that something is wrong. */
const BAD_GROUPS = [GROUPS.indexOf("dropped"), GROUPS.indexOf("error")];

export interface GraphNode {
  /** The same as long as the place is there. */
  readonly key: string;
  readonly place: Place;
  /** How many places it stands for; 1 but for the rest of an area. */
  readonly places: number;
  readonly flows: number;
}

export interface GraphEdge {
  readonly key: string;
  readonly from: GraphNode;
  readonly to: GraphNode;
  readonly flows: number;
  /** Dropped, or failed in the proxy. */
  readonly bad: number;
  readonly audited: number;
  /** Null where no flow of layer 7 says anything of answers. */
  readonly answers: AnswerSummary | null;
}

export interface Graph {
  /** By area, then by name. */
  readonly nodes: readonly GraphNode[];
  /** The busiest first, those with something bad before all. */
  readonly edges: readonly GraphEdge[];
  /** Edges that are not drawn. */
  readonly edgesLeftOut: number;
}

export function graphOf(ways: Iterable<Way>, nodesMax = NODES_MAX, edgesMax = EDGES_MAX): Graph {
  const all = [...ways];
  const stops = new Set<Stop>();
  for (const { from, to } of all) stops.add(from).add(to);
  const busiest = [...stops].sort((a, b) => b.flows - a.flows || a.id - b.id);
  const own = new Set(busiest.slice(0, nodesMax));
  const nodes = new Map<string, Mutable<GraphNode>>();
  const nodeOf = new Map<Stop, Mutable<GraphNode>>();
  for (const stop of busiest) {
    const key = own.has(stop) ? nodeKey(stop.place) : restKey(stop.place.area);
    let node = nodes.get(key);
    if (node === undefined) {
      const place: Place = own.has(stop) ? stop.place : { area: stop.place.area, name: "others", kind: "unknown" };
      node = { key, place, places: 0, flows: 0 };
      nodes.set(key, node);
    }
    node.places += 1;
    node.flows += stop.flows;
    nodeOf.set(stop, node);
  }
  const edges = new Map<string, Mutable<GraphEdge>>();
  const answersOf = new Map<string, Answers>();
  for (const way of all) {
    const from = nodeOf.get(way.from);
    const to = nodeOf.get(way.to);
    if (from === undefined || to === undefined) continue;
    const key = `${from.key} ${to.key}`;
    let edge = edges.get(key);
    if (edge === undefined) {
      edge = { key, from, to, flows: 0, bad: 0, audited: 0, answers: null };
      edges.set(key, edge);
    }
    edge.flows += way.flows;
    edge.bad += BAD_GROUPS.reduce((sum, group) => sum + (way.counts[group] ?? 0), 0);
    edge.audited += way.counts[GROUPS.indexOf("audit")] ?? 0;
    if (way.answers === null) continue;
    const answers = answersOf.get(key) ?? new Answers();
    answers.merge(way.answers);
    answersOf.set(key, answers);
  }
  for (const [key, answers] of answersOf) {
    const edge = edges.get(key);
    if (edge !== undefined) edge.answers = answers.summary();
  }
  const ordered = [...edges.values()].sort((a, b) => b.bad - a.bad || b.flows - a.flows || (a.key < b.key ? -1 : 1));
  return {
    nodes: [...nodes.values()].sort(byPlace),
    edges: ordered.slice(0, edgesMax),
    edgesLeftOut: Math.max(0, ordered.length - edgesMax),
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** JSON, so that no name can pass for another place. */
function nodeKey({ area, name }: Place): string {
  return JSON.stringify([area, name]);
}

function restKey(area: string): string {
  return JSON.stringify([area]);
}

function byPlace(a: GraphNode, b: GraphNode): number {
  return compare(a.place.area, b.place.area) || compare(a.place.name, b.place.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
