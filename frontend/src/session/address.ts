/**
 * The page's state in its address: `#filter=…&facets=1`. Whoever opens the link sees the same view. It stands in the fragment, which never
 * leaves the browser: what is filtered for comes into no server's log.
 *
 * Each part of the state is bound under a key of its own, by whoever owns it:
 *
 *     address.bind("facets", { read: () => (facets.open ? "1" : ""), write: (text) => { facets.setOpen(text === "1"); } });
 */

import { autorun } from "mobx";

export interface Accessor {
  /** The state as a text, "" where it is what a page begins with. Observed: a change comes into the address by itself. */
  readonly read: () => string;
  /**
   * Takes the state from an address; "" is for a link that does not name it. Anyone can make a link, so anything may stand there: what makes no
   * sense changes nothing.
   */
  readonly write: (text: string) => void;
}

/** The browser's part: `replace` puts a fragment into the address, "" for none. */
export interface AddressBar {
  readonly replace: (fragment: string) => void;
  /** Calls back in a while. @returns a function that cancels */
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Browsers refuse more than some 100 changes in half a minute. */
const WRITE_AFTER_MS = 400;

/** A log-in is never a part of the state. */
const KEY = /^(?!login$)[a-z][a-z0-9-]*$/;
const LONE_SURROGATE = /\p{Surrogate}/gu;
const VALUE_CHARACTERS_MAX = 8_000;
const KEYS_MAX = 64;

export class Address {
  readonly #bar: AddressBar;
  readonly #bound = new Map<string, Accessor>();
  /** Values by key as the state has them, and those of keys that nobody has bound yet. */
  #values: Map<string, string>;
  #written: string;
  /** Whether the page was opened with a state, which then is the whole of it. */
  readonly #isLink: boolean;
  #cancel: (() => void) | null = null;

  /** @param fragment of the address that the page was opened with, without a log-in */
  constructor(fragment: string, bar: AddressBar) {
    this.#bar = bar;
    this.#values = parseState(fragment);
    this.#written = fragment;
    this.#isLink = this.#values.size > 0;
  }

  /** Gives the owner what the address has under the key, and keeps the address in step from then on. @returns a function that unbinds */
  bind(key: string, accessor: Accessor): () => void {
    if (!KEY.test(key) || this.#bound.has(key)) throw new Error(`the key ${key} is taken or no key`);
    this.#bound.set(key, accessor);
    const given = this.#values.get(key);
    if (given !== undefined || this.#isLink) accessor.write(given ?? "");
    const dispose = autorun(() => {
      const value = accessor.read();
      if (value === "") this.#values.delete(key);
      else this.#values.set(key, value);
      this.#soon();
    });
    return () => {
      dispose();
      this.#bound.delete(key);
    };
  }

  /** Takes the state of another fragment: a link was opened in the same tab, or a page of the history. */
  take(fragment: string): void {
    if (fragment === this.#written) return;
    this.#written = fragment;
    const values = parseState(fragment);
    const before = this.#values;
    this.#values = values;
    for (const [key, accessor] of this.#bound) {
      const value = values.get(key) ?? "";
      if (value !== (before.get(key) ?? "")) accessor.write(value);
    }
    this.#soon();
  }

  /** The fragment of the state as it is now, with its `#`, or "". */
  get fragment(): string {
    return writtenState(this.#values);
  }

  /** Brings the address up to date at once. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = null;
    const fragment = this.fragment;
    if (fragment === this.#written) return;
    this.#written = fragment;
    this.#bar.replace(fragment);
  }

  #soon(): void {
    this.#cancel ??= this.#bar.after(WRITE_AFTER_MS, () => {
      this.flush();
    });
  }
}

/** @returns values by key; what is no `KEY=VALUE` is left out */
export function parseState(fragment: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const part of fragment.replace(/^#/, "").split("&")) {
    const equals = part.indexOf("=");
    const key = part.slice(0, Math.max(0, equals));
    const value = decoded(part.slice(equals + 1));
    if (!KEY.test(key) || value === null || value.length > VALUE_CHARACTERS_MAX || values.size >= KEYS_MAX) continue;
    values.set(key, value);
  }
  return values;
}

function writtenState(values: ReadonlyMap<string, string>): string {
  const parts = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${encoded(value)}`);
  return parts.length === 0 ? "" : `#${parts.join("&")}`;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

/** As legible as a fragment may be: spaces as `+`, and what is harmless as it stands. */
function encoded(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATE, "\ufffd"))
    .replaceAll("%20", "+")
    .replace(/%(?:2F|3A|2C|3D|40|3F)/g, (escape) => decodeURIComponent(escape));
}
