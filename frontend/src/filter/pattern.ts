/**
 * What a text is compared with: a regular expression, or a name in which `*` stands for any run of letters, digits, `-` and `.`.
 */

import { Automaton } from "./automaton";
import { RegexError, type CharacterTest } from "./characterclass";
import { literal, parseRegex, type Node } from "./regexsyntax";

export type TextTest = (text: string) => boolean;

/** Texts whose answer is remembered, for the same URLs and names come again and again. */
const REMEMBERED_MAX = 4_096;
const REMEMBERED_CHARACTERS_MAX = 256;

const ANY_LABEL: CharacterTest = (code) =>
  code === 45 || code === 46 || (code >= 48 && code <= 57) || (code >= 97 && code <= 122);

const NAME_CHARACTER: CharacterTest = (code) => code === 95 || (code !== 46 && ANY_LABEL(code));

/** One or more labels with dots between them: what an element of a node's name may be where the pattern leaves it open. */
const ANY_NAME: Node = {
  is: "sequence",
  parts: [
    { is: "repeat", part: { is: "character", test: NAME_CHARACTER }, min: 1, max: null },
    {
      is: "repeat",
      part: {
        is: "sequence",
        parts: [literal("."), { is: "repeat", part: { is: "character", test: NAME_CHARACTER }, min: 1, max: null }],
      },
      min: 0,
      max: null,
    },
  ],
};

/** Matches anywhere in a text. Throws RegexError. */
export function regexTest(pattern: string): TextTest {
  return remembering(new Automaton(parseRegex(pattern)));
}

/** Matches the whole of a DNS name. Throws RegexError. */
export function fqdnTest(pattern: string): TextTest {
  return remembering(new Automaton(anchored(fqdnNode(pattern))));
}

/** Matches the whole of `CLUSTER/NODE`. The pattern is `[CLUSTER/]NODE`; an element that is left out may be anything. Throws RegexError. */
export function nodeNameTest(pattern: string): TextTest {
  if (pattern === "") throw new RegexError("it is empty");
  const elements = pattern.split("/");
  if (elements.length > 2) throw new RegexError("it has more than one /");
  const [cluster, node] = elements.length === 2 ? elements : ["", ...elements];
  const element = (text: string | undefined): Node => (text === undefined || text === "" ? ANY_NAME : fqdnNode(text));
  return remembering(
    new Automaton(anchored({ is: "sequence", parts: [element(cluster), literal("/"), element(node)] })),
  );
}

/** The form in which Hubble compares names: lower case, without the dot of the root. */
export function canonicalName(pattern: string): string {
  return pattern.trim().replace(/\.$/, "").toLowerCase();
}

function fqdnNode(pattern: string): Node {
  const canonical = canonicalName(pattern);
  if (canonical === "") throw new RegexError("it is empty");
  if (canonical.endsWith(".")) throw new RegexError("it ends with more than one dot");
  const parts = Array.from(canonical, (one): Node => {
    if (one === "*") return { is: "repeat", part: { is: "character", test: ANY_LABEL }, min: 0, max: null };
    if (!/[-.0-9_a-z]/.test(one))
      throw new RegexError("names are made of letters, digits, -, _ and dots, with * for any run of them");
    return literal(one);
  });
  return { is: "sequence", parts };
}

function anchored(node: Node): Node {
  return {
    is: "sequence",
    parts: [{ is: "assertion", what: "textStart" }, node, { is: "assertion", what: "textEnd" }],
  };
}

function remembering(automaton: Automaton): TextTest {
  let answers = new Map<string, boolean>();
  return (text) => {
    if (text.length > REMEMBERED_CHARACTERS_MAX) return automaton.matches(text);
    let answer = answers.get(text);
    if (answer === undefined) {
      answer = automaton.matches(text);
      if (answers.size >= REMEMBERED_MAX) answers = new Map();
      answers.set(text, answer);
    }
    return answer;
  };
}
