/**
 * Everything that is known of the selected row. Of a flow: why it was dropped and what would let it through, each field, what belongs to it, and
 * the flow as it came. Of a loss: what it means.
 */

import "./Details.css";

import { observer } from "mobx-react-lite";
import { useMemo, type ReactNode } from "react";

import { rowChoices } from "../filter/choices";
import type { Choice } from "../filter/edit";
import { verdictText } from "../flow/columns";
import { fieldGroups, type Field } from "../flow/fields";
import { shownJson, wholeJson } from "../flow/json";
import { forCell } from "../flow/visible";
import type { Session } from "../session/session";
import type { FilterStore } from "../stores/filter";
import type { Row } from "../stores/row";
import { DetailsCopy } from "./DetailsCopy";
import { DetailsExplainer } from "./DetailsExplainer";
import { DetailsRelated } from "./DetailsRelated";
import { GapDetails } from "./GapDetails";

export const Details = observer(function Details({ session }: { readonly session: Session }): ReactNode {
  const { view } = session;
  const row = view.selected;
  if (!view.detailsOpen || row === null) return null;
  const isGap = row.gap !== undefined;
  return (
    <aside className="details" aria-label={`Details of the selected ${isGap ? "loss" : "flow"}`} data-testid="details">
      <DetailsHead
        row={row}
        onClose={() => {
          view.closeDetails();
        }}
      />
      {isGap ? <GapDetails gap={row.gap} session={session} /> : <FlowDetails row={row} session={session} />}
    </aside>
  );
});

interface RowProps {
  readonly row: Row;
  readonly session: Session;
}

const FlowDetails = observer(function FlowDetails({ row, session }: RowProps): ReactNode {
  return (
    <>
      <DetailsExplainer key={`explainer ${row.seq}`} flow={row.flow} />
      <DetailsRelated key={`related ${row.seq}`} row={row} session={session} />
      {fieldGroups(row.flow, session.settings.clock).map(({ title, fields }) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl>
            {fields.map((field) => (
              <FieldLine key={field.label} field={field} />
            ))}
          </dl>
        </section>
      ))}
      <Choices key={`choices ${row.seq}`} row={row} filter={session.filter} />
      <WholeFlow key={row.seq} row={row} />
    </>
  );
});

function DetailsHead({ row, onClose }: { readonly row: Row; readonly onClose: () => void }): ReactNode {
  return (
    <div className="details-head">
      <h2>{row.gap === undefined ? "Flow" : "Loss"}</h2>
      {row.gap === undefined && <VerdictTag row={row} />}
      <span className="spring" />
      <button
        className="button button-quiet"
        type="button"
        onClick={onClose}
        aria-label="Close details"
        title="Esc"
        data-testid="details-close"
      >
        ✕
      </button>
    </div>
  );
}

function VerdictTag({ row }: { readonly row: Row }): ReactNode {
  const verdict = forCell(verdictText(row.flow));
  return (
    <span className="verdict-tag" data-verdict={verdict}>
      {verdict}
    </span>
  );
}

function FieldLine({ field: { label, value, whole } }: { readonly field: Field }): ReactNode {
  return (
    <div className="field">
      <dt>{label}</dt>
      <dd>
        <span>{value}</span>
        <DetailsCopy text={() => whole} label={`Copy ${label}`} small />
      </dd>
    </div>
  );
}

interface ChoicesProps {
  readonly row: Row;
  readonly filter: FilterStore;
}

/** What the filter could ask for because of this flow. */
const Choices = observer(function Choices({ row, filter }: ChoicesProps): ReactNode {
  const choices = useMemo(() => rowChoices(row.flow), [row]);
  if (choices.length === 0) return null;
  return (
    <details className="details-more" data-testid="details-choices">
      <summary>Filter by what this flow is</summary>
      <ul>
        {choices.map((choice) => (
          <ChoiceLine key={`${choice.flag} ${choice.value}`} choice={choice} filter={filter} />
        ))}
      </ul>
    </details>
  );
});

interface ChoiceLineProps {
  readonly choice: Choice;
  readonly filter: FilterStore;
}

const ChoiceLine = observer(function ChoiceLine({ choice, filter }: ChoiceLineProps): ReactNode {
  const standing = filter.standing(choice);
  const words = forCell(`--${choice.flag} ${choice.value}`.trimEnd());
  return (
    <li className="choice-line">
      <code>{words}</code>
      <button
        className="button button-quiet"
        type="button"
        aria-pressed={standing === "included"}
        aria-label={`Show only ${words}`}
        title="Show only these"
        onClick={() => {
          if (standing === "included") filter.drop(choice);
          else filter.include(choice);
        }}
      >
        +
      </button>
      <button
        className="button button-quiet"
        type="button"
        aria-pressed={standing === "excluded"}
        aria-label={`Leave out ${words}`}
        title="Leave these out"
        onClick={() => {
          if (standing === "excluded") filter.drop(choice);
          else filter.exclude(choice);
        }}
      >
        −
      </button>
    </li>
  );
});

function WholeFlow({ row }: { readonly row: Row }): ReactNode {
  const { text, isCut } = shownJson(row.flow);
  return (
    <section>
      <div className="json-head">
        <h3>JSON</h3>
        <span className="spring" />
        <DetailsCopy text={() => wholeJson(row.flow)} label="Copy" testId="copy" />
      </div>
      {isCut && <p className="json-cut">Long texts are cut here; Copy has them whole.</p>}
      <pre className="json" tabIndex={0} data-testid="json">
        {text}
      </pre>
    </section>
  );
}
