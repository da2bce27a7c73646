/**
 * Texts that mean harm, and flows that carry one in every field that the wire form knows.
 */

const MARKUP = [
  "<script>reportHarm('script')</script>",
  "<img src=x onerror=reportHarm('img')>",
  "\"><svg onload=reportHarm('svg')>",
  "' onmouseover='reportHarm(1)' x='",
  "<style>*{display:none}</style>",
  '<iframe srcdoc="<script>parent.reportHarm(2)</script>"></iframe>',
  "<a href=javascript:reportHarm('a')>click</a>",
  "<marquee>",
  "</div></main><h1>elsewhere</h1>",
  "<!--",
  // eslint-disable-next-line no-script-url -- it is what must not run
  "javascript:reportHarm('url')",
  "{{constructor.constructor('reportHarm(3)')()}}",
  "${reportHarm(4)}",
];
const DECEIT = [
  "cart-\u202egpj.exe",
  "zero\u200bwidth\ufeff",
  "line\u2028break\nnew\rline\ttab",
  "nul\u0000bell\u0007",
  "\u{e0041}tag",
];
const STRANGE = [
  "__proto__",
  "constructor",
  "toString",
  "=cmd|'/C calc'!A0",
  "\ud800",
  "\u{1f6d2}\u{1f468}\u200d\u{1f469}",
  "",
];
const LONG = ["x".repeat(200_000), "<u>".repeat(20_000), "\u0301".repeat(5_000)];

export const HOSTILE: readonly string[] = [...MARKUP, ...DECEIT, ...STRANGE, ...LONG];

/** A flow with the text in every field that can hold one. */
export function flowOf(text: string, uuid: string): object {
  const endpoint = {
    identity: 1,
    namespace: text,
    pod_name: text,
    cluster_name: text,
    labels: [text, `reserved:${text}`],
    workloads: [{ name: text, kind: text }],
  };
  const policies = [{ name: text, namespace: text, kind: text, revision: text }];
  return {
    uuid,
    time: new Date().toISOString(),
    node_name: text,
    Type: text,
    verdict: text,
    drop_reason_desc: text,
    traffic_direction: text,
    is_reply: true,
    event_type: { type: 4, sub_type: 3 },
    trace_observation_point: text,
    sock_xlate_point: text,
    debug_capture_point: text,
    IP: { source: text, destination: text, ipVersion: text, source_xlated: text },
    l4: { TCP: { source_port: 1, destination_port: 2, flags: { SYN: true } }, IGMP: { group_address: text } },
    l7: {
      type: text,
      latency_ns: text,
      dns: { query: text, ips: [text], cnames: [text], observation_source: text, qtypes: [text], rrtypes: [text] },
    },
    source: endpoint,
    destination: endpoint,
    source_names: [text, text],
    destination_names: [text],
    source_service: { name: text, namespace: text },
    destination_service: { name: text, namespace: text },
    egress_allowed_by: policies,
    ingress_allowed_by: policies,
    egress_denied_by: policies,
    ingress_denied_by: policies,
    [text === "" ? "empty" : text]: text,
  };
}

/** The same with HTTP or Kafka in the place of DNS, as a flow has only one of them. */
export function variantsOf(text: string, uuid: string): readonly object[] {
  const http = { method: text, url: text, protocol: text, code: 200, headers: [{ key: text, value: text }] };
  const kafka = { api_key: text, topic: text };
  return [
    flowOf(text, `${uuid}-dns`),
    { ...flowOf(text, `${uuid}-http`), l7: { type: "REQUEST", http } },
    { ...flowOf(text, `${uuid}-kafka`), l7: { type: "REQUEST", kafka } },
    { ...flowOf(text, `${uuid}-names`), source: {}, destination: {}, l7: undefined },
  ];
}

/** An adapter's status with the text in every field that can hold one. */
export function statusOf(text: string): object {
  const link = { address: text, state: text, state_seconds: 1, error: text };
  return {
    v: 1,
    id: text,
    version: text,
    cluster: text,
    epoch: text,
    time: text,
    hubble: link,
    broker: link,
    losses: {
      total: { [text]: 7 },
      recent: [{ n: 1, source: text, node: text, count: 7, first: text, last: text }],
    },
    nodes: { connected: 1, not_connected: [{ name: text, state: text, message: text }] },
    lag_seconds: 1e300,
  };
}
