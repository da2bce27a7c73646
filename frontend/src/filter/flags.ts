/**
 * The flags of `hubble observe`: which fields of a filter each one sets, and which are known but mean nothing to a page.
 */

import type { Field } from "./flowfilter";
import {
  readAny,
  readDirection,
  readEventType,
  readFqdn,
  readHeader,
  readIdentity,
  readIp,
  readIpVersion,
  readLabel,
  readNamespace,
  readNode,
  readPod,
  readPolicy,
  readPolicyExpression,
  readPort,
  readProtocol,
  readReason,
  readRegex,
  readStatus,
  readSwitch,
  readTcpFlags,
  readVerdict,
  readWorkload,
  type Reader,
} from "./values";

/**
 * What a flag does:
 *
 * - `field`: adds to one field;
 * - `sides`: adds to the source's field of one filter and the destination's of another, so that it matches on either side;
 * - `namespace`: turns into pods and services once all flags are read; `""` of the side is either;
 * - `time`: bounds the flows' time;
 * - `raw`: adds whole filters in JSON.
 */
export type Effect =
  | { readonly on: "field"; readonly field: Field }
  | { readonly on: "sides"; readonly source: Field; readonly destination: Field }
  | { readonly on: "namespace"; readonly side: "either" | "source" | "destination" }
  | { readonly on: "time"; readonly bound: "since" | "until" }
  | { readonly on: "raw"; readonly list: "whitelist" | "blacklist" };

export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly effect: Effect;
  readonly read: Reader<unknown>;
  /** The value where none is given; flags without it always take one. */
  readonly implied?: string;
  /** What the value is, as in a usage line. */
  readonly value: string;
  readonly help: string;
  /** Whether `hubble observe` lacks the flag; the copied command then says it in another way. */
  readonly ours?: true;
  /** Whether it is only read, and not offered. */
  readonly hidden?: true;
}

type Draft = readonly [value: string, read: Reader<unknown>, help: string];

function onSides(name: string, short: string | null, what: string, [value, read, help]: Draft): readonly Flag[] {
  const source = `source_${what}` as Field;
  const destination = `destination_${what}` as Field;
  const shared = { value, read };
  return [
    {
      name,
      ...(short === null ? {} : { short }),
      effect: { on: "sides", source, destination },
      help: `${help}, on either side`,
      ...shared,
    },
    { name: `from-${name}`, effect: { on: "field", field: source }, help: `${help}, of the source`, ...shared },
    { name: `to-${name}`, effect: { on: "field", field: destination }, help: `${help}, of the destination`, ...shared },
  ];
}

function onField(name: string, field: Field, [value, read, help]: Draft, more: Partial<Flag> = {}): Flag {
  return { name, effect: { on: "field", field }, value, read, help, ...more };
}

function onNamespace(name: string, side: "either" | "source" | "destination", words: string): readonly Flag[] {
  const prefix = side === "either" ? "" : side === "source" ? "from-" : "to-";
  const effect = { on: "namespace", side } as const;
  return [
    {
      name: `${prefix}namespace`,
      ...(name === "" ? {} : { short: name }),
      effect,
      value: "NAMESPACE",
      read: readNamespace,
      help: `Namespace, ${words}`,
    },
    {
      name: `${prefix}all-namespaces`,
      ...(name === "" ? {} : { short: "A" }),
      effect,
      value: "",
      implied: "true",
      // Whatever it is given: Hubble looks at no value here.
      read: () => ({ ok: true, value: "" }),
      help: `In any namespace, ${words}`,
    },
  ];
}

export const FLAGS: readonly Flag[] = [
  onField("verdict", "verdict", ["VERDICT", readVerdict, "Verdict"]),
  onField("drop-reason-desc", "drop_reason_desc", ["REASON", readReason, "Why a flow was dropped"]),
  ...onNamespace("n", "either", "on either side"),
  ...onNamespace("", "source", "of the source"),
  ...onNamespace("", "destination", "of the destination"),
  ...onSides("pod", null, "pod", [
    "[NAMESPACE/]POD",
    readPod,
    "Pod whose name begins so, of the namespace default where none is given",
  ]),
  ...onSides("workload", null, "workload", ["[KIND/]NAME", readWorkload, "Workload"]),
  ...onSides("service", null, "service", ["[NAMESPACE/]SERVICE", readPod, "Service whose name begins so"]),
  ...onSides("ip", null, "ip", ["ADDRESS[/BITS]", readIp, "IP address or prefix"]),
  ...onSides("port", null, "port", ["PORT", readPort, "TCP, UDP or SCTP port"]),
  onField("protocol", "protocol", ["PROTOCOL", readProtocol, "Protocol of layer 4 or 7"]),
  onField("type", "event_type", ["TYPE[:SUBTYPE]", readEventType, "Type of event"], { short: "t" }),
  ...onSides("label", "l", "label", ["SELECTOR", readLabel, "Labels, of those that are kept"]),
  ...onSides("identity", null, "identity", ["IDENTITY", readIdentity, "Security identity, by name or number"]),
  ...onSides("fqdn", null, "fqdn", ["NAME", readFqdn, "DNS name of the address, with * for any run of characters"]),
  onField("http-status", "http_status_code", ["STATUS", readStatus, "HTTP status, for example 404 or 5+"]),
  onField("http-method", "http_method", ["METHOD", readAny, "HTTP method"]),
  onField("http-path", "http_path", ["REGEX", readRegex, "Path of the HTTP request"]),
  onField("http-url", "http_url", ["REGEX", readRegex, "URL of the HTTP request"]),
  onField("http-header", "http_header", ["NAME:VALUE", readHeader, "HTTP header, of those that are kept"]),
  onField("node-name", "node_name", [
    "[CLUSTER/]NODE",
    readNode,
    "Node that saw the flow, with * for any run of characters",
  ]),
  ...onSides("cluster", null, "cluster_name", ["CLUSTER", readAny, "Cluster"]),
  onField("traffic-direction", "traffic_direction", ["DIRECTION", readDirection, "ingress or egress"]),
  onField("tcp-flags", "tcp_flags", ["FLAG,…", readTcpFlags, "TCP flags that are all set"]),
  onField("ip-version", "ip_version", ["VERSION", readIpVersion, "v4, v6, or none for what is not IP"]),
  onField("ipv4", "ip_version", ["", () => readIpVersion("v4"), "IPv4 only"], { short: "4", implied: "v4" }),
  onField("ipv6", "ip_version", ["", () => readIpVersion("v6"), "IPv6 only"], { short: "6", implied: "v6" }),
  onField("snat-ip", "source_ip_xlated", ["ADDRESS[/BITS]", readIp, "Address that the source was translated to"]),
  onField("encrypted", "encrypted", ["", () => readSwitch("true"), "Encrypted on the way"], { implied: "true" }),
  onField("unencrypted", "encrypted", ["", () => readSwitch("false"), "Not encrypted on the way"], { implied: "true" }),
  onField("uuid", "uuid", ["UUID", readAny, "This one flow"]),
  {
    name: "since",
    effect: { on: "time", bound: "since" },
    value: "TIME",
    read: readAny,
    help: "Not before: 5m ago, or a time",
  },
  {
    name: "until",
    effect: { on: "time", bound: "until" },
    value: "TIME",
    read: readAny,
    help: "Not after: 1m ago, or a time",
  },
  {
    name: "allowlist",
    effect: { on: "raw", list: "whitelist" },
    value: "JSON",
    read: readAny,
    help: "Filters as Hubble's API has them: or any of these",
  },
  {
    name: "denylist",
    effect: { on: "raw", list: "blacklist" },
    value: "JSON",
    read: readAny,
    help: "Filters as Hubble's API has them: and none of these",
  },
  onField("reply", "reply", ["", readSwitch, "Replies; --reply=false for what is none"], {
    implied: "true",
    ours: true,
  }),
  onField("dns-query", "dns_query", ["REGEX", readRegex, "Name that was asked of DNS; it ends with a dot"], {
    ours: true,
  }),
  onField("policy", "policy", ["[NAMESPACE/]NAME", readPolicy, "Policy that allowed or denied the flow"], {
    ours: true,
  }),
  onField("cel-expression", "policy", ["CEL", readPolicyExpression, "What --policy is for hubble observe"], {
    hidden: true,
  }),
];

export const FLAGS_BY_NAME: ReadonlyMap<string, Flag> = new Map(FLAGS.map((flag) => [flag.name, flag]));

export const FLAGS_BY_SHORT: ReadonlyMap<string, Flag> = new Map(
  FLAGS.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag]])),
);

/** Filters of `hubble observe` on fields that are not carried here, and what to do instead. */
export const NOT_KEPT: ReadonlyMap<string, string> = new Map([
  ["node-label", "labels of nodes are not carried; --node-name takes patterns"],
  ["interface", "network interfaces are not carried"],
  ["trace-id", "trace ids are not carried"],
  ["ip-trace-id", "IP trace ids are not carried"],
]);

/** Flags that change what `hubble observe` reads or prints and not which flows match, by whether they take a value. */
export const IGNORED: ReadonlyMap<string, boolean> = new Map([
  ...["all", "follow", "print-node-name", "print-policy-names", "ip-translation", "numeric", "port-forward", "tls"].map(
    (name): [string, boolean] => [name, false],
  ),
  ...["tls-allow-insecure", "print-raw-filters", "silent-errors", "use-default-field-masks", "debug", "help"].map(
    (name): [string, boolean] => [name, false],
  ),
  ...["first", "last", "output", "time-format", "color", "field-mask", "input-file", "server", "timeout", "config"].map(
    (name): [string, boolean] => [name, true],
  ),
  ...["request-timeout", "port-forward-port", "kube-context", "kube-namespace", "kubeconfig"].map(
    (name): [string, boolean] => [name, true],
  ),
  ...["tls-ca-cert-files", "tls-client-cert-file", "tls-client-key-file", "tls-server-name"].map(
    (name): [string, boolean] => [name, true],
  ),
  ...["basic-auth-username", "basic-auth-password"].map((name): [string, boolean] => [name, true]),
]);

export const IGNORED_SHORT: ReadonlyMap<string, string> = new Map([
  ["f", "follow"],
  ["o", "output"],
  ["P", "port-forward"],
  ["s", "silent-errors"],
  ["D", "debug"],
  ["h", "help"],
]);
