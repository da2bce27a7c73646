/**
 * The facets: what of a flow is counted, and which flag asks for it. A value's count is the number of kept rows that its flag lets through.
 */

import type { Facet, Value } from "../stores/facetcounts";
import type { Endpoint, Flow } from "../wire/flow";
import { exactly, workloadText } from "./choices";
import type { Choice } from "./edit";
import { portOf } from "./endpointtests";
import { FLAGS_BY_NAME } from "./flags";
import { policiesOf } from "./flowtests";
import { DROP_REASON_UNKNOWN, VERDICT_UNKNOWN } from "./vocabulary";

export interface FacetKind extends Facet {
  readonly title: string;
  readonly flag: string;
  /** The flag's value for a facet's value. */
  readonly flagValue?: (value: string) => string;
}

/** Values that workloads may invent at will are told apart up to this many. */
const VALUES_MAX = 4_096;
const PORTS_MAX = 65_536;
const VALUE_CHARACTERS_MAX = 253;

export const FACET_KINDS: readonly FacetKind[] = [
  single("verdict", "Verdict", "verdict", (flow) => flow.verdict ?? VERDICT_UNKNOWN),
  single("reason", "Drop reason", "drop-reason-desc", (flow) =>
    flow.verdict === "DROPPED" ? (flow.drop_reason_desc ?? DROP_REASON_UNKNOWN) : undefined,
  ),
  several("namespace", "Namespace", "namespace", 2, (flow, into) => {
    add(into, flow.source?.namespace);
    add(into, flow.destination?.namespace);
  }),
  several("workload", "Workload", "workload", 2, (flow, into) => {
    add(into, workloadOf(flow.source));
    add(into, workloadOf(flow.destination));
  }),
  several("protocol", "Protocol", "protocol", 2, protocols),
  single("port", "Destination port", "to-port", (flow) => portOf(flow, "destination") ?? undefined, PORTS_MAX),
  single("node", "Node", "node-name", (flow) => flow.node_name),
  single("direction", "Direction", "traffic-direction", ({ traffic_direction }) =>
    typeof traffic_direction === "string" && /^(IN|E)GRESS$/.test(traffic_direction)
      ? traffic_direction.toLowerCase()
      : undefined,
  ),
  several("policy", "Policy", "policy", 3, (flow, into) => {
    if (!hasPolicies(flow)) return;
    for (const policy of policiesOf(flow)) add(into, policy);
  }),
  several("name", "DNS name", "fqdn", 2, (flow, into) => {
    for (const name of flow.source_names ?? []) add(into, name);
    for (const name of flow.destination_names ?? []) add(into, name);
  }),
  { ...single("query", "DNS query", "dns-query", (flow) => flow.l7?.dns?.query), flagValue: exactly },
  single("status", "HTTP status", "http-status", ({ l7 }) => (l7?.http?.code === 0 ? undefined : l7?.http?.code)),
];

/** What to ask for to see a facet's value, null where no flag can: what a workload names may be no legal value. */
export function facetChoice(kind: FacetKind, value: string): Choice | null {
  const text = kind.flagValue?.(value) ?? value;
  return FLAGS_BY_NAME.get(kind.flag)?.read(text).ok === true ? { flag: kind.flag, value: text } : null;
}

function single(
  id: string,
  title: string,
  flag: string,
  valueOf: (flow: Flow) => Value | undefined,
  valuesMax = VALUES_MAX,
): FacetKind {
  const valuesOf: Facet["valuesOf"] = (flow, into) => {
    add(into, valueOf(flow));
  };
  return { id, title, flag, slots: 1, valuesMax, valuesOf };
}

function several(id: string, title: string, flag: string, slots: number, valuesOf: Facet["valuesOf"]): FacetKind {
  return { id, title, flag, slots, valuesMax: VALUES_MAX, valuesOf };
}

function add(into: Value[], value: Value | undefined): void {
  if (value === undefined || value === "") return;
  const short = typeof value === "string" && value.length > VALUE_CHARACTERS_MAX ? cutValue(value) : value;
  if (!into.includes(short)) into.push(short);
}

function cutValue(value: string): string {
  return value.slice(0, VALUE_CHARACTERS_MAX);
}

/** Texts of workloads by name and kind: they come again and again, and putting them together is what costs. */
let workloadTexts = new Map<string, Map<string, string | undefined>>();

function workloadOf(endpoint: Endpoint | undefined): string | undefined {
  const workload = endpoint?.workloads?.[0];
  if (workload?.name === undefined) return undefined;
  let byKind = workloadTexts.get(workload.name);
  if (byKind === undefined) {
    if (workloadTexts.size >= VALUES_MAX) workloadTexts = new Map();
    workloadTexts.set(workload.name, (byKind = new Map<string, string | undefined>()));
  }
  const kind = workload.kind ?? "";
  let text = byKind.get(kind);
  if (text === undefined) byKind.set(kind, (text = workloadText(workload)));
  return text;
}

const LAYER4_NAMES: Readonly<Record<string, string>> = {
  TCP: "tcp",
  UDP: "udp",
  SCTP: "sctp",
  ICMPv4: "icmpv4",
  ICMPv6: "icmpv6",
  VRRP: "vrrp",
  IGMP: "igmp",
};

function protocols({ l4, l7 }: Flow, into: Value[]): void {
  for (const key in l4) add(into, LAYER4_NAMES[key]);
  if (l7?.dns !== undefined) into.push("dns");
  if (l7?.http !== undefined) into.push("http");
  if (l7?.kafka !== undefined) into.push("kafka");
}

function hasPolicies(flow: Flow): boolean {
  return (
    flow.egress_allowed_by !== undefined ||
    flow.ingress_allowed_by !== undefined ||
    flow.egress_denied_by !== undefined ||
    flow.ingress_denied_by !== undefined
  );
}
