/**
 * Which other flows belong to one: of the same connection, between the same two ends, about the same DNS name.
 */

import { protocolOf } from "../flow/summary";
import type { Endpoint, Flow } from "../wire/flow";

export interface Relation {
  readonly id: "connection" | "pair" | "name";
  /** For example "Same connection, both ways". */
  readonly title: string;
  readonly test: (flow: Flow) => boolean;
  /** The same as filters of Hubble's own, one of which has to match; empty where they can't say it. */
  readonly filters: readonly Readonly<Record<string, readonly string[]>>[];
}

/** The relations that a flow has enough fields for. */
export function relationsOf(flow: Flow): readonly Relation[] {
  return [connection(flow), pair(flow), name(flow)].filter((relation) => relation !== null);
}

function portsOf({ l4 }: Flow): { readonly source_port?: number; readonly destination_port?: number } | undefined {
  return l4?.TCP ?? l4?.UDP ?? l4?.SCTP;
}

function connection(flow: Flow): Relation | null {
  const { source, destination } = flow.IP ?? {};
  const ports = portsOf(flow);
  const from = ports?.source_port;
  const to = ports?.destination_port;
  const protocol = protocolOf(flow);
  if (source === undefined || destination === undefined || from === undefined || to === undefined) return null;
  const one = (a: string, b: string, x: number, y: number): Relation["filters"][number] => ({
    ...{ source_ip: [a], destination_ip: [b], source_port: [String(x)], destination_port: [String(y)] },
    protocol: [protocol.toLowerCase()],
  });
  return {
    id: "connection",
    title: "Same connection, both ways",
    test: (other) => {
      const ip = other.IP;
      const others = portsOf(other);
      if (ip === undefined || others === undefined || protocolOf(other) !== protocol) return false;
      const { source_port: x, destination_port: y } = others;
      return (
        (x === from && y === to && ip.source === source && ip.destination === destination) ||
        (x === to && y === from && ip.source === destination && ip.destination === source)
      );
    },
    filters: [one(source, destination, from, to), one(destination, source, to, from)],
  };
}

/** What stays the same of an end over its connections. */
interface End {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly isPod: boolean;
  readonly ip: string | undefined;
}

function endOf(endpoint: Endpoint | undefined, ip: string | undefined): End | null {
  if (endpoint?.pod_name !== undefined) {
    return { namespace: endpoint.namespace, name: endpoint.pod_name, isPod: true, ip };
  }
  return ip === undefined ? null : { namespace: undefined, name: undefined, isPod: false, ip };
}

function pair(flow: Flow): Relation | null {
  const source = endOf(flow.source, flow.IP?.source);
  const destination = endOf(flow.destination, flow.IP?.destination);
  if (source === null || destination === null) return null;
  return {
    id: "pair",
    title: "Between the same two, both ways",
    test: (other) =>
      (isEnd(source, other.source, other.IP?.source) && isEnd(destination, other.destination, other.IP?.destination)) ||
      (isEnd(source, other.destination, other.IP?.destination) && isEnd(destination, other.source, other.IP?.source)),
    filters: [
      { ...sideFilter("source", source), ...sideFilter("destination", destination) },
      { ...sideFilter("source", destination), ...sideFilter("destination", source) },
    ],
  };
}

function isEnd(end: End, endpoint: Endpoint | undefined, ip: string | undefined): boolean {
  return end.isPod
    ? endpoint?.pod_name === end.name && endpoint?.namespace === end.namespace
    : ip === end.ip && endpoint?.pod_name === undefined;
}

function sideFilter(side: "source" | "destination", end: End): Readonly<Record<string, readonly string[]>> {
  return end.isPod
    ? { [`${side}_pod`]: [`${end.namespace ?? ""}/${end.name ?? ""}`] }
    : { [`${side}_ip`]: end.ip === undefined ? [] : [end.ip] };
}

/** Names that a flow is about, without the dot at their end. */
function namesOf(flow: Flow): readonly string[] {
  const query = flow.l7?.dns?.query;
  const names = query === undefined ? (flow.destination_names ?? []) : [query];
  return names.map(plainName);
}

function plainName(text: string): string {
  return text.endsWith(".") ? text.slice(0, -1).toLowerCase() : text.toLowerCase();
}

function name(flow: Flow): Relation | null {
  const [about] = [...namesOf(flow), ...(flow.source_names ?? []).map(plainName)];
  if (about === undefined || about === "") return null;
  const among = (names: readonly string[] | undefined): boolean =>
    names?.some((one) => plainName(one) === about) === true;
  const isName = /^[a-z0-9_.-]+$/.test(about);
  return {
    id: "name",
    title: "Same DNS name",
    test: (other) => {
      const query = other.l7?.dns?.query;
      return (
        (query !== undefined && plainName(query) === about) ||
        among(other.destination_names) ||
        among(other.source_names)
      );
    },
    filters: isName
      ? [
          { dns_query: [`^${about.replaceAll(".", "\\.")}\\.?$`] },
          { source_fqdn: [about] },
          { destination_fqdn: [about] },
        ]
      : [],
  };
}
