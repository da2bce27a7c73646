/**
 * Why the flow was dropped or let through, and the policy that would allow it.
 */

import { useMemo, type ReactNode } from "react";

import { explainFlow, type PolicyLine } from "../explain/explanation";
import type { Suggestion } from "../explain/policy";
import { policyName } from "../flow/fields";
import { forCell } from "../flow/visible";
import type { Flow } from "../wire/flow";
import { DetailsCopy } from "./DetailsCopy";

export function DetailsExplainer({ flow }: { readonly flow: Flow }): ReactNode {
  const explanation = useMemo(() => explainFlow(flow), [flow]);
  if (explanation === null) return null;
  const { title, means, look, policies, noPolicies, defaultDeny, suggestion } = explanation;
  const isBad = flow.verdict === "DROPPED" || flow.verdict === "ERROR";
  return (
    <section className="explainer" data-tone={isBad ? "bad" : undefined} data-testid="explainer">
      <h3>{forCell(title)}</h3>
      <p>{means}</p>
      {look !== "" && (
        <p>
          <b>What to look at.</b> {look}
        </p>
      )}
      {policies.map((line) => (
        <PolicyNames key={`${line.effect} ${line.direction}`} line={line} />
      ))}
      {policies.length === 0 && noPolicies !== "" && <p className="explainer-quiet">{noPolicies}</p>}
      {defaultDeny !== "" && (
        <details>
          <summary>What default deny means</summary>
          <p>{defaultDeny}</p>
        </details>
      )}
      {typeof suggestion === "string" && <p className="explainer-quiet">{suggestion}</p>}
      {suggestion !== null && typeof suggestion !== "string" && <SuggestedPolicy suggestion={suggestion} />}
    </section>
  );
}

function PolicyNames({ line: { effect, direction, policies } }: { readonly line: PolicyLine }): ReactNode {
  return (
    <p data-testid={`policy-${effect}`}>
      <b>
        {direction === "ingress" ? "Ingress" : "Egress"} {effect} by
      </b>{" "}
      {forCell(policies.map(policyName).join("; "))}
    </p>
  );
}

function SuggestedPolicy({ suggestion: { yaml, mustFillIn, notes } }: { readonly suggestion: Suggestion }): ReactNode {
  return (
    <details className="suggestion" data-testid="suggestion">
      <summary>A policy that would allow exactly this flow</summary>
      {mustFillIn && (
        <p className="suggestion-fill">
          Fill in what says <code>FILL-IN</code> first: the flow does not carry it.
        </p>
      )}
      <div className="json-head">
        <span className="explainer-quiet">A suggestion to read and adapt. Nothing is applied from here.</span>
        <span className="spring" />
        <DetailsCopy text={() => yaml} label="Copy" testId="copy-policy" />
      </div>
      <pre className="json" tabIndex={0} data-testid="policy-yaml">
        {yaml}
      </pre>
      <ul className="suggestion-notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
