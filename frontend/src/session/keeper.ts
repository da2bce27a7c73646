/**
 * Keeps a log-in for as long as the tab lives, where the user asked for it. Nothing but this page's own script can read it, and the tab's end ends it.
 */

import type { Login } from "../transport/link";

const KEY = "hubblecast.login";

export type TabStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export class Keeper {
  readonly #storage: () => TabStorage;

  /** @param storage asked for inside, as some browsers throw at the mere mention of it */
  constructor(storage: () => TabStorage) {
    this.#storage = storage;
  }

  read(): Login | null {
    const kept = this.#try((storage) => storage.getItem(KEY)) ?? null;
    if (kept === null) return null;
    try {
      const value: unknown = JSON.parse(kept);
      if (typeof value !== "object" || value === null || !("user" in value) || !("password" in value)) return null;
      const { user, password } = value;
      return typeof user === "string" && typeof password === "string" ? { user, password } : null;
    } catch {
      return null;
    }
  }

  keep({ user, password }: Login): void {
    this.#try((storage) => {
      storage.setItem(KEY, JSON.stringify({ user, password }));
    });
  }

  forget(): void {
    this.#try((storage) => {
      storage.removeItem(KEY);
    });
  }

  /** Storage may be forbidden or full; the log-in then lasts as long as the page. */
  #try<T>(work: (storage: TabStorage) => T): T | undefined {
    try {
      return work(this.#storage());
    } catch {
      return undefined;
    }
  }
}
