/**
 * Where a side of a flow stands on the service map: a workload in its namespace, an entity of the cluster, or a name outside of it.
 */

import { reservedName, type Side } from "../flow/endpoint";

export type PlaceKind = "workload" | "entity" | "name" | "unknown";

export interface Place {
  /** A namespace, or one of OUTSIDE, CLUSTER and UNKNOWN, which are no legal names of namespaces. */
  readonly area: string;
  readonly name: string;
  readonly kind: PlaceKind;
}

/** All that is not in the cluster. */
export const OUTSIDE = "(outside)";

/** Nodes and the like: entities without a namespace. */
export const CLUSTER = "(cluster)";

/** Ends of which nothing but an address is known. */
export const UNKNOWN = "(unknown)";

const UNKNOWN_PLACE: Place = { area: UNKNOWN, name: "unknown", kind: "unknown" };

/** @param side of the connection, as it was opened */
export function placeOf({ endpoint, names }: Side): Place {
  const namespace = endpoint?.namespace;
  if (namespace !== undefined) {
    const name = endpoint?.workloads?.[0]?.name ?? endpoint?.pod_name;
    return { area: namespace, name: name ?? "unknown", kind: name === undefined ? "unknown" : "workload" };
  }
  const reserved = reservedName(endpoint);
  const dnsName = names[0];
  if (reserved === undefined ? dnsName !== undefined : reserved.startsWith("world")) {
    return dnsName === undefined
      ? { area: OUTSIDE, name: reserved ?? "world", kind: "entity" }
      : { area: OUTSIDE, name: dnsName, kind: "name" };
  }
  return reserved === undefined ? UNKNOWN_PLACE : { area: CLUSTER, name: reserved, kind: "entity" };
}
