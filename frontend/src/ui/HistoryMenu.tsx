/**
 * Going to a time of the past, and how much of it is replayed when the page is opened.
 */

import { observer } from "mobx-react-lite";
import { useState, type ReactNode, type SubmitEvent } from "react";

import { REPLAY_MINUTES } from "../session/replay";
import type { Session } from "../session/session";
import "./History.css";

const MENU_ID = "history-menu";

export const HistoryMenu = observer(function HistoryMenu({ session }: { readonly session: Session }): ReactNode {
  const { past } = session;
  if (!past.isAvailable) return null;
  return (
    <>
      <button className="button button-quiet" type="button" popoverTarget={MENU_ID} data-testid="history-button">
        History
      </button>
      <div id={MENU_ID} className="history-menu" popover="auto" aria-label="History" role="dialog">
        <GoToTime session={session} />
        <label className="history-field">
          When the page is opened, replay
          <select
            className="select"
            value={past.replay.minutes}
            data-testid="replay-minutes"
            onChange={({ target: { value } }) => {
              past.replay.setMinutes(Number(value), true);
            }}
          >
            {REPLAY_MINUTES.map((minutes) => (
              <option key={minutes} value={minutes}>
                {minutes === 0 ? "nothing" : minutes === 1 ? "the last minute" : `the last ${minutes} minutes`}
              </option>
            ))}
          </select>
        </label>
        <p className="history-hint">Scroll down in the table for older rows.</p>
      </div>
    </>
  );
});

function GoToTime({ session }: { readonly session: Session }): ReactNode {
  const [text, setText] = useState(() => localTime(new Date()));
  const [problem, setProblem] = useState("");

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) {
      setProblem("Not a time: it must look like 2026-01-31T14:03:07.");
      return;
    }
    setProblem("");
    document.getElementById(MENU_ID)?.hidePopover();
    void session.past.goTo(ms);
  };

  return (
    <form className="history-field" onSubmit={submit}>
      <label htmlFor="history-time">Go to a time (of this computer&rsquo;s zone)</label>
      <span className="history-line">
        <input
          id="history-time"
          type="datetime-local"
          step={1}
          value={text}
          data-testid="history-time"
          onChange={({ target: { value } }) => {
            setText(value);
          }}
        />
        <button className="button" type="submit" data-testid="history-go">
          Go
        </button>
      </span>
      <span role="alert" className="history-problem">
        {problem}
      </span>
    </form>
  );
}

/** As an input of type datetime-local has it. */
function localTime(date: Date): string {
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
