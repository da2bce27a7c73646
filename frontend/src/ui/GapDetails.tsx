/**
 * Everything that is known of the selected loss: when, how many, where, what it means, and where its flows may still be read.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import { explainLoss } from "../explain/losses";
import { forCell } from "../flow/visible";
import type { Session } from "../session/session";
import type { Gap } from "../stores/loss";
import { gapSentence } from "./gapwords";
import { wholeText } from "./numbers";

interface Props {
  readonly gap: Gap;
  readonly session: Session;
}

export const GapDetails = observer(function GapDetails({ gap, session }: Props): ReactNode {
  const { clock } = session.settings;
  const { means, look, reachedBroker } = explainLoss(gap);
  const lines: readonly (readonly [label: string, value: string])[] = [
    ["From", gap.firstMs === null ? "" : clock.dateTime(gap.firstMs)],
    ["Until", gap.lastMs === null ? "" : clock.dateTime(gap.lastMs)],
    ["Flows", countText(gap)],
    ["Node", gap.node],
  ];
  return (
    <>
      <section
        className="explainer"
        data-tone={gap.kind === "narrowed" ? undefined : "bad"}
        data-testid="gap-explainer"
      >
        <h3>{gapSentence(gap)}</h3>
        <p>{means}</p>
        {look !== "" && (
          <p>
            <b>What to look at.</b> {look}
          </p>
        )}
        <InHistory gap={gap} session={session} reachedBroker={reachedBroker} />
      </section>
      <section>
        <h3>When and where</h3>
        <dl>
          {lines
            .filter(([, value]) => value !== "")
            .map(([label, value]) => (
              <div key={label} className="field">
                <dt>{label}</dt>
                <dd>{forCell(value)}</dd>
              </div>
            ))}
        </dl>
      </section>
    </>
  );
});

/** How many are missing; "" where none need be. */
function countText({ kind, count }: Gap): string {
  if (kind === "narrowed") return "";
  const isKnown = count !== null && !(kind === "away" && count === 0);
  return isKnown ? wholeText(count) : "how many is not known";
}

/** The way to the flows, where the broker has had them; else why there is none. */
const InHistory = observer(function InHistory({
  gap,
  session,
  reachedBroker,
}: Props & { readonly reachedBroker: boolean }): ReactNode {
  const fromMs = gap.firstMs ?? gap.lastMs;
  if (!reachedBroker)
    return <p className="explainer-quiet">These flows never reached the broker, so no history has them.</p>;
  if (!session.past.isAvailable) return <p className="explainer-quiet">This user has no history to read them in.</p>;
  if (fromMs === null)
    return <p className="explainer-quiet">When it was is not known, so the history cannot be asked for it.</p>;
  return (
    <button
      className="button"
      type="button"
      data-testid="gap-history"
      onClick={() => {
        void session.past.goTo(fromMs);
      }}
    >
      Show this time in the history
    </button>
  );
});
