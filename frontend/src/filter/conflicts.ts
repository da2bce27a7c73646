/**
 * Flags that `hubble observe` does not take together. Source: its code, and its answers.
 *
 * Some of these have no meaning together: `--pod` with `--from-pod` would put both names into one field, where either suffices. Those are
 * refused here too. Others are clear, such as `--namespace` with `--ip`, and an operator who clicks both wants both: these are taken here,
 * and a copied command writes them as filters of Hubble's API.
 */

const GROUPS: readonly (readonly string[])[] = [
  ["from-fqdn", "from-ip", "ip", "fqdn", "from-namespace", "namespace", "from-all-namespaces", "all-namespaces"],
  ["from-fqdn", "from-ip", "ip", "fqdn", "from-pod", "pod"],
  ["to-fqdn", "to-ip", "ip", "fqdn", "to-namespace", "namespace", "to-all-namespaces", "all-namespaces"],
  ["to-fqdn", "to-ip", "ip", "fqdn", "to-pod", "pod"],
  ["to-pod", "namespace", "all-namespaces"],
  ["from-pod", "namespace", "all-namespaces"],
  ["to-service", "namespace", "all-namespaces"],
  ["from-service", "namespace", "all-namespaces"],
  ...["label", "service", "port", "identity", "workload"].flatMap((kind) => [
    [kind, `from-${kind}`],
    [kind, `to-${kind}`],
  ]),
  ["encrypted", "unencrypted"],
];

/** Kinds that lie in fields of their own, so that both of them hold. */
const CLEAR_TOGETHER = new Set(["fqdn", "ip", "namespace", "pod"]);

/** Returns whether `hubble observe` refuses the two flags together. */
export function hubbleRefuses(one: string, other: string): boolean {
  return one !== other && GROUPS.some((group) => group.includes(one) && group.includes(other));
}

/** Returns whether the two flags mean nothing together. */
export function conflict(one: string, other: string): boolean {
  if (!hubbleRefuses(one, other)) return false;
  const kinds = [kindOf(one), kindOf(other)] as const;
  if (kinds[0] === kinds[1] || !kinds.every((kind) => CLEAR_TOGETHER.has(kind))) return true;
  // `--namespace` becomes part of the pod's name, on either side.
  return kinds.includes("pod") && kinds.includes("namespace");
}

function kindOf(flag: string): string {
  const kind = flag.replace(/^(from|to)-/, "");
  return kind === "all-namespaces" ? "namespace" : kind;
}
