import { afterEach, describe, expect, it } from "vitest";

import { Address } from "../../src/session/address";
import { bindAddress } from "../../src/session/bindings";
import { Keeper } from "../../src/session/keeper";
import { Session } from "../../src/session/session";
import { SettingsStore } from "../../src/stores/settings";

const kept: Record<string, string> = {};
const storage = {
  getItem: (key: string): string | null => kept[key] ?? null,
  setItem: (key: string, value: string): void => {
    kept[key] = value;
  },
  removeItem: (key: string): void => {
    Reflect.deleteProperty(kept, key);
  },
};

const opened: Session[] = [];

afterEach(() => {
  for (const session of opened.splice(0)) session.dispose();
  for (const key of Object.keys(kept)) Reflect.deleteProperty(kept, key);
});

/** A page that is opened with a fragment, before anybody has logged in. */
function page(fragment: string): { readonly session: Session; readonly address: Address } {
  const after = (): (() => void) => () => undefined;
  const session = new Session(
    { url: "ws://none", announce: () => () => undefined },
    { now: () => 0, hidden: () => false, onFrame: after, after },
    new SettingsStore(() => storage),
    () => storage,
    new Keeper(() => storage),
  );
  opened.push(session);
  const address = new Address(fragment, { replace: () => undefined, after });
  bindAddress(address, session);
  return { session, address };
}

describe("a link", () => {
  const LINK =
    "#chart=off&columns=uuid:300&density=compact&facets=all&filter=--verdict+DROPPED&map=on&replay=15&theme=dark&time=date&zone=utc";

  it("shows the view that it was copied from", () => {
    const { session, address } = page(LINK);
    const { settings, filter, facets, past } = session;
    expect([settings.columnsText, settings.density, settings.theme, settings.timeZone, settings.timeFormat]).toEqual([
      ...["uuid:300", "compact", "dark", "utc", "date"],
    ]);
    expect([settings.chartShown, settings.mapShown, facets.isOpen]).toEqual([false, true, true]);
    expect([filter.textInForce, past.replay.minutes]).toEqual(["--verdict DROPPED", 15]);
    expect(address.fragment).toBe(LINK);
  });

  it("leaves the reader's own settings as they are", () => {
    page("").session.settings.setDensity("roomy");
    const own = { ...kept };
    const { session } = page(LINK);
    expect(kept).toEqual(own);
    expect(page("").session.settings.density).toBe("roomy");
    session.settings.setTheme("light");
    const again = page("").session;
    expect([again.settings.theme, again.settings.density, again.past.replay.minutes]).toEqual(["light", "roomy", 5]);
  });

  it("that was opened in the same tab leaves them, too", () => {
    const { session, address } = page("");
    session.settings.setDensity("roomy");
    session.past.replay.setMinutes(60, true);
    const own = { ...kept };
    address.take(LINK);
    expect([session.settings.density, session.past.replay.minutes]).toEqual(["compact", 15]);
    expect(kept).toEqual(own);
  });

  it.each([
    "#replay=7",
    "#replay=x",
    "#at=soon",
    "#at=-1",
    "#theme=pink",
    "#density=__proto__",
    "#zone=Mars",
    "#columns=,",
  ])("%s changes nothing", (fragment) => {
    const plain = page("");
    const { session, address } = page(fragment);
    expect(session.past.replay.minutes).toBe(plain.session.past.replay.minutes);
    expect(session.settings.columnsText).toBe(plain.session.settings.columnsText);
    expect(address.fragment).toBe("");
  });
});
