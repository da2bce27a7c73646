/**
 * Flows that are missing: what is known of them, and where they would stand.
 */

/** What is known of a loss. */
export interface Loss {
  /** Tells it from every other loss that an adapter told; "" for one of the page's own. */
  readonly id: string;
  /** A source of loss as docs/messages.md names them, or one of the page's own: "queue", "browser", "away". */
  readonly kind: string;
  /** "" where it is no single node's. */
  readonly node: string;
  /** How many flows; null where that is not known. */
  readonly count: number | null;
  /** Times of the flows that it lies between, in milliseconds since 1970; null where not known. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

export interface Gap extends Loss {
  /** It stands between the rows `seq` - 1 and `seq`; null while its place is not among the rows. */
  readonly seq: number | null;
}
