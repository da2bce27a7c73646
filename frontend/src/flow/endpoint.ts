/**
 * How one side of a flow is called: the pod where there is one, else the workload, else its reserved identity, else names, else the address.
 */

import type { Endpoint, Flow } from "../wire/flow";

const RESERVED = "reserved:";

/** Identities that Cilium reserves, for endpoints that come without labels. Source: cilium/cilium, pkg/identity/numericidentity.go. */
const RESERVED_IDENTITIES: Readonly<Record<number, string>> = {
  1: "host",
  2: "world",
  3: "unmanaged",
  4: "health",
  5: "init",
  6: "remote-node",
  7: "kube-apiserver",
  8: "ingress",
  9: "world-ipv4",
  10: "world-ipv6",
};

export interface Side {
  readonly endpoint: Endpoint | undefined;
  readonly ip: string | undefined;
  readonly names: readonly string[];
  readonly port: number | undefined;
}

export function sourceOf(flow: Flow): Side {
  return {
    endpoint: flow.source,
    ip: flow.IP?.source,
    names: flow.source_names ?? [],
    port: portsOf(flow)?.source_port,
  };
}

export function destinationOf(flow: Flow): Side {
  return {
    endpoint: flow.destination,
    ip: flow.IP?.destination,
    names: flow.destination_names ?? [],
    port: portsOf(flow)?.destination_port,
  };
}

function portsOf(flow: Flow): { readonly source_port?: number; readonly destination_port?: number } | undefined {
  return flow.l4?.TCP ?? flow.l4?.UDP ?? flow.l4?.SCTP;
}

/** For example "world" or "host", from the labels or the number. */
export function reservedName(endpoint: Endpoint | undefined): string | undefined {
  const label = endpoint?.labels?.find((one) => one.startsWith(RESERVED));
  if (label !== undefined) return label.slice(RESERVED.length);
  return endpoint?.identity === undefined ? undefined : RESERVED_IDENTITIES[endpoint.identity];
}

/** The side in one text, for example `shop/cart-7d9f`, `world example.org 203.0.113.7` or `10.0.0.1`; "" where nothing is known. */
export function sideText(side: Side): string {
  const { endpoint, ip, names } = side;
  const namespace = endpoint?.namespace;
  const pod = endpoint?.pod_name ?? endpoint?.workloads?.[0]?.name;
  if (pod !== undefined) return namespace === undefined ? pod : `${namespace}/${pod}`;
  const parts: string[] = [];
  const reserved = reservedName(endpoint);
  if (reserved !== undefined) parts.push(reserved);
  if (namespace !== undefined) parts.push(`${namespace}/`);
  const dnsName = names[0];
  if (dnsName !== undefined) parts.push(names.length > 1 ? `${dnsName} +${names.length - 1}` : dnsName);
  if (ip !== undefined) parts.push(ip);
  if (parts.length === 0 && endpoint?.identity !== undefined) parts.push(`identity ${endpoint.identity}`);
  return parts.join(" ");
}
