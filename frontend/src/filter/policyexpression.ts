/**
 * Policies in Hubble's own terms. Its filters know nothing of policies, but it evaluates CEL expressions, and one can be written for a policy.
 */

const LISTS = ["egress_allowed_by", "ingress_allowed_by", "egress_denied_by", "ingress_denied_by"] as const;

const OWN =
  /^_flow\.egress_allowed_by\.exists\(p, p\.namespace == ("(?:[^"\\]|\\.)*") && p\.name == ("(?:[^"\\]|\\.)*")\)/;

/** @param policy `[NAMESPACE/]NAME` */
export function policyExpression(policy: string): string {
  const slash = policy.indexOf("/");
  const namespace = JSON.stringify(policy.slice(0, Math.max(0, slash)));
  const name = JSON.stringify(policy.slice(slash + 1));
  return LISTS.map((list) => `_flow.${list}.exists(p, p.namespace == ${namespace} && p.name == ${name})`).join(" || ");
}

/** The policy that an expression of ours stands for, null for any other expression. */
export function policyOfExpression(expression: string): string | null {
  const match = OWN.exec(expression);
  if (match === null) return null;
  try {
    const [namespace, name] = [match[1], match[2]].map((text) => JSON.parse(text ?? "") as string);
    const policy = namespace === "" ? (name ?? "") : `${namespace ?? ""}/${name ?? ""}`;
    return policyExpression(policy) === expression ? policy : null;
  } catch {
    return null;
  }
}
