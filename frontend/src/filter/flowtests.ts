/**
 * The test of each field of a FlowFilter: how a flow matches it. Source of the rules: Hubble's server, as the tests tell them one by one.
 *
 * What a flow lacks stands for its default, as protobuf's JSON leaves defaults out.
 */

import type { Flow, Layer4, Policy } from "../wire/flow";
import { addressTest, sideTests, type FlowTest } from "./endpointtests";
import type { Field, FieldValues, FlowFilter, TcpFlagsFilter } from "./flowfilter";
import { nodeNameTest, regexTest } from "./pattern";
import { requestPath } from "./requestpath";
import { DROP_REASON_UNKNOWN, VERDICT_UNKNOWN } from "./vocabulary";

type Makers = { readonly [F in Field]: (values: readonly FieldValues[F][]) => FlowTest };

const source = sideTests("source");
const destination = sideTests("destination");

/** In the order in which they are tried: the cheap ones first, which look at the flow itself or at an endpoint that others share. */
const MAKERS: Makers = {
  verdict: (values) => oneOf(values, (flow) => flow.verdict ?? VERDICT_UNKNOWN),
  drop_reason_desc: (values) => {
    const reason = oneOf(values, (flow) => flow.drop_reason_desc ?? DROP_REASON_UNKNOWN);
    return (flow) => flow.verdict === "DROPPED" && reason(flow);
  },
  traffic_direction: (values) => oneOf(values, (flow) => flow.traffic_direction ?? "TRAFFIC_DIRECTION_UNKNOWN"),
  reply: (values) => (flow) => {
    // Whether a dropped flow is a reply is not known; it counts as none.
    if (flow.is_reply === undefined && flow.verdict !== "DROPPED") return false;
    return values.includes(flow.is_reply ?? false);
  },
  source_identity: source.identity,
  destination_identity: destination.identity,
  source_pod: source.pod,
  destination_pod: destination.pod,
  source_workload: source.workload,
  destination_workload: destination.workload,
  source_label: source.label,
  destination_label: destination.label,
  source_cluster_name: source.cluster,
  destination_cluster_name: destination.cluster,
  encrypted: (values) => (flow) => values.includes(flow.IP?.encrypted ?? false),
  ip_version: (values) => oneOf(values, (flow) => flow.IP?.ipVersion ?? "IP_NOT_USED"),
  protocol: protocolTest,
  event_type: (values) => (flow) => {
    const event = flow.event_type;
    if (event === undefined) return false;
    return values.some(
      ({ type, match_sub_type, sub_type }) =>
        (type === 0 || type === (event.type ?? 0)) &&
        (match_sub_type !== true || (sub_type ?? 0) === (event.sub_type ?? 0)),
    );
  },
  source_port: source.port,
  destination_port: destination.port,
  uuid: (values) => oneOf(values, (flow) => flow.uuid ?? ""),
  source_service: source.service,
  destination_service: destination.service,
  source_ip: source.ip,
  destination_ip: destination.ip,
  source_ip_xlated: (values) => addressTest(values, (flow) => flow.IP?.source_xlated),
  tcp_flags: (values) => (flow) => {
    const flags: TcpFlagsFilter | undefined = flow.l4?.TCP?.flags;
    return flags !== undefined && values.some((wanted) => Object.keys(wanted).every((flag) => flags[flag] === true));
  },
  node_name: (values) => {
    const tests = values.map(nodeNameTest);
    return (flow) => {
      const node = flow.node_name ?? "";
      if (node === "") return false;
      const whole = node.includes("/") ? node : `default/${node}`;
      return tests.some((test) => test(whole));
    };
  },
  source_fqdn: source.fqdn,
  destination_fqdn: destination.fqdn,
  http_status_code: (values) => {
    const whole = new Set(values.filter((value) => !value.endsWith("+")));
    const prefixes = values.filter((value) => value.endsWith("+")).map((value) => value.slice(0, -1));
    return (flow) => {
      const code = flow.l7?.http?.code ?? 0;
      // A request has no code.
      if (code === 0) return false;
      const digits = String(code).padStart(3, "0");
      return whole.has(digits) || prefixes.some((prefix) => digits.startsWith(prefix));
    };
  },
  http_method: (values) => {
    const wanted = new Set(values.map((value) => value.toLowerCase()));
    return (flow) => {
      const method = flow.l7?.http?.method ?? "";
      return method !== "" && wanted.has(method.toLowerCase());
    };
  },
  http_header: (values) => (flow) =>
    flow.l7?.http?.headers?.some(({ key = "", value = "" }) =>
      values.some((wanted) => wanted.key === key && wanted.value === value),
    ) ?? false,
  http_path: (values) => {
    const tests = values.map(regexTest);
    return (flow) => {
      const url = flow.l7?.http?.url;
      if (url === undefined) return false;
      const path = requestPath(url);
      return path !== null && tests.some((test) => test(path));
    };
  },
  http_url: (values) => {
    const tests = values.map(regexTest);
    return (flow) => {
      const url = flow.l7?.http?.url ?? "";
      return url !== "" && tests.some((test) => test(url));
    };
  },
  dns_query: (values) => {
    const tests = values.map(regexTest);
    return (flow) => {
      const dns = flow.l7?.dns;
      return dns !== undefined && tests.some((test) => test(dns.query ?? ""));
    };
  },
  policy: policyTest,
};

export const FIELDS = Object.keys(MAKERS) as readonly Field[];

/** The test of one filter: all of its fields match. Throws where a value is none; parsing has made sure that they are. */
export function filterTest(filter: FlowFilter): FlowTest {
  const tests = FIELDS.map((field) => fieldTest(filter, field)).filter((test) => test !== null);
  const [first, ...others] = tests;
  if (first === undefined) return () => true;
  if (others.length === 0) return first;
  return (flow) => tests.every((test) => test(flow));
}

function fieldTest(filter: FlowFilter, field: Field): FlowTest | null {
  const values = filter[field];
  if (values === undefined || values.length === 0) return null;
  // Field by field, the types of MAKERS and of FlowFilter agree.
  const make = MAKERS[field] as (values: readonly unknown[]) => FlowTest;
  return make(values);
}

function oneOf(values: readonly string[], of: (flow: Flow) => string | number): FlowTest {
  const [only, ...more] = values;
  if (more.length === 0) return (flow) => of(flow) === only;
  const wanted = new Set<string | number>(values);
  return (flow) => wanted.has(of(flow));
}

const LAYER4: Readonly<Record<string, readonly (keyof Layer4)[]>> = {
  tcp: ["TCP"],
  udp: ["UDP"],
  sctp: ["SCTP"],
  icmp: ["ICMPv4", "ICMPv6"],
  icmpv4: ["ICMPv4"],
  icmpv6: ["ICMPv6"],
  vrrp: ["VRRP"],
  igmp: ["IGMP"],
};

function protocolTest(values: readonly string[]): FlowTest {
  const wanted = values.map((value) => value.toLowerCase());
  const layer4 = wanted.flatMap((name) => LAYER4[name] ?? []);
  const layer7 = (["dns", "http", "kafka"] as const).filter((name) => wanted.includes(name));
  return ({ l4, l7 }) =>
    (l4 !== undefined && layer4.some((name) => l4[name] !== undefined)) ||
    (l7 !== undefined && layer7.some((name) => l7[name] !== undefined));
}

/** The policies that allowed or denied a flow, as `NAMESPACE/NAME`, or `NAME` where the policy is the whole cluster's. */
export function policiesOf(flow: Flow): readonly string[] {
  const names: string[] = [];
  for (const list of [flow.egress_allowed_by, flow.ingress_allowed_by, flow.egress_denied_by, flow.ingress_denied_by]) {
    if (list === undefined) continue;
    for (const policy of list) {
      const name = policyName(policy);
      if (!names.includes(name)) names.push(name);
    }
  }
  return names;
}

function policyName({ namespace = "", name = "" }: Policy): string {
  return namespace === "" ? name : `${namespace}/${name}`;
}

function policyTest(values: readonly string[]): FlowTest {
  const wanted = new Set(values);
  const hasOne = (list: readonly Policy[] | undefined): boolean =>
    list?.some((policy) => wanted.has(policyName(policy))) ?? false;
  return (flow) =>
    hasOne(flow.egress_allowed_by) ||
    hasOne(flow.ingress_allowed_by) ||
    hasOne(flow.egress_denied_by) ||
    hasOne(flow.ingress_denied_by);
}
