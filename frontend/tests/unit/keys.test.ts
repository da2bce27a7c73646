import { describe, expect, it } from "vitest";

import { commandOf, type Focus, type Key } from "../../src/ui/keys";

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

describe("a key", () => {
  it.each<[string, Focus, string | undefined]>([
    [" ", "table", "pause"],
    [" ", "page", "pause"],
    [" ", "text", undefined],
    [" ", "control", undefined],
    ["/", "table", "filter"],
    ["/", "control", "filter"],
    ["/", "text", undefined],
    ["?", "page", "help"],
    ["Enter", "table", "open"],
    ["Enter", "control", undefined],
    ["Escape", "text", "back"],
    ["ArrowDown", "table", "move"],
    ["ArrowDown", "text", undefined],
    ["PageUp", "page", "page"],
    ["Home", "table", "first"],
    ["End", "table", "last"],
    ["x", "table", undefined],
  ])("%j in %s does %s", (name, focus, command) => {
    expect(commandOf(key(name), focus)?.do).toBe(command);
  });

  it("with a modifier is the browser's", () => {
    expect(commandOf(key(" ", { ctrlKey: true }), "table")).toBeNull();
    expect(commandOf(key("/", { metaKey: true }), "table")).toBeNull();
  });
});
