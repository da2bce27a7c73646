/**
 * How reading the past does, at the lower edge of the table.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import type { Past } from "../session/past";
import type { ViewStore } from "../stores/view";
import { troubleWords } from "./words";
import "./History.css";

interface Props {
  readonly past: Past;
  readonly view: ViewStore;
}

export const PastNote = observer(function PastNote({ past, view }: Props): ReactNode {
  // Whoever follows the present does not ask for the past, but a link may.
  const words = view.held || past.state.is === "not-found" ? wordsOf(past) : "";
  return (
    <p className="past-note" role="status" data-testid="past-note" data-empty={words === ""}>
      {words}
    </p>
  );
});

function wordsOf({ state }: Past): string {
  switch (state.is) {
    case "idle":
      return "";
    case "loading":
      return "Reading the past…";
    case "beginning":
      return "The history begins here.";
    case "not-found":
      return "The history no longer holds the flow of this link, or never did.";
    case "failed":
      return state.trouble.kind === "forbidden"
        ? "This user may not read the history, or it is gone."
        : `The past could not be read. ${troubleWords(state.trouble)}`;
  }
}
