/**
 * Flows that belong to the selected one: how many there are among the rows, the newest of them to go to, and a filter for all.
 */

import { reaction } from "mobx";
import { observer } from "mobx-react-lite";
import { useEffect, useMemo, useState, type ReactNode } from "react";

import { relationsOf, type Relation } from "../explain/related";
import { cellTexts, COLUMNS_BY_ID } from "../flow/columns";
import type { Session } from "../session/session";
import { Matches } from "../stores/matches";
import type { Row } from "../stores/row";
import { wholeText } from "./numbers";

/** How much of a frame the search may take. */
const SEARCH_BUDGET_MS = 3;

/** Flows of each kind that are listed. */
const LISTED_MAX = 5;

const LINE_COLUMNS = ["time", "verdict", "source", "destination", "summary"].flatMap(
  (id) => COLUMNS_BY_ID.get(id) ?? [],
);

interface Found {
  readonly relation: Relation;
  readonly count: number;
  readonly complete: boolean;
  readonly newest: readonly Row[];
}

interface Props {
  readonly row: Row;
  readonly session: Session;
}

export const DetailsRelated = observer(function DetailsRelated({ row, session }: Props): ReactNode {
  const found = useRelated(row, session);
  if (found.length === 0) return null;
  return (
    <section className="related" data-testid="related">
      <h3>Related flows among the rows</h3>
      {found.map((one) => (
        <RelatedKind key={one.relation.id} found={one} row={row} session={session} />
      ))}
    </section>
  );
});

interface KindProps extends Props {
  readonly found: Found;
}

const RelatedKind = observer(function RelatedKind({ found, row, session }: KindProps): ReactNode {
  const { relation, count, complete, newest } = found;
  const { view, settings, filter } = session;
  const reading = { clock: settings.clock, timeFormat: "time" as const, nowMs: 0 };
  const show = (): void => {
    filter.remember();
    filter.setText(relation.filters.map((one) => `--allowlist '${quoted(JSON.stringify(one))}'`).join(" "));
    filter.remember();
  };
  return (
    <details className="related-kind" data-testid={`related-${relation.id}`}>
      <summary>
        {relation.title}{" "}
        <b data-testid={`related-${relation.id}-count`}>
          {wholeText(count)}
          {complete ? "" : "…"}
        </b>
      </summary>
      <ul>
        {newest.map((other) => {
          const texts = cellTexts(other.flow, LINE_COLUMNS, reading);
          return (
            <li key={other.seq}>
              <button
                className="related-line"
                type="button"
                aria-current={other.seq === row.seq}
                title={texts.join("  ")}
                data-verdict={texts[1]}
                onClick={() => {
                  view.reveal(other, true);
                }}
              >
                <span className="related-time">{texts[0]}</span>
                <span className="related-verdict">{texts[1]}</span>
                <span className="related-text">
                  {texts[2]} → {texts[3]} {texts[4]}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
      {relation.filters.length > 0 && (
        <button className="button related-all" type="button" data-testid={`related-${relation.id}-show`} onClick={show}>
          Show only these in the table
        </button>
      )}
    </details>
  );
});

/** Searches the rows a slice a frame, and goes on with what comes. */
function useRelated(row: Row, session: Session): readonly Found[] {
  const { flows, view } = session;
  const [found, setFound] = useState<readonly Found[]>([]);
  const relations = useMemo(() => relationsOf(row.flow), [row]);

  useEffect(() => {
    const searches = relations.map((relation) => ({
      relation,
      matches: new Matches(view.source, (other) => relation.test(other.flow)),
    }));
    let frame: number | null = null;
    const tell = (): void => {
      setFound(
        searches.map(({ relation, matches }) => ({
          relation,
          count: matches.count,
          complete: matches.complete,
          newest: Array.from({ length: LISTED_MAX }, (_, index) => matches.at(index)).filter(
            (one) => one !== undefined,
          ),
        })),
      );
    };
    const search = (): void => {
      const open = searches.filter(({ matches }) => !matches.complete);
      open[0]?.matches.search(() => performance.now(), SEARCH_BUDGET_MS);
      frame = open.length > 0 ? requestAnimationFrame(search) : null;
      if (open.length === 0) tell();
    };
    search();
    // While the rows are held nothing comes; otherwise a few looks a second are enough.
    const stop = reaction(
      () => flows.version,
      () => {
        for (const { matches } of searches) matches.advance();
        if (frame === null) tell();
      },
      { delay: 500 },
    );
    return () => {
      stop();
      if (frame !== null) cancelAnimationFrame(frame);
    };
  }, [relations, flows, view]);

  return found;
}

/** For between single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "'\\''");
}
