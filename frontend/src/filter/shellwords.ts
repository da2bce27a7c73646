/**
 * Words of a command line and how to write them: the quoting of a POSIX shell, so that a filter may be copied to a terminal and pasted back.
 */

export interface Word {
  /** Without its quotes and escapes. */
  readonly text: string;
  /** Where it stands, in UTF-16 code units: from `start` up to but without `end`. */
  readonly start: number;
  readonly end: number;
  /** Whether it begins with a quote: such a word is never a flag. */
  readonly quoted: boolean;
  /** Whether its last quote is still open. */
  readonly open: boolean;
}

const SPACE = /\s/;

/** What a backslash takes the meaning from where text is typed and not pasted from a shell: `\d` of a regular expression stays whole. */
const ESCAPED_WHEN_TYPED = /[\s'"\\]/;

/** What a backslash takes the meaning from between double quotes. */
const ESCAPED_IN_QUOTES = /[$`"\\]/;

/** Texts that a shell takes as they stand. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * Splits a text at white space outside of quotes.
 *
 * @param asShell whether every backslash escapes, as in a shell; otherwise only one before white space, a quote or another backslash
 */
export function shellWords(text: string, asShell: boolean): readonly Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) {
      at += 1;
    } else if (text.startsWith("\\\n", at)) {
      at += 2;
    } else {
      const word = wordAt(text, at, asShell);
      words.push(word);
      at = word.end;
    }
  }
  return words;
}

function wordAt(text: string, start: number, asShell: boolean): Word {
  let at = start;
  let value = "";
  let quote = "";
  while (at < text.length) {
    const character = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === "" && SPACE.test(character)) break;
    if (character === quote) {
      quote = "";
    } else if (quote === "" && (character === "'" || character === '"')) {
      quote = character;
    } else if (character === "\\" && next === "\n" && quote !== "'") {
      at += 1;
    } else if (character === "\\" && next !== "" && escapes(quote, next, asShell)) {
      value += next;
      at += 1;
    } else {
      value += character;
    }
    at += 1;
  }
  const first = text.charAt(start);
  return { text: value, start, end: at, quoted: first === "'" || first === '"', open: quote !== "" };
}

function escapes(quote: string, next: string, asShell: boolean): boolean {
  if (quote === "'") return false;
  if (quote === '"') return ESCAPED_IN_QUOTES.test(next);
  return asShell || ESCAPED_WHEN_TYPED.test(next);
}

/** Writes a text so that a shell takes it as one word and changes nothing in it. */
export function shellQuoted(text: string): string {
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
