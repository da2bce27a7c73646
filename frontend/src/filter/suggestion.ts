/**
 * "Did you mean": the nearest of some names to a word that is none of them.
 */

/** Longer words are no misspelt names. */
const CHARACTERS_MAX = 64;

/** Returns the name that takes the fewest single-letter changes to get at, or null where all are too far off. */
export function nearest(word: string, names: Iterable<string>): string | null {
  if (word === "" || word.length > CHARACTERS_MAX) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const steps = distance(wanted, name.toLowerCase(), least);
    if (steps < least) {
      least = steps;
      best = name;
    }
  }
  if (best !== null) return best;
  for (const name of names) if (wanted.length > 2 && name.toLowerCase().includes(wanted)) return name;
  return null;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words; `limit` where there are as many or more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let steps = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) steps = Math.min(steps, (before[column - 2] ?? 0) + 1);
      current.push(steps);
    }
    before = last;
    last = current;
  }
  return Math.min(limit, last[b.length] ?? limit);
}
