/**
 * Values that the kept flows have, for completion: gathered from the newest rows when an operator begins to type, so that it costs nothing
 * while flows rush by.
 */

import { sourceOf, destinationOf } from "../flow/endpoint";
import type { Flow } from "../wire/flow";
import { portOf } from "./endpointtests";
import { policiesOf } from "./flowtests";
import {
  DROP_REASONS,
  EVENT_TYPES,
  HTTP_METHODS,
  PROTOCOLS,
  RESERVED_IDENTITIES,
  TCP_FLAGS,
  TRACE_POINTS,
  VERDICTS,
} from "./vocabulary";

/** Values by kind, the most frequent first. */
export type KnownValues = ReadonlyMap<string, readonly string[]>;

const ROWS_MAX = 4_000;
const VALUES_MAX = 400;
const VALUE_CHARACTERS_MAX = 253;

interface Rows {
  readonly first: number;
  readonly end: number;
  at(seq: number): { readonly flow: Flow } | undefined;
}

export function gatherValues(rows: Rows): KnownValues {
  const counts = new Map<string, Map<string, number>>();
  const note = (kind: string, value: string | number | undefined): void => {
    if (value === undefined || value === "" || String(value).length > VALUE_CHARACTERS_MAX) return;
    const text = String(value);
    let values = counts.get(kind);
    if (values === undefined) counts.set(kind, (values = new Map<string, number>()));
    const count = values.get(text);
    if (count !== undefined || values.size < VALUES_MAX) values.set(text, (count ?? 0) + 1);
  };
  for (let seq = rows.end - 1; seq >= Math.max(rows.first, rows.end - ROWS_MAX); seq -= 1) {
    const row = rows.at(seq);
    if (row !== undefined) noteFlow(row.flow, note);
  }
  const found = new Map<string, readonly string[]>();
  for (const [kind, values] of counts) {
    found.set(
      kind,
      [...values].sort((a, b) => b[1] - a[1]).map(([value]) => value),
    );
  }
  return found;
}

function noteFlow(flow: Flow, note: (kind: string, value: string | number | undefined) => void): void {
  note("drop-reason-desc", flow.drop_reason_desc);
  note("node-name", flow.node_name);
  note("uuid", flow.uuid);
  for (const side of [sourceOf(flow), destinationOf(flow)]) {
    const { endpoint, ip, names } = side;
    const namespace = endpoint?.namespace;
    const workload = endpoint?.workloads?.[0];
    note("namespace", namespace);
    if (endpoint?.pod_name !== undefined) note("pod", `${namespace ?? ""}/${endpoint.pod_name}`);
    if (workload?.name !== undefined) note("workload", `${workload.kind ?? ""}/${workload.name}`);
    note("cluster", endpoint?.cluster_name);
    note("ip", ip);
    for (const name of names) note("fqdn", name);
    for (const label of endpoint?.labels ?? []) note("label", label);
  }
  for (const service of [flow.source_service, flow.destination_service]) {
    if (service?.name !== undefined) note("service", `${service.namespace ?? ""}/${service.name}`);
  }
  note("port", portOf(flow, "destination") ?? undefined);
  for (const policy of policiesOf(flow)) note("policy", policy);
  note("http-status", flow.l7?.http?.code);
  note("http-method", flow.l7?.http?.method);
}

const FIXED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["verdict", VERDICTS],
  ["protocol", PROTOCOLS],
  ["traffic-direction", ["ingress", "egress"]],
  ["identity", [...RESERVED_IDENTITIES.keys()]],
  ["tcp-flags", [...TCP_FLAGS, "SYN,ACK"]],
  ["type", [...EVENT_TYPES.keys(), ...TRACE_POINTS.map((point) => `trace:${point}`)]],
  ["ip-version", ["v4", "v6", "none"]],
  ["since", ["30s", "1m", "5m", "15m", "1h"]],
  ["until", ["30s", "1m", "5m", "15m", "1h"]],
]);

/** Names that are offered behind what the flows have. */
const ALSO: ReadonlyMap<string, readonly string[]> = new Map([
  ["drop-reason-desc", DROP_REASONS],
  ["http-method", HTTP_METHODS],
  ["http-status", ["5+", "4+", "3+", "2+"]],
]);

/** Values for a flag, the likeliest first. */
export function valuesFor(flag: string, known: KnownValues): readonly string[] {
  const kind = flag === "snat-ip" ? "ip" : flag.replace(/^(from|to)-/, "");
  const fixed = FIXED.get(kind);
  if (fixed !== undefined) return fixed;
  return [...new Set([...(known.get(kind) ?? []), ...(ALSO.get(kind) ?? [])])];
}

/** Kinds that a bare word may be the beginning of. */
export const NAMED_KINDS = ["namespace", "pod", "workload", "service", "node-name", "fqdn", "policy"] as const;
