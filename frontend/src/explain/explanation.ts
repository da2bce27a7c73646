/**
 * Why a flow was dropped, or let through, in the operator's words.
 */

import type { Flow, Policy } from "../wire/flow";
import { suggestPolicy, type Suggestion } from "./policy";
import { reasonOf } from "./reasons";

export interface PolicyLine {
  readonly effect: "allowed" | "denied";
  readonly direction: "ingress" | "egress";
  readonly policies: readonly Policy[];
}

export interface Explanation {
  /** For example "Dropped: POLICY_DENIED". */
  readonly title: string;
  readonly means: string;
  /** "" where there is nothing to look at. */
  readonly look: string;
  readonly policies: readonly PolicyLine[];
  /** What is to be said where no policy is named. */
  readonly noPolicies: string;
  /** What default deny is and whether it is at work here; "" where it has no part in it. */
  readonly defaultDeny: string;
  /** A policy that would allow the flow, or why there is none; null where policy has no part in it. */
  readonly suggestion: Suggestion | string | null;
}

const DEFAULT_DENY =
  "As long as no policy selects an endpoint for a direction, everything passes there. The first policy that does turns this round: from then on only what some policy allows gets through. This is default deny. It is at work for this endpoint already, so a further policy that allows the flow takes nothing away from others.";

const DENY_FIRST =
  "No policy can be suggested: a deny rule goes before every allow rule. Narrow the rule of the policy named above.";

const NOT_NAMED =
  "The flow names no policy. Cilium names those that allowed or denied a flow in policy verdicts only, and default deny has none to name.";

/** Null where there is nothing to explain. */
export function explainFlow(flow: Flow): Explanation | null {
  const policies = policyLines(flow);
  switch (flow.verdict) {
    case "DROPPED":
      return isLayer7Denial(flow) ? layer7Denial(flow, policies) : drop(flow, policies);
    case "AUDIT":
      return audit(flow, policies);
    case "ERROR":
      return {
        ...plain("Error", "Cilium's proxy could not handle the request or its answer.", policies),
        look: "Look at the log of the Cilium agent and of Envoy on this node.",
      };
    case "REDIRECTED":
      return plain(
        "Handed to the proxy",
        "The flow is allowed as far as ports go; Cilium's proxy decides on each request in it. Its verdict is a flow of its own.",
        policies,
      );
    default:
      return policies.length === 0
        ? null
        : plain("Allowed", "A policy selects this endpoint and lets the flow through.", policies);
  }
}

function plain(title: string, means: string, policies: readonly PolicyLine[]): Explanation {
  return { title, means, look: "", policies, noPolicies: "", defaultDeny: "", suggestion: null };
}

function drop(flow: Flow, policies: readonly PolicyLine[]): Explanation {
  const reason = flow.drop_reason_desc;
  const { kind, means, look } = reasonOf(reason ?? "DROP_REASON_UNKNOWN");
  const byPolicy = kind === "policy" || kind === "deny";
  return {
    title: `Dropped: ${reason ?? "no reason given"}`,
    means,
    look,
    policies,
    noPolicies: byPolicy ? NOT_NAMED : "",
    defaultDeny: reason === "POLICY_DENIED" ? DEFAULT_DENY : "",
    suggestion: reason === "POLICY_DENIED" ? suggestPolicy(flow) : kind === "deny" ? DENY_FIRST : null,
  };
}

/** The proxy refuses requests without a drop reason of the kernel's. */
function isLayer7Denial(flow: Flow): boolean {
  return flow.l7 !== undefined && (flow.drop_reason_desc === undefined || flow.drop_reason_desc === "POLICY_DENIED");
}

function layer7Denial(flow: Flow, policies: readonly PolicyLine[]): Explanation {
  return {
    title: "Refused by the proxy",
    means: "The connection is allowed, but no layer 7 rule on its port matches this request.",
    look: "Compare method, path and name of the request with the rules of the policies that select the endpoint.",
    policies,
    noPolicies: NOT_NAMED,
    defaultDeny: "",
    suggestion: suggestPolicy(flow),
  };
}

function audit(flow: Flow, policies: readonly PolicyLine[]): Explanation {
  return {
    title: "Let through in audit mode",
    means:
      "Policy would have dropped this flow, but the endpoint is in audit mode, in which verdicts are told and not enforced.",
    look: "Once audit mode is off, flows like this are dropped.",
    policies,
    noPolicies: NOT_NAMED,
    defaultDeny: DEFAULT_DENY,
    suggestion: suggestPolicy(flow),
  };
}

function policyLines(flow: Flow): readonly PolicyLine[] {
  const lines: readonly (readonly [PolicyLine["effect"], PolicyLine["direction"], readonly Policy[] | undefined])[] = [
    ["denied", "egress", flow.egress_denied_by],
    ["denied", "ingress", flow.ingress_denied_by],
    ["allowed", "egress", flow.egress_allowed_by],
    ["allowed", "ingress", flow.ingress_allowed_by],
  ];
  return lines.flatMap(([effect, direction, policies]) =>
    policies === undefined || policies.length === 0 ? [] : [{ effect, direction, policies }],
  );
}
