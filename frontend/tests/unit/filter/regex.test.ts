import { describe, expect, it } from "vitest";

import { RegexError } from "../../../src/filter/characterclass";
import { fqdnTest, nodeNameTest, regexTest } from "../../../src/filter/pattern";

const TEXTS = [
  ...["", "a", "ab", "abc", "aab", "b", "ba", "a.b", "A", "aXb", "a\nb", "\n", "foo bar", "foo_bar", "x1y22z333"],
  ...["/items/42", "/items/", "/page/7?x", "http://a.example.org/x", "ÄÖ", "ä", "a-b", "[x]", "}{", "a{2}"],
];

describe("a regular expression", () => {
  // The browser's own, where both have the same meaning, is the oracle.
  it.each([
    ...["a", "^a", "a$", "^a$", "^$", "", "a|b", "^(a|b)+$", "a*b", "a+b", "ab?c", "a??b", "(?:ab)*", "(a)(b)", "."],
    ...[
      "a.b",
      "^.$",
      "^..$",
      "[abc]",
      "[^abc]",
      "[a-c]+$",
      "[]x]",
      "[\\d]+",
      "\\d{2}",
      "\\d{2,}",
      "^x\\d{1,3}y",
      "\\w+\\s\\w+",
    ],
    ...[
      "\\bbar",
      "\\Bbar",
      "foo\\b",
      "\\D",
      "\\S+",
      "\\W",
      "^/items/\\d+$",
      "^http://[a-z.]+/",
      "x{0}y",
      "(a|ab)(c|bcd)?$",
    ],
    ...["\\x61", "\\.", "\\/", "a{,2}", "[a\\-b]", "(?:a|b|c){2}", "ä|Ö", "(a?){3}b"],
  ])("%s matches what the browser's own does", (pattern) => {
    const own = regexTest(pattern);
    // In RE2 a ] that comes first in a class is one of its characters; a brace that is no repetition stands for itself.
    const native = new RegExp(pattern.replace("[]", "[\\]").replace("{,", "\\{,"));
    for (const text of TEXTS) expect([text, own(text)]).toEqual([text, native.test(text)]);
  });

  it.each([
    ["(?i)ITEMS", "/items/42", true],
    ["(?i:A)b", "ab", true],
    ["(?i:A)b", "aB", false],
    ["a(?i)B", "ab", true],
    ["(?s)a.b", "a\nb", true],
    ["(?m)^b$", "a\nb", true],
    ["\\Ab", "a\nb", false],
    ["b\\z", "a\nb", true],
    ["^[[:alpha:]]+$", "abc", true],
    ["^[[:^digit:]]+$", "a1", false],
    ["^\\p{L}+$", "Äö", true],
    ["\\pN", "a1", true],
    ["^\\PN+$", "a1", false],
    ["\\p{Greek}", "αβγ", true],
    ["^\\x{1D4B3}y$", "𝒳y", true],
    ["(?P<name>a)b", "ab", true],
    ["^.y$", "𝒳y", true],
  ])("%s on %s: %s, as RE2 has it", (pattern, text, expected) => {
    expect(regexTest(pattern)(text)).toBe(expected);
  });

  it.each([
    "(",
    ")",
    "[a",
    "a**",
    "*",
    "\\",
    "\\1",
    "(?=a)",
    "(?<!a)",
    "a{2,1}",
    "a{1001}",
    "[b-a]",
    "[[:no:]]",
    "\\p{No_Such}",
    "\\q",
  ])("%s is none", (pattern) => {
    expect(() => regexTest(pattern)).toThrow(RegexError);
  });

  it("that would take too much is refused", () => {
    expect(() => regexTest("((a{100}){100}){100}")).toThrow("too large");
    expect(() => regexTest("(".repeat(500))).toThrow("within each other");
  });

  it.each(["(a+)+$", "^(a|a)*$", "(.*.*)*x", "(a|ab|b)*c", "([a-z]+)*[0-9]", "^(([a-z])+.)+[A-Z]([a-z])+$"])(
    "%s, which stalls a backtracking matcher, looks at each character once",
    (pattern) => {
      // Thirty would keep a backtracking matcher busy for minutes; this many would never end.
      expect(regexTest(pattern)(`${"ab".repeat(2_000)}!`)).toBe(false);
      expect(regexTest(pattern)(`${"a".repeat(4_000)}!`)).toBe(false);
    },
  );

  it("keeps no more states than it may", () => {
    // Its automaton has some 2^12 states.
    const test = regexTest("(a|b)*a(a|b){12}c");
    let text = "";
    let seed = 1;
    for (let index = 0; index < 5_000; index += 1) {
      seed = (seed * 48271) % 2147483647;
      text += seed % 2 === 0 ? "a" : "b";
    }
    expect(test(text)).toBe(false);
    expect(test(`${text}a${"b".repeat(12)}c`)).toBe(true);
  });
});

describe("a name with wildcards", () => {
  it.each([
    ["*.example.org", "api.example.org", true],
    ["*.example.org", "a.b.example.org", true],
    ["*.example.org", "example.org", false],
    ["example.*", "example.org", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["a*c", "a_c", false],
    ["*", "x-y.z", true],
  ])("%s on %s: %s", (pattern, name, expected) => {
    expect(fqdnTest(pattern)(name)).toBe(expected);
  });

  it.each([
    ["node-1", "prod/node-1", true],
    ["node-1", "prod/node-11", false],
    ["*/node-1", "prod/node-1", true],
    ["prod/", "prod/any.node", true],
    ["/node-1", "prod/node-1", true],
    ["node-1", "node-1", false],
    ["node-1", "a/b/node-1", false],
  ])("of a node, %s on %s: %s", (pattern, name, expected) => {
    expect(nodeNameTest(pattern)(name)).toBe(expected);
  });
});
