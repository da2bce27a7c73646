/**
 * Counts of rows for the reader, brought up to date a few times a second.
 */

export interface ViewCounts {
  readonly matching: number;
  readonly kept: number;
  /** Rows that came since the table is held, and pass the filter. */
  readonly fresh: number;
  /** Whether the search through the rows has come to its end. */
  readonly complete: boolean;
}

export const NO_COUNTS: ViewCounts = { matching: 0, kept: 0, fresh: 0, complete: true };

export function isSame(some: ViewCounts, others: ViewCounts): boolean {
  return (Object.keys(some) as (keyof ViewCounts)[]).every((key) => some[key] === others[key]);
}
