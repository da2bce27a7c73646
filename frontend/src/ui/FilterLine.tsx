/**
 * Below the filter: its terms as pills, each of which can be turned round or taken out, and what is to be said of it.
 *
 * The pills are one stop of the Tab key; arrows move among them.
 */

import { observer } from "mobx-react-lite";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import { termText } from "../filter/edit";
import type { Term } from "../filter/parse";
import { cut, seen } from "../flow/visible";
import type { Session } from "../session/session";
import type { FilterStore } from "../stores/filter";
import { filterWords, type FilterWords } from "./filterwords";

const PILL_CHARACTERS_MAX = 80;

interface Props {
  readonly session: Session;
  readonly wordsId: string;
  /** Something else to be said, "" for nothing. */
  readonly note: string;
  /** Whether the operator is at it. */
  readonly isTyping: boolean;
  /** Takes the keyboard to the input, with some of its text selected. */
  readonly onEdit: (start: number, end: number) => void;
}

export const FilterLine = observer(function FilterLine({ session, wordsId, note, isTyping, onEdit }: Props): ReactNode {
  const { filter } = session;
  const words: FilterWords = note === "" ? filterWords(filter, isTyping) : { text: note };
  const hasFlags = filter.terms.some((term) => term.is === "flag" || term.sense !== "is");
  if (!hasFlags && words.text === "") return <span id={wordsId} hidden />;
  return (
    <div className="filter-line">
      {hasFlags && <Pills filter={filter} onEdit={onEdit} />}
      <span id={wordsId} className="filter-words" role="status" data-tone={words.tone} data-testid="filter-words">
        {words.text}
      </span>
    </div>
  );
});

interface PillsProps {
  readonly filter: FilterStore;
  readonly onEdit: (start: number, end: number) => void;
}

const Pills = observer(function Pills({ filter, onEdit }: PillsProps): ReactNode {
  const bar = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const { terms } = filter;
  const stop = Math.min(current, terms.length - 1);

  const focus = (index: number): void => {
    const target = Math.max(0, Math.min(terms.length - 1, index));
    setCurrent(target);
    bar.current?.querySelectorAll<HTMLElement>(".pill-text")[target]?.focus();
  };

  const key = (event: KeyboardEvent, term: Term, index: number): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "ArrowRight":
        focus(index + 1);
        break;
      case "ArrowLeft":
        focus(index - 1);
        break;
      case "Home":
        focus(0);
        break;
      case "End":
        focus(terms.length - 1);
        break;
      case "Delete":
      case "Backspace":
        filter.removeTerm(term);
        // Another pill takes its place once React has drawn them.
        requestAnimationFrame(() => {
          if (filter.terms.length === 0) onEdit(0, 0);
          else focus(index);
        });
        break;
      case "e":
        onEdit(term.start, term.end);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <div ref={bar} className="pills" role="toolbar" aria-label="Terms of the filter">
      {terms.map((term, index) => {
        const text = seen(cut(termText(term), PILL_CHARACTERS_MAX));
        const isOut = term.sense !== "is";
        return (
          <span key={`${index} ${text}`} className="pill" data-sense={term.sense} data-testid="pill">
            <button
              type="button"
              className="pill-text"
              tabIndex={index === stop ? 0 : -1}
              aria-label={`${isOut ? "Left out" : "Asked for"}: ${text}`}
              aria-keyshortcuts="Enter Delete E"
              title={`Enter or click: ${isOut ? "ask for it" : "leave it out"}. Del: remove. E: edit`}
              data-testid="pill-text"
              onFocus={() => {
                setCurrent(index);
              }}
              onKeyDown={(event) => {
                key(event, term, index);
              }}
              onClick={() => {
                filter.negateTerm(term);
              }}
            >
              {isOut && <span className="pill-not">{term.sense} </span>}
              {text}
            </button>
            <button
              type="button"
              className="pill-remove"
              tabIndex={-1}
              aria-label={`Remove ${text}`}
              title="Remove"
              data-testid="pill-remove"
              onClick={() => {
                filter.removeTerm(term);
              }}
            >
              ✕
            </button>
          </span>
        );
      })}
    </div>
  );
});
