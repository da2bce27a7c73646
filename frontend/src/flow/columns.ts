/**
 * The columns that the table can show: what each one tells of a flow.
 */

import type { Flow, Policy } from "../wire/flow";
import { destinationOf, reservedName, sideText, sourceOf, type Side } from "./endpoint";
import { EVENT_TYPES, latencyText, protocolOf, summaryOf, words } from "./summary";
import { millisOf, relativeTime, ZoneClock } from "./time";
import { forCell } from "./visible";

/** How the time column tells the time. */
export type TimeFormat = "time" | "date" | "relative";

/** What a text may depend on besides the flow. */
export interface Reading {
  readonly clock: ZoneClock;
  readonly timeFormat: TimeFormat;
  /** Milliseconds since 1970, for relative times. */
  readonly nowMs: number;
}

export interface Column {
  readonly id: string;
  readonly title: string;
  /** What it shows, before it is cut for the cell. */
  readonly text: (flow: Flow, reading: Reading) => string;
  /** Pixels that it takes at the least. */
  readonly minPx: number;
  /** Share of the room that is left over; 0 keeps it at `minPx`. */
  readonly share: number;
}

function fixed(id: string, title: string, px: number, text: Column["text"]): Column {
  return { id, title, text, minPx: px, share: 0 };
}

function flexible(id: string, title: string, px: number, share: number, text: Column["text"]): Column {
  return { id, title, text, minPx: px, share };
}

export const ALL_COLUMNS: readonly Column[] = [
  fixed("time", "Time", 112, timeText),
  fixed("verdict", "Verdict", 122, verdictText),
  fixed("reason", "Drop reason", 136, (flow) => enumText(flow.drop_reason_desc)),
  flexible("source", "Source", 150, 1.2, (flow) => sideText(sourceOf(flow))),
  flexible("destination", "Destination", 150, 1.2, (flow) => sideText(destinationOf(flow))),
  fixed("port", "Port", 86, portText),
  flexible("policy", "Policy", 110, 0.7, policyText),
  flexible("summary", "Summary", 190, 1.5, summaryOf),
  fixed("direction", "Direction", 84, (flow) =>
    words(enumText(flow.traffic_direction)).replace("traffic direction ", ""),
  ),
  fixed("node", "Node", 120, (flow) => flow.node_name ?? ""),
  fixed("event", "Event", 104, eventText),
  fixed("protocol", "Protocol", 76, (flow) => protocolOf(flow)),
  flexible("dns", "DNS name", 140, 0.8, dnsText),
  fixed("http_status", "HTTP status", 90, (flow) => numberText(flow.l7?.http?.code)),
  fixed("latency", "Latency", 78, (flow) => (flow.l7?.latency_ns === undefined ? "" : latencyText(flow.l7.latency_ns))),
  fixed("reply", "Reply", 60, (flow) => (flow.is_reply === undefined ? "" : flow.is_reply ? "yes" : "no")),
  fixed("source_namespace", "Source namespace", 130, (flow) => flow.source?.namespace ?? ""),
  fixed("destination_namespace", "Dest. namespace", 130, (flow) => flow.destination?.namespace ?? ""),
  fixed("source_workload", "Source workload", 130, (flow) => workloadText(sourceOf(flow))),
  fixed("destination_workload", "Dest. workload", 130, (flow) => workloadText(destinationOf(flow))),
  fixed("source_ip", "Source IP", 120, (flow) => flow.IP?.source ?? ""),
  fixed("destination_ip", "Dest. IP", 120, (flow) => flow.IP?.destination ?? ""),
  fixed("source_port", "Source port", 86, (flow) => numberText(sourceOf(flow).port)),
  fixed("source_identity", "Source identity", 110, (flow) => numberText(flow.source?.identity)),
  fixed("destination_identity", "Dest. identity", 110, (flow) => numberText(flow.destination?.identity)),
  fixed("source_labels", "Source labels", 180, (flow) => flow.source?.labels?.join(", ") ?? ""),
  fixed("destination_labels", "Dest. labels", 180, (flow) => flow.destination?.labels?.join(", ") ?? ""),
  fixed("service", "Dest. service", 130, (flow) => pathText(flow.destination_service)),
  fixed("uuid", "UUID", 280, (flow) => flow.uuid ?? ""),
];

/** Columns by id. */
export const COLUMNS_BY_ID: ReadonlyMap<string, Column> = new Map(ALL_COLUMNS.map((column) => [column.id, column]));

/** What is shown until the reader chooses otherwise. */
export const DEFAULT_COLUMN_IDS: readonly string[] = [
  ...["time", "verdict", "reason", "source", "destination", "port", "policy", "summary"],
];

/** The columns shown until the reader chooses otherwise. */
export const COLUMNS: readonly Column[] = ALL_COLUMNS.filter(({ id }) => DEFAULT_COLUMN_IDS.includes(id));

const NO_POLICIES: readonly Policy[] = [];

/** Clock times in the browser's zone. */
export const LOCAL_READING: Reading = { clock: new ZoneClock("local"), timeFormat: "time", nowMs: 0 };

/** The texts of a row's cells, cut and made visible. */
export function cellTexts(
  flow: Flow,
  columns: readonly Column[] = COLUMNS,
  reading: Reading = LOCAL_READING,
): string[] {
  return columns.map((column) => forCell(column.text(flow, reading)));
}

/** The destination's port and the protocol, as `443/TCP`. */
export function portText(flow: Flow): string {
  const protocol = protocolOf(flow);
  const port = destinationOf(flow).port;
  return port === undefined ? protocol : `${port}/${protocol}`;
}

export function verdictText(flow: Flow): string {
  if (flow.verdict === undefined) return "UNKNOWN";
  const text = enumText(flow.verdict);
  return text.startsWith("VERDICT_") ? text.slice("VERDICT_".length) : text;
}

/** The policies that denied the flow, else those that allowed it, each as `shop/name`. */
export function policyText(flow: Flow): string {
  const denied = both(flow.egress_denied_by, flow.ingress_denied_by);
  if (denied.length > 0) return `✕ ${policyNames(denied)}`;
  return policyNames(both(flow.egress_allowed_by, flow.ingress_allowed_by));
}

/** Without a new list where one of them is all there is: each flow is put into words as it comes. */
function both(egress: readonly Policy[] = NO_POLICIES, ingress: readonly Policy[] = NO_POLICIES): readonly Policy[] {
  if (ingress.length === 0) return egress;
  return egress.length === 0 ? ingress : [...egress, ...ingress];
}

function policyNames(policies: readonly Policy[]): string {
  return policies.length === 0 ? "" : policies.map(pathText).join(", ");
}

function pathText(named: { readonly namespace?: string; readonly name?: string } | undefined): string {
  return [named?.namespace, named?.name].filter(Boolean).join("/");
}

function workloadText({ endpoint }: Side): string {
  return endpoint?.workloads?.[0]?.name ?? reservedName(endpoint) ?? "";
}

/** The name that was asked for, else the names that are known of the destination, else of the source. */
function dnsText(flow: Flow): string {
  const names = flow.destination_names ?? flow.source_names ?? [];
  return flow.l7?.dns?.query ?? names.join(", ");
}

function eventText(flow: Flow): string {
  const type = flow.event_type?.type;
  return type === undefined ? "" : (EVENT_TYPES[type] ?? `type ${type}`);
}

function timeText(flow: Flow, { clock, timeFormat, nowMs }: Reading): string {
  const ms = millisOf(flow.time);
  if (ms === null) return "";
  if (timeFormat === "relative") return relativeTime(ms, nowMs);
  return timeFormat === "date" ? clock.dateTime(ms) : clock.time(ms);
}

function enumText(value: string | number | undefined): string {
  return value === undefined ? "" : String(value);
}

function numberText(value: number | undefined): string {
  return value === undefined || value === 0 ? "" : String(value);
}
