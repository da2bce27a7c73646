/**
 * Every field of a flow that docs/messages.md keeps, put into words and grouped for the details panel. Fields that the flow lacks are left out.
 */

import type { Flow, Policy } from "../wire/flow";
import { verdictText } from "./columns";
import { destinationOf, reservedName, sourceOf, type Side } from "./endpoint";
import { layer7Drafts, type Draft } from "./layer7fields";
import { EVENT_TYPES, pointText, protocolOf, summaryOf, tcpFlagsText, words } from "./summary";
import { millisOf, type ZoneClock } from "./time";
import { cut, seen } from "./visible";

export interface Field {
  readonly label: string;
  /** For reading: cut and made visible. */
  readonly value: string;
  /** For copying: as it came. */
  readonly whole: string;
}

export interface FieldGroup {
  readonly title: string;
  readonly fields: readonly Field[];
}

/** Characters of a value in the panel; the JSON below it has more. */
const VALUE_CHARACTERS_MAX = 1_000;

/** What matched where a policy let a flow through. Source: cilium/cilium, pkg/monitor/api/types.go. */
const POLICY_MATCHES: Readonly<Record<number, string>> = {
  0: "none",
  1: "L3 only",
  2: "L3 and L4",
  3: "L4 only",
  4: "everything is allowed",
  5: "L3 and protocol",
  6: "protocol only",
};

/** @param clock tells the time in the reader's zone */
export function fieldGroups(flow: Flow, clock: ZoneClock): readonly FieldGroup[] {
  return [
    group("Flow", flowFields(flow, clock)),
    group("Source", sideFields(sourceOf(flow), flow.source_service)),
    group("Destination", sideFields(destinationOf(flow), flow.destination_service)),
    group("Transport", transportFields(flow)),
    group("Request", layer7Drafts(flow.l7)),
    group("Policy", policyFields(flow)),
  ].filter(({ fields }) => fields.length > 0);
}

function group(title: string, drafts: readonly Draft[]): FieldGroup {
  const fields: Field[] = [];
  for (const [label, value] of drafts) {
    if (value === undefined || value === "") continue;
    const whole = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
    fields.push({ label, value: seen(cut(whole, VALUE_CHARACTERS_MAX)), whole });
  }
  return { title, fields };
}

function flowFields(flow: Flow, clock: ZoneClock): readonly Draft[] {
  const ms = millisOf(flow.time);
  return [
    ["Time", ms === null ? flow.time : clock.full(ms)],
    ["As Hubble says", ms === null ? undefined : flow.time],
    ["Verdict", verdictText(flow)],
    ["Drop reason", flow.drop_reason_desc],
    ["Summary", summaryOf(flow)],
    ["Kind", flow.Type],
    ["Event", eventText(flow.event_type)],
    ["Observed", point(flow.trace_observation_point)],
    ["Socket", point(flow.sock_xlate_point)],
    ["Captured", point(flow.debug_capture_point)],
    ["Direction", flow.traffic_direction === undefined ? undefined : words(String(flow.traffic_direction))],
    ["Reply", flow.is_reply],
    ["Node", flow.node_name],
    ["UUID", flow.uuid],
  ];
}

function eventText(event: Flow["event_type"]): string | undefined {
  if (event?.type === undefined) return undefined;
  const name = EVENT_TYPES[event.type] ?? `type ${event.type}`;
  return event.sub_type === undefined || event.sub_type === 0 ? name : `${name}, sub-type ${event.sub_type}`;
}

function point(name: string | number | undefined): string | undefined {
  return name === undefined ? undefined : pointText(name);
}

function sideFields(side: Side, service: Flow["source_service"]): readonly Draft[] {
  const { endpoint, ip, names, port } = side;
  return [
    ["Pod", endpoint?.pod_name],
    ["Namespace", endpoint?.namespace],
    ["Workload", endpoint?.workloads?.map(({ kind, name }) => [kind, name].filter(Boolean).join(" ")).join(", ")],
    ["Reserved", reservedName(endpoint)],
    ["Service", service === undefined ? undefined : [service.namespace, service.name].filter(Boolean).join("/")],
    ["Address", ip === undefined || port === undefined ? (ip ?? port) : `${ip.includes(":") ? `[${ip}]` : ip}:${port}`],
    ["Names", names.join(", ")],
    ["Identity", endpoint?.identity],
    ["Cluster", endpoint?.cluster_name],
    ["Labels", endpoint?.labels?.join(", ")],
  ];
}

function transportFields(flow: Flow): readonly Draft[] {
  const { l4, IP: ip } = flow;
  const icmp = l4?.ICMPv4 ?? l4?.ICMPv6;
  return [
    ["Protocol", [protocolOf(flow), ip?.ipVersion].filter((part) => part !== undefined && part !== "").join(", ")],
    ["TCP flags", l4?.TCP?.flags === undefined ? undefined : tcpFlagsText(l4.TCP.flags)],
    ["Type", icmp === undefined ? undefined : (icmp.type ?? 0)],
    ["Code", icmp === undefined ? undefined : (icmp.code ?? 0)],
    ["Router", l4?.VRRP?.vrid],
    ["Priority", l4?.VRRP?.priority],
    ["Message type", l4?.VRRP?.type ?? l4?.IGMP?.type],
    ["Group", l4?.IGMP?.group_address],
    ["Encrypted", ip?.encrypted],
    ["Translated from", ip?.source_xlated],
  ];
}

function policyFields(flow: Flow): readonly Draft[] {
  const match = flow.policy_match_type;
  return [
    ["Matched by", match === undefined ? undefined : (POLICY_MATCHES[match] ?? `type ${match}`)],
    ["Egress allowed by", policyNames(flow.egress_allowed_by)],
    ["Ingress allowed by", policyNames(flow.ingress_allowed_by)],
    ["Egress denied by", policyNames(flow.egress_denied_by)],
    ["Ingress denied by", policyNames(flow.ingress_denied_by)],
  ];
}

function policyNames(policies: readonly Policy[] | undefined): string | undefined {
  return policies?.map(policyName).join(", ");
}

/** For example `CiliumNetworkPolicy shop/deny, revision 12`. */
export function policyName({ kind, namespace, name, revision }: Policy): string {
  const path = [namespace, name].filter(Boolean).join("/");
  const full = [kind, path].filter(Boolean).join(" ");
  return revision === undefined ? full : `${full}, revision ${revision}`;
}
