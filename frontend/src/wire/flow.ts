/**
 * A flow as docs/messages.md gives it: a subset of Hubble's own JSON. Every field may be missing, every string may be hostile.
 */

import { flag, listOf, name, number, partially, text, type Checked } from "./shape";

const workload = partially({ name: text, kind: text });

const endpoint = partially({
  identity: number,
  namespace: text,
  pod_name: text,
  cluster_name: text,
  labels: listOf(text),
  workloads: listOf(workload),
});

const tcpFlags = partially({
  SYN: flag,
  ACK: flag,
  FIN: flag,
  RST: flag,
  PSH: flag,
  URG: flag,
  ECE: flag,
  CWR: flag,
  NS: flag,
});

const ports = partially({ source_port: number, destination_port: number });
const icmp = partially({ type: number, code: number });

const layer4 = partially({
  TCP: partially({ source_port: number, destination_port: number, flags: tcpFlags }),
  UDP: ports,
  SCTP: ports,
  ICMPv4: icmp,
  ICMPv6: icmp,
  VRRP: partially({ type: number, vrid: number, priority: number }),
  IGMP: partially({ type: number, group_address: text }),
});

const dns = partially({
  query: text,
  ips: listOf(text),
  ttl: number,
  cnames: listOf(text),
  observation_source: text,
  rcode: number,
  qtypes: listOf(text),
  rrtypes: listOf(text),
});

const http = partially({
  code: number,
  method: text,
  url: text,
  protocol: text,
  headers: listOf(partially({ key: text, value: text })),
});

const kafka = partially({
  error_code: number,
  api_version: number,
  api_key: text,
  correlation_id: number,
  topic: text,
});

/** `latency_ns` is a 64-bit integer, and so a string of digits. */
const layer7 = partially({ type: name, latency_ns: text, dns, http, kafka });

const service = partially({ name: text, namespace: text });

/** `revision` is a 64-bit integer, and so a string of digits. */
const policy = partially({ name: text, namespace: text, kind: text, revision: text });

export const isFlow = partially({
  uuid: text,
  time: text,
  node_name: text,
  Type: name,
  verdict: name,
  drop_reason_desc: name,
  traffic_direction: name,
  is_reply: flag,
  event_type: partially({ type: number, sub_type: number }),
  trace_observation_point: name,
  policy_match_type: number,
  debug_capture_point: name,
  sock_xlate_point: name,
  IP: partially({ source: text, destination: text, ipVersion: name, encrypted: flag, source_xlated: text }),
  l4: layer4,
  l7: layer7,
  source: endpoint,
  destination: endpoint,
  source_names: listOf(text),
  destination_names: listOf(text),
  source_service: service,
  destination_service: service,
  egress_allowed_by: listOf(policy),
  ingress_allowed_by: listOf(policy),
  egress_denied_by: listOf(policy),
  ingress_denied_by: listOf(policy),
});

export type Flow = Checked<typeof isFlow>;
export type Endpoint = Checked<typeof endpoint>;
export type Layer4 = Checked<typeof layer4>;
export type Layer7 = Checked<typeof layer7>;
export type Dns = Checked<typeof dns>;
export type Http = Checked<typeof http>;
export type Kafka = Checked<typeof kafka>;
export type Policy = Checked<typeof policy>;
