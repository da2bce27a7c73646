/**
 * The top line: where we are connected, how fast flows come, and what concerns the whole page.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import type { Session } from "../session/session";
import { HistoryMenu } from "./HistoryMenu";
import { rateText } from "./numbers";
import { ViewControls } from "./ViewControls";
import { connectionWords, rightsWords } from "./words";

interface Props {
  readonly session: Session;
  readonly onHelp: () => void;
}

export const Header = observer(function Header({ session, onHelp }: Props): ReactNode {
  return (
    <header className="header">
      <h1 className="brand">hubblecast</h1>
      <ConnectionStatus session={session} />
      <Rate session={session} />
      <span className="spring" />
      <HistoryMenu session={session} />
      <ViewControls session={session} />
      <button
        className="button button-quiet"
        type="button"
        onClick={onHelp}
        title="Keyboard (?)"
        aria-label="Keyboard help"
        data-testid="help-button"
      >
        ?
      </button>
      <Rights session={session} />
      <span className="user" title="Logged in as">
        {session.connection.user}
      </span>
      <button
        className="button button-quiet"
        type="button"
        data-testid="logout"
        onClick={() => {
          session.logOut();
        }}
      >
        Log out
      </button>
    </header>
  );
});

const ConnectionStatus = observer(function ConnectionStatus({ session }: { readonly session: Session }): ReactNode {
  const { connection, flows, health } = session;
  const said = connectionWords(connection.flows, health.nowMs, !flows.hasReceived);
  return (
    <span className="status" data-tone={said.tone} title={said.long}>
      <span className="status-dot" aria-hidden="true" />
      <span role="status" data-testid="connection">
        {said.short}
      </span>
      {said.retry !== "" && <span className="status-retry">{said.retry}</span>}
    </span>
  );
});

const Rate = observer(function Rate({ session }: { readonly session: Session }): ReactNode {
  return (
    <span className="rate" title="Flows received each second, over the last three">
      <b data-testid="rate">{rateText(session.flows.ratePerSecond)}</b> flows/s
    </span>
  );
});

const Rights = observer(function Rights({ session }: { readonly session: Session }): ReactNode {
  const { viewer } = session.connection;
  if (viewer === null) return null;
  const words = rightsWords(viewer);
  return (
    <span className="rights" title={words} data-testid="rights">
      {words}
    </span>
  );
});
