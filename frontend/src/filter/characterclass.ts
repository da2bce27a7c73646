/**
 * Classes of characters in regular expressions, as tests of a code point.
 */

/** What is wrong with an expression, in words. */
export class RegexError extends Error {}

/** Tests a character by its code point. */
export type CharacterTest = (code: number) => boolean;

export const PERL_CLASSES: Readonly<Record<string, CharacterTest>> = {
  d: (code) => code >= 48 && code <= 57,
  s: (code) => code === 32 || code === 9 || code === 10 || code === 12 || code === 13,
  w: isWordCharacter,
};

const POSIX_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[0-9A-Za-z]/,
  alpha: /[A-Za-z]/,
  // eslint-disable-next-line no-control-regex -- that is how ASCII is defined
  ascii: /[\x00-\x7f]/,
  blank: /[\t ]/,
  // eslint-disable-next-line no-control-regex -- finding control characters is what it is for
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t\n\v\f\r ]/,
  upper: /[A-Z]/,
  word: /[0-9A-Za-z_]/,
  xdigit: /[0-9A-Fa-f]/,
};

export function isWordCharacter(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}

/** Tests for the characters between two code points, with both. */
export function range(from: number, to: number, ignoreCase: boolean): CharacterTest {
  const plain: CharacterTest = (code) => code >= from && code <= to;
  if (!ignoreCase) return plain;
  return (code) => {
    if (plain(code)) return true;
    const one = String.fromCodePoint(code);
    return [one.toLowerCase(), one.toUpperCase()].some((other) => plain(other.codePointAt(0) ?? -1));
  };
}

export function posixClass(name: string, negated: boolean): CharacterTest {
  const known = POSIX_CLASSES[name];
  if (known === undefined) throw new RegexError("there is no such named class");
  return (code) => known.test(String.fromCodePoint(code)) !== negated;
}

/** @param name as in `\\p{NAME}`, a category or a script */
export function unicodeClass(name: string, negated: boolean): CharacterTest {
  const inverse = name.startsWith("^");
  const bare = inverse ? name.slice(1) : name;
  const known = /^\w+$/.test(bare) ? (compiled(`\\p{${bare}}`) ?? compiled(`\\p{Script=${bare}}`)) : null;
  if (known === null) throw new RegexError("there is no such Unicode class");
  return (code) => known.test(String.fromCodePoint(code)) !== (negated !== inverse);
}

function compiled(pattern: string): RegExp | null {
  try {
    return new RegExp(`^${pattern}$`, "u");
  } catch {
    return null;
  }
}
