/**
 * Text from a cluster made safe to look at. It is only ever put on the page as text, so it can't run; what is left to prevent is that it deceives
 * (control characters and marks of direction that rearrange what stands beside them) or stalls the page by sheer length.
 */

/** Characters of a text that a cell shows and the filter searches. */
export const CELL_CHARACTERS_MAX = 400;

/** Controls, zero-width characters, marks and overrides of direction, separators of lines, byte order mark, lone surrogates. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- finding control characters is what it is for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  return code > 0xffff ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

/** Writes characters that can't be seen as `\u202e`. */
export function seen(text: string): string {
  return text.replace(UNSEEN, escape);
}

/** The same for a text of many lines. */
export function seenLines(text: string): string {
  return text.split("\n").map(seen).join("\n");
}

/** Cuts a text for a cell. */
export function cut(text: string, charactersMax = CELL_CHARACTERS_MAX): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`;
}

/** What a cell shows of a text. */
export function forCell(text: string): string {
  return seen(cut(text));
}
