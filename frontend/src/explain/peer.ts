/**
 * The two ends of a flow as a policy sees them: who is subject to it, in which direction, and how the other end is named.
 */

import { destinationOf, sourceOf, type Side } from "../flow/endpoint";
import type { Endpoint, Flow } from "../wire/flow";

export type Direction = "ingress" | "egress";

export interface Ends {
  readonly direction: Direction;
  /** Whether the flow tells the direction itself; otherwise it is taken from what its ends are. */
  readonly directionKnown: boolean;
  /** The end that the policy is applied at. */
  readonly subject: Side;
  readonly peer: Side;
  /** Of the connection, also where the flow is an answer. */
  readonly destinationPort: number | undefined;
}

/** Entities that a Cilium policy can name, the most telling first: the API server's node is a remote node too. */
const ENTITIES = [
  ...["kube-apiserver", "ingress", "health", "host", "remote-node", "init", "unmanaged"],
  ...["world-ipv4", "world-ipv6", "world"],
] as const;
export type Entity = (typeof ENTITIES)[number];

/** Reserved numbers. Source: cilium/cilium, pkg/identity/numericidentity.go. */
const ENTITIES_BY_IDENTITY: Readonly<Record<number, Entity>> = {
  ...{ 1: "host", 2: "world", 3: "unmanaged", 4: "health", 5: "init", 6: "remote-node", 7: "kube-apiserver" },
  ...{ 8: "ingress", 9: "world-ipv4", 10: "world-ipv6" },
};

/** Bits of an identity that say that it stands for a range of addresses outside of the cluster. */
const CIDR_SCOPE = 0x01;

/** Null where neither end is told. */
export function endsOf(flow: Flow): Ends | null {
  // An answer belongs to the connection that was opened the other way; its direction is the connection's.
  const isReply = flow.is_reply === true;
  const opener = isReply ? destinationOf(flow) : sourceOf(flow);
  const opened = isReply ? sourceOf(flow) : destinationOf(flow);
  const direction = directionOf(flow, opener, opened);
  if (direction === null) return null;
  return {
    direction,
    directionKnown: flow.traffic_direction === "INGRESS" || flow.traffic_direction === "EGRESS",
    subject: direction === "ingress" ? opened : opener,
    peer: direction === "ingress" ? opener : opened,
    destinationPort: opened.port,
  };
}

function directionOf(flow: Flow, opener: Side, opened: Side): Direction | null {
  if (flow.traffic_direction === "INGRESS") return "ingress";
  if (flow.traffic_direction === "EGRESS") return "egress";
  if (opened.endpoint?.namespace !== undefined) return "ingress";
  return opener.endpoint?.namespace === undefined ? null : "egress";
}

export function entityOf(endpoint: Endpoint | undefined): Entity | null {
  const labels = endpoint?.labels ?? [];
  const named = ENTITIES.find((entity) => labels.includes(`reserved:${entity}`));
  if (named !== undefined) return named;
  const identity = endpoint?.identity ?? 0;
  if (identity >>> 24 === CIDR_SCOPE) return "world";
  return ENTITIES_BY_IDENTITY[identity] ?? null;
}

/** Labels that are no good for selecting: Cilium makes them itself, or they change with each rollout. */
const UNFIT =
  /^(reserved:|cidr:|fqdn:|k8s:io\.cilium\.|k8s:io\.kubernetes\.pod\.namespace=|k8s:(pod-template-hash|controller-revision-hash|pod-template-generation|batch\.kubernetes\.io\/)|k8s:job-name=|k8s:statefulset\.kubernetes\.io\/)/;

/** A label as Kubernetes allows it, with the prefix that Cilium puts before it. */
const LABEL =
  /^(?:([a-z0-9]+):)?((?:[a-z0-9.-]{1,253}\/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)(?:=((?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?))?$/;

export interface SelectorLabels {
  readonly labels: Readonly<Record<string, string>>;
  /** How many labels of the endpoint no Kubernetes object could bear, and are left out. */
  readonly impossible: number;
}

/** The labels that select what the endpoint is. */
export function selectorLabels(endpoint: Endpoint | undefined): SelectorLabels {
  const labels = new Map<string, string>();
  let impossible = 0;
  for (const label of endpoint?.labels ?? []) {
    if (UNFIT.test(label)) continue;
    const parts = label.length > 400 ? null : LABEL.exec(label);
    if (parts === null) impossible += 1;
    else labels.set(`${parts[1] ?? "any"}:${parts[2] ?? ""}`, parts[3] ?? "");
  }
  return { labels: Object.fromEntries(labels), impossible };
}

/** A name that Kubernetes allows for an object, so that it can stand in a command or a comment. */
export function isObjectName(name: string | undefined): name is string {
  return name !== undefined && name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name);
}

/** In words, for example `Deployment shop/cart`. */
export function subjectWords({ endpoint }: Side): string {
  const workload = endpoint?.workloads?.[0];
  const name = workload?.name ?? endpoint?.pod_name;
  if (name === undefined) return entityOf(endpoint) ?? "the endpoint";
  const path = endpoint?.namespace === undefined ? name : `${endpoint.namespace}/${name}`;
  return `${workload?.kind ?? (workload === undefined ? "Pod" : "workload")} ${path}`;
}
