/**
 * The keyboard: which key means what, and where.
 */

export type Command =
  | { readonly do: "move"; readonly by: number }
  | { readonly do: "page"; readonly by: -1 | 1 }
  | { readonly do: "first" }
  | { readonly do: "last" }
  | { readonly do: "open" }
  | { readonly do: "back" }
  | { readonly do: "filter" }
  | { readonly do: "pause" }
  | { readonly do: "facets" }
  | { readonly do: "settings" }
  | { readonly do: "chart" }
  | { readonly do: "map" }
  | { readonly do: "help" };

export interface Key {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** What has the focus: the table, something that takes typed text, something that space and Enter press, or nothing of these. */
export type Focus = "table" | "text" | "control" | "page";

export const HELP: readonly (readonly [keys: string, meaning: string])[] = [
  ["Space", "Pause or resume"],
  ["/", "Go to the filter"],
  ["↑ ↓", "Select the row above or below (holds the table)"],
  ["Page Up, Page Down", "Move the selection by a page"],
  ["Home, End", "Select the newest or the oldest row"],
  ["Enter", "Open the details of the selected row"],
  ["Esc", "Close the details, then give up the selection"],
  [
    "i, right click",
    "Filter by what the selected row has; Alt-click a cell for the nearest, with Shift to leave it out",
  ],
  ["Tab, ↑ ↓ in the filter", "Complete what is typed, choose among what may stand there"],
  ["← → Enter Del E on a term", "Move among the filter's terms; turn round, remove or edit one"],
  ["f", "Show or hide the facets"],
  ["c", "Columns, times and colours"],
  ["g", "Show or hide the rate chart"],
  ["m", "Show or hide the service map"],
  ["?", "Show this list"],
];

/** Keys that no button makes use of. */
const ANYWHERE: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["/", { do: "filter" }],
  ["?", { do: "help" }],
  ["f", { do: "facets" }],
  ["c", { do: "settings" }],
  ["g", { do: "chart" }],
  ["m", { do: "map" }],
]);

export function commandOf({ key, ctrlKey, metaKey, altKey }: Key, focus: Focus): Command | null {
  if (ctrlKey || metaKey || altKey) return null;
  if (key === "Escape") return { do: "back" };
  if (focus === "text") return null;
  const anywhere = ANYWHERE.get(key);
  if (anywhere !== undefined) return anywhere;
  if (focus === "control") return null;
  switch (key) {
    case " ":
      return { do: "pause" };
    case "ArrowDown":
      return { do: "move", by: 1 };
    case "ArrowUp":
      return { do: "move", by: -1 };
    case "PageDown":
      return { do: "page", by: 1 };
    case "PageUp":
      return { do: "page", by: -1 };
    case "Home":
      return { do: "first" };
    case "End":
      return { do: "last" };
    case "Enter":
      return { do: "open" };
    default:
      return null;
  }
}

/** @param element the element that has the focus */
export function focusOf(element: Element | null): Focus {
  if (element === null) return "page";
  if (element.closest("[role=grid]") !== null) return "table";
  // In a list letters choose.
  if (element.matches("input, textarea, select")) return "text";
  if (element.matches("button, a, summary, [tabindex]")) return "control";
  return "page";
}
