/**
 * What the broker is asked for: all that the user may see, or where the filter allows it less. While it was less, the rows that the filter held
 * back were never sent; that stands as a gap once the filter changes.
 */

import type { FilterStore } from "../stores/filter";
import type { Loss } from "../stores/loss";
import type { Wanted } from "../transport/feed";
import { narrowed, type Viewer } from "../wire/viewer";

export class Narrowing {
  readonly #filter: Pick<FilterStore, "bindingKeys">;
  /** Since when the broker is asked for less than the user may see. */
  #sinceMs: number | null = null;

  constructor(filter: Pick<FilterStore, "bindingKeys">) {
    this.#filter = filter;
  }

  wanted({ flows, queue }: Viewer): Wanted {
    const keys = narrowed(flows, this.#filter.bindingKeys);
    // A filter that nothing allowed can pass leaves the table empty by itself.
    return { keys: keys.length === 0 ? flows : keys, queue };
  }

  /** Goes on with what the filter asks for now. @returns the gap that has come to its end, null where there was none */
  change(viewer: Viewer, nowMs: number): { readonly wanted: Wanted; readonly gap: Loss | null } {
    const wanted = this.wanted(viewer);
    const firstMs = this.#sinceMs;
    this.#sinceMs = wanted.keys === viewer.flows ? null : nowMs;
    const gap: Loss | null =
      firstMs === null ? null : { id: "", kind: "narrowed", node: "", count: null, firstMs, lastMs: nowMs };
    return { wanted, gap };
  }

  forget(): void {
    this.#sinceMs = null;
  }
}
