/**
 * Recent filters, kept in the browser for the next time.
 */

import { autorun } from "mobx";

import type { FilterStore } from "../stores/filter";

const KEY = "hubblecast.filters";

/** @param storage asked for inside, as some browsers throw at the mere mention of it */
export function keepRecentFilters(
  filter: FilterStore,
  storage: () => Pick<Storage, "getItem" | "setItem">,
): () => void {
  try {
    const kept: unknown = JSON.parse(storage().getItem(KEY) ?? "[]");
    if (Array.isArray(kept)) filter.setRecent(kept.filter((one) => typeof one === "string"));
  } catch {
    // Storage may be forbidden, or hold what is no JSON; there are no recent filters then.
  }
  return autorun(() => {
    const text = JSON.stringify(filter.recent);
    try {
      storage().setItem(KEY, text);
    } catch {
      // They then last as long as the page.
    }
  });
}
