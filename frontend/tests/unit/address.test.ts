import { observable, runInAction } from "mobx";
import { beforeEach, describe, expect, it } from "vitest";

import { Address, parseState } from "../../src/session/address";

let shown: string[];
let waiting: (() => void)[];

beforeEach(() => {
  shown = [];
  waiting = [];
});

function address(fragment = ""): Address {
  return new Address(fragment, {
    replace: (text) => shown.push(text),
    after: (_, run) => {
      waiting.push(run);
      return () => {
        waiting = waiting.filter((one) => one !== run);
      };
    },
  });
}

function elapse(): void {
  for (const run of waiting.splice(0)) run();
}

function bound(target: Address, key: string, initial = ""): { readonly text: string; set: (text: string) => void } {
  const box = observable.box(initial);
  const set = (text: string): void => {
    runInAction(() => {
      box.set(text);
    });
  };
  target.bind(key, { read: () => box.get(), write: set });
  return {
    get text() {
      return box.get();
    },
    set,
  };
}

describe("the address", () => {
  it("gives each key to whom it belongs, and keeps what nobody has asked for yet", () => {
    const one = address("#b=2&a=x+y%26&c=3");
    expect(bound(one, "a").text).toBe("x y&");
    // A link is the whole of the state: what it does not name is as a page begins.
    expect(bound(one, "z", "own").text).toBe("");
    expect(one.fragment).toBe("#a=x+y%26&b=2&c=3");
    expect(bound(one, "b").text).toBe("2");
  });

  it("leaves everything as it is where it says nothing", () => {
    expect(bound(address(), "z", "own").text).toBe("own");
    expect(bound(address("#"), "z", "own").text).toBe("own");
  });

  it("follows the state, once for many changes", () => {
    const one = address();
    const filter = bound(one, "filter");
    elapse();
    expect(shown).toEqual([]);
    filter.set("a");
    filter.set("--pod shop/cart --ip ::1,b=c #&%");
    expect(shown).toEqual([]);
    elapse();
    expect(shown).toEqual(["#filter=--pod+shop/cart+--ip+::1,b=c+%23%26%25"]);
    filter.set("");
    elapse();
    expect(shown.at(-1)).toBe("");
  });

  it("written and read again is the same, whatever is in it", () => {
    for (const text of ["a+b c", "ä 𝒳 \n\t", "%41", "=&#?/:@", "' \"\\", "\ud800x"]) {
      const one = address();
      bound(one, "filter", text);
      const other = bound(address(one.fragment), "filter");
      expect(other.text).toBe(text.replace("\ud800", "\ufffd"));
    }
  });

  it("takes over another link, and gives what it lacks its beginning", () => {
    const one = address("#a=1&b=2");
    const a = bound(one, "a");
    const b = bound(one, "b");
    one.take("#b=3");
    expect([a.text, b.text]).toEqual(["", "3"]);
    elapse();
    expect(one.fragment).toBe("#b=3");
  });

  it("does not take its own writing for a link", () => {
    const one = address();
    const a = bound(one, "a");
    a.set("1");
    elapse();
    a.set("2");
    one.take("#a=1");
    expect(a.text).toBe("2");
  });

  it("unbound lets the key go", () => {
    const one = address();
    const dispose = one.bind("a", { read: () => "1", write: () => undefined });
    expect(() => one.bind("a", { read: () => "", write: () => undefined })).toThrow("taken");
    dispose();
    bound(one, "a");
  });

  it("never holds a log-in", () => {
    expect([...parseState("#login=demo:pw&a=1").keys()]).toEqual(["a"]);
    expect(() => address().bind("login", { read: () => "x", write: () => undefined })).toThrow();
  });

  it("leaves out what is no state of a page", () => {
    expect(parseState(`#&=&x&A=1&a b=1&ok=1&bad=%ff&long=${"x".repeat(9_000)}&__proto__=1`)).toEqual(
      new Map([["ok", "1"]]),
    );
    expect(parseState(Array.from({ length: 500 }, (_, index) => `k${index}=1`).join("&")).size).toBe(64);
  });
});
