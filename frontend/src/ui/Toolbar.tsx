/**
 * The line above the table: filter, counts, pause and clear.
 */

import { observer } from "mobx-react-lite";
import { useId, useState, type ReactNode, type RefObject } from "react";

import type { Session } from "../session/session";
import type { HoldReason, ViewStore } from "../stores/view";
import { CopyButton } from "./CopyButton";
import { FilterInput } from "./FilterInput";
import { FilterLine } from "./FilterLine";
import { ToggleButton } from "./ToggleButton";
import { wholeText } from "./numbers";

interface Props {
  readonly session: Session;
  readonly filterRef: RefObject<HTMLInputElement | null>;
  /** The page's address with its state. */
  readonly link: () => string;
}

export const Toolbar = observer(function Toolbar({ session, filterRef, link }: Props): ReactNode {
  const { filter, view, facets } = session;
  const wordsId = useId();
  const [isTyping, setIsTyping] = useState(false);
  /** What the copied command could not say, for as long as the filter is the same. */
  const [leftOut, setLeftOut] = useState({ of: "", words: "" });

  const edit = (start: number, end: number): void => {
    filterRef.current?.focus();
    filterRef.current?.setSelectionRange(start, end);
  };

  const command = (): string => {
    const { text, notes } = filter.command;
    setLeftOut({ of: filter.text, words: notes.join(". ") });
    return text;
  };

  return (
    <div className="filter-bar" role="search">
      <div className="toolbar">
        <ToggleButton
          label="Facets"
          title="Values and how many rows have each"
          shortcut="F"
          pressed={facets.isOpen}
          testId="facets-toggle"
          onToggle={() => {
            facets.toggle();
          }}
        />
        <FilterInput session={session} inputRef={filterRef} wordsId={wordsId} onTyping={setIsTyping} />
        <RowCounts view={view} filtered={filter.predicate !== null} />
        <span className="copies">
          <CopyButton
            label="Copy command"
            title="The filter as a command line of hubble observe"
            testId="copy-command"
            text={command}
          />
          <CopyButton label="Copy link" title="A link to this view" testId="copy-link" text={link} />
        </span>
        <span className="spring" />
        <Hold view={view} />
        <button
          className="button"
          type="button"
          title="Forget the rows on this page"
          data-testid="clear"
          onClick={() => {
            view.clear();
          }}
        >
          Clear
        </button>
      </div>
      <FilterLine
        session={session}
        wordsId={wordsId}
        note={leftOut.of === filter.text ? leftOut.words : ""}
        isTyping={isTyping}
        onEdit={edit}
      />
    </div>
  );
});

interface RowCountsProps {
  readonly view: ViewStore;
  readonly filtered: boolean;
}

const RowCounts = observer(function RowCounts({ view, filtered }: RowCountsProps): ReactNode {
  const { matching, kept, complete } = view.counts;
  return (
    <span className="counts" data-testid="counts">
      {filtered ? (
        <>
          <b>{wholeText(matching)}</b>
          {complete ? "" : "…"} of {wholeText(kept)} rows
        </>
      ) : (
        <>
          <b>{wholeText(kept)}</b> rows
        </>
      )}
    </span>
  );
});

const REASONS: Readonly<Record<HoldReason, string>> = {
  button: "Paused",
  scroll: "Held while you read",
  selection: "Held: a row is selected",
  past: "In the past",
};

const Hold = observer(function Hold({ view }: { readonly view: ViewStore }): ReactNode {
  const reason = (["past", "button", "selection", "scroll"] as const).find((one) => view.holds.has(one));
  return (
    <>
      <span className="hold" role="status" data-testid="hold">
        {reason === undefined ? "" : REASONS[reason]}
      </span>
      {view.held && (
        <span className="fresh" data-testid="fresh">
          +{wholeText(view.counts.fresh)} new
        </span>
      )}
      <button
        className={view.held ? "button button-primary" : "button"}
        type="button"
        aria-pressed={view.held}
        aria-keyshortcuts="Space"
        title="Space"
        data-testid="pause"
        onClick={() => {
          view.togglePause();
        }}
      >
        {view.held ? "Resume" : "Pause"}
      </button>
    </>
  );
});
