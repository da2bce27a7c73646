/**
 * What a flow did, in a few words. Hubble's own `Summary` field is deprecated and not sent.
 */

import type { Dns, Flow, Http, Kafka, Layer4, Layer7 } from "../wire/flow";

type TcpFlags = NonNullable<NonNullable<Layer4["TCP"]>["flags"]>;

/** Names of DNS result codes. Source: the IANA registry "DNS RCODEs". */
const RCODES: Readonly<Record<number, string>> = {
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
  6: "YXDOMAIN",
  7: "YXRRSET",
  8: "NXRRSET",
  9: "NOTAUTH",
  10: "NOTZONE",
};

/** Source: the IANA registry "ICMP Type Numbers". */
const ICMP4_TYPES: Readonly<Record<number, string>> = {
  0: "echo reply",
  3: "destination unreachable",
  5: "redirect",
  8: "echo request",
  11: "time exceeded",
  12: "parameter problem",
};

/** Source: the IANA registry "ICMPv6 'type' Numbers". */
const ICMP6_TYPES: Readonly<Record<number, string>> = {
  1: "destination unreachable",
  2: "packet too big",
  3: "time exceeded",
  4: "parameter problem",
  128: "echo request",
  129: "echo reply",
  133: "router solicitation",
  134: "router advertisement",
  135: "neighbour solicitation",
  136: "neighbour advertisement",
};

/** Kinds of events. Source: cilium/cilium, pkg/monitor/api/types.go. */
export const EVENT_TYPES: Readonly<Record<number, string>> = {
  1: "drop",
  2: "debug",
  3: "capture",
  4: "trace",
  5: "policy verdict",
  7: "socket trace",
  129: "L7",
  130: "agent",
};

const TCP_FLAGS = ["SYN", "ACK", "FIN", "RST", "PSH", "URG", "ECE", "CWR", "NS"] as const;

/** Answers of a DNS response that are named; the rest is counted. */
const ANSWERS_SHOWN = 3;

/** For example `TCP`, or the empty text. */
export function protocolOf(flow: Flow): string {
  const l4 = flow.l4;
  if (l4 === undefined) return "";
  for (const key in l4) {
    if (l4[key as keyof Layer4] !== undefined) return key;
  }
  return "";
}

export function summaryOf(flow: Flow): string {
  if (flow.l7 !== undefined) return layer7Text(flow.l7);
  const transport = flow.l4 === undefined ? "" : layer4Text(flow.l4);
  const at = flow.trace_observation_point ?? flow.sock_xlate_point ?? flow.debug_capture_point;
  const point = at === undefined ? "" : pointText(at);
  return dotted(dotted(transport, point), flow.is_reply === true ? "reply" : "");
}

function dotted(one: string, other: string): string {
  if (one === "") return other;
  return other === "" ? one : `${one} · ${other}`;
}

/** For example "412 µs", "18.3 ms" or "4.06 s". */
export function latencyText(nanoseconds: string): string {
  const ns = Number(nanoseconds);
  if (!Number.isFinite(ns)) return "";
  const [value, unit] = inUnit(ns);
  return `${unit === "µs" ? Math.round(value) : value.toPrecision(3)} ${unit}`;
}

/** Nanoseconds in the unit that suits them. */
export function inUnit(ns: number): readonly [value: number, unit: "µs" | "ms" | "s"] {
  if (ns < 1e6) return [ns / 1e3, "µs"];
  return ns < 1e9 ? [ns / 1e6, "ms"] : [ns / 1e9, "s"];
}

/** Where the packet was seen, without the prefix that Hubble's names of such points share. */
export function pointText(point: string | number): string {
  const known = pointTexts.get(point);
  if (known !== undefined) return known;
  const text = words(String(point).replace(/^(SOCK_XLATE_POINT|DBG_CAPTURE)_/, ""));
  if (pointTexts.size < POINTS_MAX) pointTexts.set(point, text);
  return text;
}

/** There are some twenty, but anything may be sent as one. */
const POINTS_MAX = 100;

const pointTexts = new Map<string | number, string>();

/** `TO_ENDPOINT` as `to endpoint`. */
export function words(enumName: string): string {
  return enumName.toLowerCase().replaceAll("_", " ");
}

/** For example `SYN ACK`. */
export function tcpFlagsText(flags: TcpFlags): string {
  let text = "";
  for (const flag of TCP_FLAGS) if (flags[flag] === true) text += text === "" ? flag : ` ${flag}`;
  return text;
}

/** For example `NXDOMAIN`. */
export function rcodeText(rcode: number): string {
  return RCODES[rcode] ?? `RCODE ${rcode}`;
}

function layer4Text(l4: Layer4): string {
  if (l4.TCP !== undefined) return l4.TCP.flags === undefined ? "" : tcpFlagsText(l4.TCP.flags);
  if (l4.ICMPv4 !== undefined) return icmpText(l4.ICMPv4, ICMP4_TYPES);
  if (l4.ICMPv6 !== undefined) return icmpText(l4.ICMPv6, ICMP6_TYPES);
  if (l4.IGMP?.group_address !== undefined) return `group ${l4.IGMP.group_address}`;
  if (l4.VRRP !== undefined) return `router ${l4.VRRP.vrid ?? 0} priority ${l4.VRRP.priority ?? 0}`;
  return "";
}

/** Numbers of 0 are left out of the message, so what is missing is 0. */
function icmpText(
  icmp: { readonly type?: number; readonly code?: number },
  names: Readonly<Record<number, string>>,
): string {
  const type = icmp.type ?? 0;
  const code = icmp.code ?? 0;
  return `${names[type] ?? `type ${type}`}${code === 0 ? "" : ` (code ${code})`}`;
}

function layer7Text(l7: Layer7): string {
  const latency = l7.latency_ns === undefined ? "" : latencyText(l7.latency_ns);
  if (l7.http !== undefined) return httpText(l7.http, latency);
  if (l7.dns !== undefined) return dnsText(l7.dns, l7.type);
  if (l7.kafka !== undefined) return kafkaText(l7.kafka, latency);
  return joined([l7.type === undefined ? "" : words(String(l7.type)), latency]);
}

function httpText(http: Http, latency: string): string {
  const answer = http.code === undefined || http.code === 0 ? "" : `→ ${http.code}`;
  return joined([http.method ?? "", http.url ?? "", answer, latency]);
}

function dnsText(dns: Dns, type: string | number | undefined): string {
  const query = joined([(dns.qtypes ?? []).join(","), dns.query ?? ""]);
  if (type !== "RESPONSE") return `DNS ${query}`;
  const answers = [...(dns.cnames ?? []), ...(dns.ips ?? [])];
  const rest = answers.length > ANSWERS_SHOWN ? ` +${answers.length - ANSWERS_SHOWN}` : "";
  const rcode = dns.rcode ?? 0;
  const result = rcode === 0 && answers.length > 0 ? "" : rcodeText(rcode);
  return joined([`DNS ${query}`, "→", result, answers.slice(0, ANSWERS_SHOWN).join(", ") + rest]);
}

function kafkaText(kafka: Kafka, latency: string): string {
  const error = kafka.error_code === undefined || kafka.error_code === 0 ? "" : `→ error ${kafka.error_code}`;
  return joined(["Kafka", kafka.api_key ?? "", kafka.topic ?? "", error, latency]);
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
