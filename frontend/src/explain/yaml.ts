/**
 * Writes plain data as YAML 1.2 that no text in it can break out of: every text that is not beyond doubt plain is written between double quotes
 * and in ASCII, as JSON would write it. Comments may stand before a key or an element.
 */

/** A comment, of one line or more, above what it belongs to. */
export class Noted {
  readonly comment: string;
  readonly value: Yaml;

  constructor(comment: string, value: Yaml) {
    this.comment = comment;
    this.value = value;
  }
}

export type Yaml = string | number | boolean | Noted | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Letters first, so never a number; no word that some version of YAML takes for true, false or nothing. */
const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const NOT_PLAIN = /^(true|false|yes|no|on|off|null|y|n)$/i;

/** A longer key has to be marked as one: YAML looks no further than 1,024 characters for its colon. */
const KEY_CHARACTERS_MAX = 1_000;

/** @returns the text with a line break at its end */
export function yamlText(value: Yaml): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: Yaml): string[] {
  if (value instanceof Noted) return [...commentLines(value.comment), ...lines(value.value)];
  if (isList(value)) return value.flatMap(elementLines);
  if (typeof value === "object") return Object.entries(value).flatMap(([key, one]) => entryLines(key, one));
  return [scalar(value)];
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

function elementLines(element: Yaml): string[] {
  if (element instanceof Noted) return [...commentLines(element.comment), ...elementLines(element.value)];
  if (isEmpty(element)) return [`- ${isList(element) ? "[]" : "{}"}`];
  return lines(element).map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`));
}

function entryLines(key: string, value: Yaml): string[] {
  if (value instanceof Noted) return [...commentLines(value.comment), ...entryLines(key, value.value)];
  const name = scalar(key);
  const head = name.length > KEY_CHARACTERS_MAX ? [`? ${name}`, ":"] : [`${name}:`];
  const last = head.pop() ?? "";
  if (isEmpty(value)) return [...head, `${last} ${isList(value) ? "[]" : "{}"}`];
  if (typeof value !== "object") return [...head, `${last} ${scalar(value)}`];
  return [...head, last, ...lines(value).map((line) => `  ${line}`)];
}

function isEmpty(value: Yaml): boolean {
  return typeof value === "object" && !(value instanceof Noted) && Object.keys(value).length === 0;
}

function scalar(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  return PLAIN.test(value) && !NOT_PLAIN.test(value) ? value : quoted(value);
}

/** A comment can't be quoted, so that what may not stand in one is escaped as in a text. */
function commentLines(comment: string): string[] {
  return comment.split("\n").map((line) => `# ${ascii(line)}`);
}

function quoted(text: string): string {
  return `"${ascii(text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
}

function ascii(text: string): string {
  let out = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) out += character;
    else if (code > 0xffff) out += `\\U${code.toString(16).padStart(8, "0")}`;
    else out += `\\u${code.toString(16).padStart(4, "0")}`;
  }
  return out;
}
