/**
 * The facets: what values the kept rows have and how many rows have each. A click asks for a value or leaves it out.
 */

import { observer } from "mobx-react-lite";
import { useMemo, type ReactNode } from "react";

import { FACET_KINDS, facetChoice, type FacetKind } from "../filter/facetkinds";
import { cut, seen } from "../flow/visible";
import type { Session } from "../session/session";
import type { ValueCount } from "../stores/facetcounts";
import { VALUES_SHOWN_MORE, type FacetsStore, type FacetView } from "../stores/facets";
import type { FilterStore } from "../stores/filter";
import "./Facets.css";
import { wholeText } from "./numbers";

const NAME_CHARACTERS_MAX = 120;

export const Facets = observer(function Facets({ session }: { readonly session: Session }): ReactNode {
  const { facets } = session;
  if (!facets.isOpen) return null;
  return (
    <aside
      className="facets"
      aria-label="Facets: values in the kept rows"
      data-testid="facets"
      onPointerEnter={() => {
        facets.setSteady(true);
      }}
      onPointerLeave={() => {
        facets.setSteady(false);
      }}
      onFocus={() => {
        facets.setSteady(true);
      }}
      onBlur={() => {
        facets.setSteady(false);
      }}
    >
      <div className="facets-head">
        <h2>Facets</h2>
        <span data-testid="facets-rows" data-complete={facets.complete}>
          of {wholeText(facets.rows)}
          {facets.complete ? "" : "…"} rows
        </span>
        <span className="spring" />
        <button
          className="button button-quiet"
          type="button"
          aria-label="Close facets"
          data-testid="facets-close"
          onClick={() => {
            facets.setOpen(false);
          }}
        >
          ✕
        </button>
      </div>
      {FACET_KINDS.map((kind, index) => (
        <FacetGroup key={kind.id} kind={kind} index={index} facets={facets} filter={session.filter} />
      ))}
    </aside>
  );
});

interface GroupProps {
  readonly kind: FacetKind;
  readonly index: number;
  readonly facets: FacetsStore;
  readonly filter: FilterStore;
}

const FacetGroup = observer(function FacetGroup({ kind, index, facets, filter }: GroupProps): ReactNode {
  const view = facets.views[index];
  const isFolded = facets.folded.has(kind.id);
  if (view === undefined || (view.values.length === 0 && !isFolded)) return null;
  return (
    <section data-testid={`facet-${kind.id}`}>
      <h3>
        <button
          className="facet-title"
          type="button"
          aria-expanded={!isFolded}
          data-testid="facet-title"
          onClick={() => {
            facets.toggleFolded(kind.id);
          }}
        >
          {kind.title}
          {!isFolded && view.distinct > view.values.length && (
            <span className="facet-distinct">{wholeText(view.distinct)}</span>
          )}
        </button>
      </h3>
      {!isFolded && <FacetValues kind={kind} view={view} facets={facets} filter={filter} />}
    </section>
  );
});

interface ValuesProps {
  readonly kind: FacetKind;
  readonly view: FacetView;
  readonly facets: FacetsStore;
  readonly filter: FilterStore;
}

const FacetValues = observer(function FacetValues({ kind, view, facets, filter }: ValuesProps): ReactNode {
  const isLonger = facets.longer.has(kind.id);
  const hasMore = view.distinct > view.values.length;
  return (
    <>
      <ul aria-label={kind.title}>
        {view.values.map((one) => (
          <Value key={one.value} kind={kind} one={one} rows={facets.rows} filter={filter} />
        ))}
      </ul>
      {view.other > 0 && (
        <p className="facet-other" title="Beyond what is told apart here">
          {wholeText(view.other)} of other values
        </p>
      )}
      {(isLonger || hasMore) && (
        <button
          className="facet-more"
          type="button"
          data-testid="facet-more"
          onClick={() => {
            facets.toggleLonger(kind.id);
          }}
        >
          {isLonger ? "Fewer" : `The first ${Math.min(VALUES_SHOWN_MORE, view.distinct)}`}
        </button>
      )}
    </>
  );
});

interface ValueProps {
  readonly kind: FacetKind;
  readonly one: ValueCount;
  readonly rows: number;
  readonly filter: FilterStore;
}

const Value = observer(function Value({ kind, one, rows, filter }: ValueProps): ReactNode {
  const name = seen(cut(one.value, NAME_CHARACTERS_MAX));
  // Some flags compile what they are given: not each time that a count changes.
  const choice = useMemo(() => facetChoice(kind, one.value), [kind, one.value]);
  const standing = choice === null ? null : filter.standing(choice);
  const isIn = standing === "included";
  const isOut = standing === "excluded";
  return (
    <li className="facet-value" data-standing={standing ?? undefined} data-testid="facet-value">
      <span
        className="facet-bar"
        style={{ transform: `scaleX(${rows === 0 ? 0 : Math.min(1, one.count / rows).toFixed(3)})` }}
      />
      <button
        className="facet-include"
        type="button"
        disabled={choice === null}
        aria-pressed={isIn}
        title={isIn ? `No longer only ${name}` : `Only ${name}`}
        data-testid="facet-include"
        onClick={() => {
          if (choice === null) return;
          if (isIn) filter.drop(choice);
          else filter.include(choice);
        }}
      >
        <span className="facet-name">{name}</span>
        <span className="facet-count" data-testid="facet-count">
          {wholeText(one.count)}
        </span>
      </button>
      <button
        className="facet-exclude"
        type="button"
        disabled={choice === null}
        aria-pressed={isOut}
        aria-label={`Without ${name}`}
        title={isOut ? `${name} again` : `Without ${name}`}
        data-testid="facet-exclude"
        onClick={() => {
          if (choice === null) return;
          if (isOut) filter.drop(choice);
          else filter.exclude(choice);
        }}
      >
        −
      </button>
    </li>
  );
});
