/**
 * Waits between tries: full jitter, so that a hundred open pages do not return to a restarted broker all at once.
 */

const FIRST_CEILING_MS = 1_000;
const LAST_CEILING_MS = 15_000;

/** Not 0, so that a broker which refuses at once is not asked in a tight loop. */
const SHORTEST_MS = 250;

/**
 * @param failures tries that failed since the feed was last live, from 1
 * @param random from [0, 1)
 * @returns milliseconds
 */
export function backoffMs(failures: number, random: () => number): number {
  const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** Math.min(failures - 1, 10));
  return SHORTEST_MS + random() * (ceiling - SHORTEST_MS);
}
