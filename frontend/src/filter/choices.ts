/**
 * What can be asked of a flow that an operator points at: the flags and values that it matches, by column of the table.
 */

import type { Flow } from "../wire/flow";
import type { Choice } from "./edit";
import { portOf, type Side } from "./endpointtests";
import { FLAGS_BY_NAME } from "./flags";
import { policiesOf } from "./flowtests";
import { requestPath } from "./requestpath";
import { EVENT_TYPES, EVENT_TYPE_TRACE, RESERVED_IDENTITIES, TCP_FLAGS, TRACE_POINTS } from "./vocabulary";

const NAMES_MAX = 3;

/** Longer values are nobody's, and would fill the filter. */
const VALUE_CHARACTERS_MAX = 500;

type Draft = readonly [flag: string, value: string | number | boolean | undefined];

const RESERVED_NAMES: ReadonlyMap<number, string> = new Map([...RESERVED_IDENTITIES].map(([name, id]) => [id, name]));

/** Columns by id, as the table names them; a column that is not listed here offers everything. */
const BY_COLUMN: ReadonlyMap<string, (flow: Flow) => readonly Draft[]> = new Map([
  ["time", timeDrafts],
  ["verdict", verdictDrafts],
  ["reason", (flow) => [...verdictDrafts(flow)].reverse()],
  ["source", (flow) => sideDrafts(flow, "source")],
  ["destination", (flow) => sideDrafts(flow, "destination")],
  ["port", portDrafts],
  ["protocol", (flow) => only(portDrafts(flow), ["protocol"])],
  ["summary", summaryDrafts],
  ["node", placeDrafts],
  ["direction", placeDrafts],
  ["policy", policyDrafts],
  ["event", eventDrafts],
  ["dns", (flow) => [...only(summaryDrafts(flow), ["dns-query"]), ...only(bothSides(flow), ["from-fqdn", "to-fqdn"])]],
  ["http_status", (flow) => only(summaryDrafts(flow), ["http-status"])],
  ["reply", (flow) => only(summaryDrafts(flow), ["reply"])],
  ["source_namespace", (flow) => only(sideDrafts(flow, "source"), ["from-namespace"])],
  ["destination_namespace", (flow) => only(sideDrafts(flow, "destination"), ["to-namespace"])],
  ["source_workload", (flow) => only(sideDrafts(flow, "source"), ["from-workload"])],
  ["destination_workload", (flow) => only(sideDrafts(flow, "destination"), ["to-workload"])],
  ["source_ip", (flow) => only(sideDrafts(flow, "source"), ["from-ip"])],
  ["destination_ip", (flow) => only(sideDrafts(flow, "destination"), ["to-ip"])],
  ["source_port", (flow) => only(portDrafts(flow), ["from-port"])],
  ["source_identity", (flow) => only(sideDrafts(flow, "source"), ["from-identity"])],
  ["destination_identity", (flow) => only(sideDrafts(flow, "destination"), ["to-identity"])],
  ["source_labels", (flow) => (flow.source?.labels ?? []).map((label): Draft => ["from-label", label])],
  ["destination_labels", (flow) => (flow.destination?.labels ?? []).map((label): Draft => ["to-label", label])],
  ["service", (flow) => only(sideDrafts(flow, "destination"), ["to-service"])],
  ["uuid", ({ uuid }) => [["uuid", uuid]]],
]);

/** The choices of one cell, the nearest first; each one matches the flow. */
export function cellChoices(flow: Flow, column: string): readonly Choice[] {
  const drafts = BY_COLUMN.get(column);
  return drafts === undefined ? rowChoices(flow) : usable(drafts(flow));
}

/** The choices of a whole row. */
export function rowChoices(flow: Flow): readonly Choice[] {
  return usable([
    ...verdictDrafts(flow),
    ...bothSides(flow),
    ...portDrafts(flow),
    ...summaryDrafts(flow),
    ...policyDrafts(flow),
    ...placeDrafts(flow),
    ...eventDrafts(flow),
    ...timeDrafts(flow),
  ]);
}

/** What a workload names may be no legal value; then there is no choice. */
function usable(drafts: readonly Draft[]): readonly Choice[] {
  const choices: Choice[] = [];
  for (const [flag, value] of drafts) {
    const known = FLAGS_BY_NAME.get(flag);
    if (known === undefined || value === undefined || value === "") continue;
    const text = value === true ? "" : String(value);
    if (text.length <= VALUE_CHARACTERS_MAX && known.read(text).ok) choices.push({ flag, value: text });
  }
  return choices;
}

function only(drafts: readonly Draft[], flags: readonly string[]): readonly Draft[] {
  return drafts.filter(([flag]) => flags.includes(flag));
}

function bothSides(flow: Flow): readonly Draft[] {
  return [...sideDrafts(flow, "source"), ...sideDrafts(flow, "destination")];
}

function eventDrafts({ event_type }: Flow): readonly Draft[] {
  const { type, sub_type = 0 } = event_type ?? {};
  const name = [...EVENT_TYPES].find(([, number]) => number === type)?.[0];
  const point = type === EVENT_TYPE_TRACE ? TRACE_POINTS[sub_type] : undefined;
  return [
    ["type", point === undefined ? undefined : `trace:${point}`],
    ["type", name],
  ];
}

function timeDrafts({ time }: Flow): readonly Draft[] {
  return [
    ["since", time],
    ["until", time],
  ];
}

function verdictDrafts(flow: Flow): readonly Draft[] {
  return [
    ["verdict", flow.verdict],
    ["drop-reason-desc", flow.verdict === "DROPPED" ? flow.drop_reason_desc : undefined],
  ];
}

function sideDrafts(flow: Flow, side: Side): readonly Draft[] {
  const prefix = side === "source" ? "from" : "to";
  const endpoint = flow[side];
  const workload = endpoint?.workloads?.[0];
  const service = flow[`${side}_service`];
  const identity = endpoint?.identity;
  return [
    [`${prefix}-pod`, inNamespace(endpoint?.namespace, endpoint?.pod_name)],
    [`${prefix}-workload`, workloadText(workload)],
    [`${prefix}-namespace`, endpoint?.namespace],
    [`${prefix}-service`, inNamespace(service?.namespace, service?.name)],
    ...(flow[`${side}_names`] ?? []).slice(0, NAMES_MAX).map((name): Draft => [`${prefix}-fqdn`, name]),
    [`${prefix}-ip`, flow.IP?.[side]],
    [`${prefix}-identity`, identity === undefined ? undefined : (RESERVED_NAMES.get(identity) ?? identity)],
  ];
}

/** A kind with a / in it can't be told from a name. */
export function workloadText(
  workload: { readonly kind?: string; readonly name?: string } | undefined,
): string | undefined {
  const { kind = "", name = "" } = workload ?? {};
  return name === "" || kind.includes("/") ? undefined : `${kind}/${name}`;
}

function inNamespace(namespace: string | undefined, name: string | undefined): string | undefined {
  return name === undefined || name === "" ? undefined : `${namespace ?? ""}/${name}`;
}

function portDrafts(flow: Flow): readonly Draft[] {
  const { l4, l7 } = flow;
  const layer4 = (Object.keys(l4 ?? {}) as (keyof NonNullable<Flow["l4"]>)[]).find((name) => l4?.[name] !== undefined);
  const layer7 = (["dns", "http", "kafka"] as const).find((name) => l7?.[name] !== undefined);
  return [
    ["to-port", portOf(flow, "destination") ?? undefined],
    ["from-port", portOf(flow, "source") ?? undefined],
    ["protocol", layer7],
    ["protocol", layer4?.toLowerCase()],
  ];
}

function summaryDrafts(flow: Flow): readonly Draft[] {
  const { http, dns } = flow.l7 ?? {};
  const path = http?.url === undefined ? null : requestPath(http.url);
  const flags = flow.l4?.TCP?.flags;
  const set = TCP_FLAGS.filter((flag) => flags?.[flag] === true);
  return [
    ["http-status", http?.code === 0 ? undefined : http?.code],
    ["http-method", http?.method],
    ["http-path", path === null || path === "" ? undefined : exactly(path)],
    ["dns-query", dns?.query === undefined ? undefined : exactly(dns.query)],
    ["tcp-flags", set.length === 0 ? undefined : set.join(",")],
    ["reply", flow.is_reply],
  ];
}

function policyDrafts(flow: Flow): readonly Draft[] {
  return policiesOf(flow)
    .slice(0, NAMES_MAX)
    .map((name): Draft => ["policy", name]);
}

function placeDrafts(flow: Flow): readonly Draft[] {
  return [
    [
      "traffic-direction",
      typeof flow.traffic_direction === "string" ? flow.traffic_direction.toLowerCase() : undefined,
    ],
    ["node-name", flow.node_name],
  ];
}

/** The regular expression that matches a text and nothing else. */
export function exactly(text: string): string {
  return `^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`;
}
