/**
 * What a viewer may see, as docs/messages.md gives it. The broker enforces it; the page asks for exactly this.
 */

import { parseVersioned, refused, type Parsed } from "./batch";
import { listOf, orNull, text, wholly, type Checked } from "./shape";

/** The version of the form that this page reads. */
export const VIEWER_VERSION = 1;

const isViewer = wholly({
  user: text,
  namespaces: orNull(listOf(text)),
  clusters: orNull(listOf(text)),
  queue: text,
  flows: listOf(text),
  status: listOf(text),
  history: listOf(text),
  status_history: listOf(text),
});

export type Viewer = Checked<typeof isViewer>;

export function parseViewer(body: string): Parsed<Viewer> {
  const parsed = parseVersioned(body, VIEWER_VERSION);
  if (!parsed.ok) return parsed;
  const viewer: unknown = parsed.value;
  if (!isViewer(viewer)) return refused("it is not a viewer's document");
  return { ok: true, value: viewer };
}

/**
 * The binding keys that bring what is both asked for and allowed, word by word. Each key is of four words, or ends in `#`.
 *
 * @param asked null asks for everything
 */
export function narrowed(allowed: readonly string[], asked: readonly string[] | null): readonly string[] {
  if (asked === null) return allowed;
  const keys = new Set<string>();
  for (const one of allowed) {
    for (const other of asked) {
      const both = common(one.split("."), other.split("."));
      if (both !== null) keys.add(both.join("."));
    }
  }
  return [...keys];
}

function common(one: readonly string[], other: readonly string[]): readonly string[] | null {
  const [first, ...oneRest] = one;
  const [second, ...otherRest] = other;
  if (first === undefined || second === undefined) return one.length === other.length ? [] : null;
  if (first === "#") return other;
  if (second === "#") return one;
  const word = first === "*" ? second : second === "*" || second === first ? first : null;
  const rest = word === null ? null : common(oneRest, otherRest);
  return word === null || rest === null ? null : [word, ...rest];
}
