/**
 * Copies a text. Where the browser does not let a page do so (over plain HTTP, or by its settings), it shows the text ready to be copied.
 */

import { useState, type ReactNode } from "react";

/** How long it says that it is done. */
const DONE_MS = 2_500;

interface Props {
  readonly label: string;
  readonly title: string;
  readonly testId: string;
  readonly text: () => string;
}

type State = { readonly is: "ready" } | { readonly is: "done" } | { readonly is: "shown"; readonly text: string };

export function CopyButton({ label, title, testId, text }: Props): ReactNode {
  const [state, setState] = useState<State>({ is: "ready" });

  const copy = async (): Promise<void> => {
    const made = text();
    try {
      await navigator.clipboard.writeText(made);
      setState({ is: "done" });
      setTimeout(() => {
        setState((now) => (now.is === "done" ? { is: "ready" } : now));
      }, DONE_MS);
    } catch {
      setState({ is: "shown", text: made });
    }
  };

  return (
    <span className="copy">
      <button
        className="button button-quiet"
        type="button"
        title={title}
        data-testid={testId}
        onClick={() => void copy()}
      >
        {state.is === "done" ? "Copied" : label}
      </button>
      <span className="visually-hidden" role="status">
        {state.is === "done" ? "Copied" : ""}
      </span>
      {state.is === "shown" && (
        <span className="copy-fallback">
          <input
            ref={(input) => {
              input?.select();
            }}
            readOnly
            aria-label="Copy with Ctrl+C"
            value={state.text}
            onBlur={() => {
              setState({ is: "ready" });
            }}
            onKeyDown={(event) => {
              if (event.key !== "Escape") return;
              event.preventDefault();
              setState({ is: "ready" });
            }}
          />
        </span>
      )}
    </span>
  );
}
