/**
 * The fields of a request or an answer: HTTP, DNS, Kafka.
 */

import type { Dns, Http, Kafka, Layer7 } from "../wire/flow";
import { latencyText, rcodeText, words } from "./summary";

/** A field that may be missing. */
export type Draft = readonly [label: string, value: string | number | boolean | undefined];

export function layer7Drafts(l7: Layer7 | undefined): readonly Draft[] {
  if (l7 === undefined) return [];
  const { type, latency_ns: latency, http, dns, kafka } = l7;
  return [
    ["Kind", type === undefined ? undefined : words(String(type))],
    ["Latency", latency === undefined ? undefined : latencyText(latency)],
    ...(http === undefined ? [] : httpDrafts(http)),
    ...(dns === undefined ? [] : dnsDrafts(dns)),
    ...(kafka === undefined ? [] : kafkaDrafts(kafka)),
  ];
}

function httpDrafts({ code, method, url, protocol, headers }: Http): readonly Draft[] {
  return [
    ["Method", method],
    ["URL", url],
    ["Status", code === 0 ? undefined : code],
    ["HTTP version", protocol],
    ["Headers", headers?.map(({ key = "", value = "" }) => `${key}: ${value}`).join(", ")],
  ];
}

function dnsDrafts(dns: Dns): readonly Draft[] {
  return [
    ["Query", dns.query],
    ["Asked for", dns.qtypes?.join(", ")],
    ["Result", dns.rcode === undefined ? undefined : rcodeText(dns.rcode)],
    ["Addresses", dns.ips?.join(", ")],
    ["Aliases", dns.cnames?.join(", ")],
    ["Records", dns.rrtypes?.join(", ")],
    ["Good for", dns.ttl === undefined ? undefined : `${dns.ttl} s`],
    ["Seen by", dns.observation_source],
  ];
}

function kafkaDrafts(kafka: Kafka): readonly Draft[] {
  return [
    ["Request", kafka.api_key],
    ["Topic", kafka.topic],
    ["API version", kafka.api_version],
    ["Correlation", kafka.correlation_id],
    ["Error", kafka.error_code],
  ];
}
