/**
 * The page once logged in. Turns keys into commands and hands them to whom they concern.
 */

import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState, type ReactNode } from "react";

import type { Session } from "../session/session";
import { Chart } from "./Chart";
import { Details } from "./Details";
import { Facets } from "./Facets";
import { FlowTable, type TableHandle } from "./FlowTable";
import { Header } from "./Header";
import { HealthStrip } from "./HealthStrip";
import { Help } from "./Help";
import { commandOf, focusOf } from "./keys";
import { SETTINGS_ID } from "./SettingsMenu";
import { Map } from "./Map";
import { Toolbar } from "./Toolbar";
import { connectionWords } from "./words";

interface Props {
  readonly session: Session;
  /** The page's address with its state. */
  readonly link: () => string;
}

export const Workbench = observer(function Workbench({ session, link }: Props): ReactNode {
  const { view } = session;
  const table = useRef<TableHandle>(null);
  const filter = useRef<HTMLInputElement>(null);
  const [helpOpen, setHelpOpen] = useState(false);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      // A dialog has the keyboard to itself.
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      const command = commandOf(event, focusOf(document.activeElement));
      if (command === null) return;
      event.preventDefault();
      switch (command.do) {
        case "filter":
          filter.current?.focus();
          filter.current?.select();
          break;
        case "help":
          setHelpOpen(true);
          break;
        case "facets":
          session.facets.toggle();
          break;
        case "settings":
          document.getElementById(SETTINGS_ID)?.togglePopover();
          break;
        case "chart":
          session.settings.toggleChart();
          break;
        case "map":
          session.settings.toggleMap();
          break;
        case "pause":
          view.togglePause();
          break;
        case "open":
          view.openDetails();
          break;
        case "back":
          // Out of the filter or the panel first, so that the arrows are at hand again.
          if (focusOf(document.activeElement) === "text" || !view.back() || !view.detailsOpen) table.current?.focus();
          break;
        default:
          table.current?.focus();
          table.current?.run(command);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("keydown", onKey);
    };
  }, [session, view]);

  return (
    <div className="workbench">
      <Header
        session={session}
        onHelp={() => {
          setHelpOpen(true);
        }}
      />
      <HealthStrip session={session} />
      <TroubleLine session={session} />
      <Toolbar session={session} filterRef={filter} link={link} />
      {session.settings.chartShown && <Chart session={session} />}
      {session.settings.mapShown && <Map session={session} />}
      <main className="stage">
        <Facets session={session} />
        <FlowTable session={session} ref={table} />
        <Details session={session} />
      </main>
      {helpOpen && (
        <Help
          onClose={() => {
            setHelpOpen(false);
          }}
        />
      )}
    </div>
  );
});

const TroubleLine = observer(function TroubleLine({ session }: { readonly session: Session }): ReactNode {
  const { connection, health, view } = session;
  const said = connectionWords(connection.flows, health.nowMs, false);
  if (said.long === "") return null;
  return (
    <p className="trouble" data-testid="trouble">
      {said.long} {view.counts.kept > 0 && "The rows below stay."}
    </p>
  );
});
