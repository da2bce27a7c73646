/**
 * The one input of the filter: free words and the flags of `hubble observe`, with completion, by the combobox pattern of ARIA.
 */

import { observer } from "mobx-react-lite";
import {
  useEffect,
  useId,
  useRef,
  useState,
  type ClipboardEvent,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";

import { flushSync } from "react-dom";

import { complete, type Completion } from "../filter/completion";
import { gatherValues, type KnownValues } from "../filter/knownvalues";
import { TEXT_CHARACTERS_MAX } from "../filter/parse";
import { seen } from "../flow/visible";
import type { Session } from "../session/session";
import "./FilterInput.css";
import { filterWords } from "./filterwords";

/** Values of the kept flows are gathered anew when they are older than this. */
const VALUES_FRESH_MS = 3_000;

/** Longer than a keystroke takes to be answered. */
const GATHER_AFTER_MS = 60;

const CLOSED: Completion = { from: 0, to: 0, options: [] };

interface Props {
  readonly session: Session;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  /** The element that says what is wrong. */
  readonly wordsId: string;
  /** Tells whether the keyboard is here. */
  readonly onTyping: (isTyping: boolean) => void;
}

export const FilterInput = observer(function FilterInput({ session, inputRef, wordsId, onTyping }: Props): ReactNode {
  const { filter } = session;
  const listId = useId();
  const list = useRef<HTMLUListElement>(null);
  const known = useRef<{ readonly values: KnownValues; readonly atMs: number }>({ values: new Map(), atMs: -Infinity });
  const [completion, setCompletion] = useState(CLOSED);
  const [active, setActive] = useState(-1);
  const gathering = useRef<ReturnType<typeof setTimeout> | null>(null);
  /** Whether the options that are open, or would be if there were any, may still change by themselves. */
  const awaited = useRef(false);
  const { options } = completion;
  const isOpen = options.length > 0;
  const words = filterWords(filter, true);

  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, options]);

  useEffect(
    () => () => {
      if (gathering.current !== null) clearTimeout(gathering.current);
    },
    [],
  );

  const close = (): void => {
    awaited.current = false;
    setCompletion(CLOSED);
    setActive(-1);
  };

  const open = (): void => {
    const { text } = filter;
    awaited.current = true;
    const caret = inputRef.current?.selectionStart ?? text.length;
    if (text.trim() === "" && filter.recent.length > 0) {
      const recent = filter.recent.map((one) => ({ insert: one, label: one, help: "used before" }));
      setCompletion({ from: 0, to: text.length, options: recent });
    } else {
      if (isStale()) gatherSoon();
      setCompletion(complete(text, caret, known.current.values));
    }
    setActive(-1);
  };

  const isStale = (): boolean => performance.now() - known.current.atMs > VALUES_FRESH_MS;

  const gather = (): void => {
    known.current = { values: gatherValues(session.flows.ring), atMs: performance.now() };
  };

  /** Not within the keystroke, which the table has to answer first. */
  const gatherSoon = (): void => {
    gathering.current ??= setTimeout(() => {
      gathering.current = null;
      gather();
      if (awaited.current) open();
    }, GATHER_AFTER_MS);
  };

  const take = (index: number): void => {
    const option = options[index];
    if (option === undefined) return;
    const { text } = filter;
    const head = text.slice(0, completion.from) + option.insert;
    // One space between what was put in and what stands behind it.
    const tail = text.slice(completion.to);
    // Written before anything else is typed, which would come to stand elsewhere.
    flushSync(() => {
      filter.setText(head.endsWith(" ") ? head + tail.trimStart() : head + tail);
    });
    inputRef.current?.setSelectionRange(head.length, head.length);
    open();
  };

  const move = (by: number): void => {
    if (!isOpen) {
      open();
      return;
    }
    awaited.current = false;
    setActive((active + by + options.length + (active < 0 && by < 0 ? 1 : 0)) % options.length);
  };

  const key = (event: KeyboardEvent): void => {
    if (event.ctrlKey && event.key === " ") open();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Escape" && isOpen) close();
    else if (event.key === "Enter" && active >= 0) take(active);
    else if (event.key === "Tab" && isOpen && !event.shiftKey && (active >= 0 || completion.from < completion.to)) {
      take(Math.max(0, active));
    } else if (event.key === "Enter") {
      filter.remember();
      close();
    } else return;
    event.preventDefault();
  };

  const paste = (event: ClipboardEvent<HTMLInputElement>): void => {
    const pasted = event.clipboardData.getData("text");
    const isCommand = /\bhubble\s+observe\b/.test(pasted);
    if (!isCommand && !pasted.includes("\n")) return;
    event.preventDefault();
    const { selectionStart, selectionEnd } = event.currentTarget;
    const { text } = filter;
    const around = [text.slice(0, selectionStart ?? text.length), text.slice(selectionEnd ?? text.length)];
    filter.paste(isCommand ? pasted : around.join(pasted.replaceAll(/\s*\n\s*/g, " ")));
    close();
  };

  return (
    <div className="filter">
      <input
        ref={inputRef}
        type="search"
        className="filter-input"
        placeholder="Filter: words, or flags of hubble observe such as --verdict DROPPED"
        role="combobox"
        aria-label="Filter rows"
        aria-keyshortcuts="/"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-activedescendant={active < 0 ? undefined : `${listId}-${active}`}
        aria-invalid={words.tone === "bad"}
        aria-describedby={wordsId}
        autoComplete="off"
        spellCheck={false}
        maxLength={TEXT_CHARACTERS_MAX}
        value={filter.text}
        data-testid="filter"
        onChange={(event) => {
          filter.setText(event.target.value);
          open();
        }}
        onKeyDown={key}
        onPaste={paste}
        onFocus={() => {
          if (isStale()) gather();
          onTyping(true);
        }}
        onBlur={() => {
          onTyping(false);
          filter.remember();
          close();
        }}
      />
      <kbd aria-hidden="true">/</kbd>
      <div className="options" hidden={!isOpen}>
        {words.tone === "bad" && (
          <p className="options-words" aria-hidden="true">
            {words.text}
          </p>
        )}
        <ul ref={list} id={listId} role="listbox" aria-label="What may stand here">
          {options.map(({ insert, label, help }, index) => (
            <li
              key={insert}
              id={`${listId}-${index}`}
              className="option"
              role="option"
              aria-selected={index === active}
              data-testid="filter-option"
              onPointerDown={(event) => {
                // The input keeps the focus.
                event.preventDefault();
                take(index);
              }}
            >
              <span className="option-label">{seen(label)}</span>
              <span className="option-help">{help}</span>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
});
