/**
 * The table: newest flow first. React makes the frame; the rows are RowPool's. A scroll away from the top and a selection hold the rows where
 * they are.
 */

import { observer } from "mobx-react-lite";
import { useEffect, useImperativeHandle, useRef, type PointerEvent, type ReactNode, type Ref } from "react";

import type { Session } from "../session/session";
import { CellMenu } from "./CellMenu";
import { ColumnHead } from "./ColumnHead";
import type { Command } from "./keys";
import { PastNote } from "./PastNote";
import { TableDriver } from "./tabledriver";
import { connectionWords } from "./words";

export interface TableHandle {
  readonly focus: () => void;
  readonly run: (command: Command) => void;
}

interface Props {
  readonly session: Session;
  readonly ref: Ref<TableHandle>;
}

export const FlowTable = observer(function FlowTable({ session, ref }: Props): ReactNode {
  const { view } = session;
  const grid = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const driver = useRef<TableDriver | null>(null);

  useEffect(() => {
    if (grid.current === null || space.current === null || sheet.current === null) return;
    const made = new TableDriver(session, {
      grid: grid.current,
      scroller: grid.current,
      space: space.current,
      sheet: sheet.current,
    });
    driver.current = made;
    return () => {
      driver.current = null;
      made.dispose();
    };
  }, [session]);

  useImperativeHandle(ref, () => ({
    focus: () => grid.current?.focus(),
    run: (command) => driver.current?.run(command),
  }));

  const press = (event: PointerEvent): void => {
    // On press and not on release: by then, at a high rate, another flow would stand there.
    if (event.button === 0) driver.current?.press(event.target);
  };

  const click = (): void => {
    // Whoever marks text wants to copy it.
    if (getSelection()?.isCollapsed !== false) view.openDetails();
  };

  return (
    <div className="table">
      <div
        ref={grid}
        className="scroller"
        role="grid"
        aria-label="Flows, newest first"
        aria-colcount={session.settings.columns.length}
        aria-readonly="true"
        tabIndex={0}
        data-testid="scroller"
      >
        <ColumnHead settings={session.settings} />
        <div ref={space} className="space" role="rowgroup" onPointerDown={press} onClick={click}>
          <div ref={sheet} className="sheet" role="presentation" />
        </div>
      </div>
      <EmptyNote session={session} />
      <PastNote past={session.past} view={session.view} />
      <CellMenu session={session} grid={grid} rowOf={(target) => driver.current?.rowOf(target) ?? null} />
    </div>
  );
});

const EmptyNote = observer(function EmptyNote({ session }: { readonly session: Session }): ReactNode {
  const { view, flows, filter, connection, health } = session;
  if (view.counts.matching > 0 || !view.counts.complete) return null;
  const said = connectionWords(connection.flows, health.nowMs, true);
  const empty =
    view.counts.kept > 0 && filter.predicate !== null
      ? ["No row matches the filter", "Rows that match will appear here as they come."]
      : connection.flows.is === "live"
        ? [
            flows.hasReceived ? "Connected, waiting for the next flow" : said.short,
            "Flows appear here the moment they come.",
          ]
        : [said.short, said.long];
  return (
    <div className="empty" data-testid="empty">
      <p className="empty-title">{empty[0]}</p>
      <p>{empty[1]}</p>
    </div>
  );
});
