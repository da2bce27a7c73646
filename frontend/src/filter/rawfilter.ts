/**
 * Filters in the JSON of Hubble's API, as `--allowlist` and `--denylist` take them: one or more objects, one behind the other.
 */

import type { Field, FlowFilter, MutableFlowFilter } from "./flowfilter";
import { isRecord } from "../wire/shape";
import {
  readAny,
  readFqdn,
  readIp,
  readLabel,
  readNode,
  readPod,
  readPolicyExpression,
  readPort,
  readProtocol,
  readReason,
  readRegex,
  readStatus,
  readVerdict,
  type Read,
  type Reader,
} from "./values";
import { TCP_FLAGS } from "./vocabulary";

type JsonReader = (value: unknown) => Read<unknown>;

function texts(read: Reader<unknown>): JsonReader {
  return (value) => (typeof value === "string" ? read(value) : { ok: false, why: "is no text" });
}

function objects(keys: Readonly<Record<string, "string" | "number" | "boolean">>): JsonReader {
  return (value) => {
    if (!isRecord(value)) return { ok: false, why: "is no object" };
    const odd = Object.entries(value).find(([key, one]) => typeof one !== keys[key]);
    return odd === undefined ? { ok: true, value } : { ok: false, why: `has a ${odd[0]} that it can't have` };
  };
}

function kinds(kind: "boolean" | "number"): JsonReader {
  return (value) => (typeof value === kind ? { ok: true, value } : { ok: false, why: `is no ${kind}` });
}

function names(...known: readonly string[]): JsonReader {
  return (value) =>
    known.includes(value as string) ? { ok: true, value } : { ok: false, why: `is none of ${known.join(", ")}` };
}

const workload: JsonReader = (value) => {
  const read = objects({ name: "string", kind: "string" })(value);
  return read.ok ? { ok: true, value: { name: "", kind: "", ...(value as object) } } : read;
};

const eventType: JsonReader = (value) => {
  const read = objects({ type: "number", sub_type: "number", match_sub_type: "boolean" })(value);
  return read.ok ? { ok: true, value: { type: 0, ...(value as object) } } : read;
};

const READERS: Readonly<Record<Exclude<Field, "policy">, JsonReader>> = {
  uuid: texts(readAny),
  event_type: eventType,
  verdict: texts(readVerdict),
  drop_reason_desc: texts(readReason),
  traffic_direction: names("TRAFFIC_DIRECTION_UNKNOWN", "INGRESS", "EGRESS"),
  reply: kinds("boolean"),
  encrypted: kinds("boolean"),
  protocol: texts(readProtocol),
  ip_version: names("IP_NOT_USED", "IPv4", "IPv6"),
  source_identity: kinds("number"),
  destination_identity: kinds("number"),
  source_pod: texts(readPod),
  destination_pod: texts(readPod),
  source_workload: workload,
  destination_workload: workload,
  source_service: texts(readPod),
  destination_service: texts(readPod),
  source_cluster_name: texts(readAny),
  destination_cluster_name: texts(readAny),
  source_port: texts(readPort),
  destination_port: texts(readPort),
  source_ip: texts(readIp),
  destination_ip: texts(readIp),
  source_ip_xlated: texts(readIp),
  tcp_flags: objects(Object.fromEntries(TCP_FLAGS.map((flag) => [flag, "boolean"]))),
  node_name: texts(readNode),
  source_fqdn: texts(readFqdn),
  destination_fqdn: texts(readFqdn),
  source_label: texts(readLabel),
  destination_label: texts(readLabel),
  http_status_code: texts(readStatus),
  http_method: texts(readAny),
  http_header: objects({ key: "string", value: "string" }),
  http_path: texts(readRegex),
  http_url: texts(readRegex),
  dns_query: texts(readRegex),
};

const FILTERS_MAX = 20;
const VALUES_MAX = 100;

export function readRawFilters(text: string): Read<readonly FlowFilter[]> {
  const filters: FlowFilter[] = [];
  for (const one of objectsIn(text)) {
    let value: unknown;
    try {
      value = JSON.parse(one);
    } catch {
      return { ok: false, why: "is not JSON" };
    }
    if (!isRecord(value)) return { ok: false, why: "is not made of JSON objects" };
    const filter = readOne(value);
    if (!filter.ok) return filter;
    filters.push(filter.value);
  }
  if (filters.length === 0) return { ok: false, why: "holds no filter" };
  if (filters.length > FILTERS_MAX) return { ok: false, why: `holds more than ${FILTERS_MAX} filters` };
  return { ok: true, value: filters };
}

function readOne(object: Readonly<Record<string, unknown>>): Read<FlowFilter> {
  const filter: MutableFlowFilter = {};
  for (const [key, list] of Object.entries(object)) {
    if (key === "experimental") {
      const policies = readExperimental(list);
      if (!policies.ok) return policies;
      filter.policy = [...policies.value];
      continue;
    }
    // Protobuf's JSON takes both forms of a name.
    const field = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (!Object.hasOwn(READERS, field)) return { ok: false, why: `has ${key.slice(0, 40)}, which can't be used here` };
    if (!Array.isArray(list) || list.length > VALUES_MAX) {
      return { ok: false, why: `has a ${field} that is no list of at most ${VALUES_MAX} values` };
    }
    const values: unknown[] = [];
    for (const item of list as readonly unknown[]) {
      const read = READERS[field as keyof typeof READERS](item);
      if (!read.ok) return { ok: false, why: `has a value in ${field} that ${read.why}` };
      values.push(read.value);
    }
    // The reader of a field makes its values.
    (filter as Record<string, unknown>)[field] = values;
  }
  return { ok: true, value: filter };
}

/** The policies that `experimental.cel_expression` names in the form of a copied command. */
function readExperimental(value: unknown): Read<readonly string[]> {
  const list = isRecord(value) ? value["cel_expression"] : undefined;
  if (!Array.isArray(list)) return { ok: false, why: "has something experimental that can't be used here" };
  const policies: string[] = [];
  for (const expression of list as readonly unknown[]) {
    const read = typeof expression === "string" ? readPolicyExpression(expression) : null;
    if (read?.ok !== true) return { ok: false, why: "has a CEL expression, which can't be used here" };
    policies.push(read.value);
  }
  return { ok: true, value: policies };
}

/** Cuts a text behind each closing brace of the outermost objects. */
function objectsIn(text: string): readonly string[] {
  const found: string[] = [];
  let start = 0;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text.charAt(at);
    if (inString) {
      if (one === "\\") at += 1;
      else if (one === '"') inString = false;
    } else if (one === '"') {
      inString = true;
    } else if (one === "{") {
      depth += 1;
    } else if (one === "}" && --depth === 0) {
      found.push(text.slice(start, at + 1));
      start = at + 1;
    }
  }
  if (text.slice(start).trim() !== "") found.push(text.slice(start));
  return found;
}
