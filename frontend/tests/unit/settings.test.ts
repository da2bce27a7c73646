import { describe, expect, it } from "vitest";

import { DEFAULT_COLUMN_IDS } from "../../src/flow/columns";
import { SettingsStore } from "../../src/stores/settings";

const DEFAULT = DEFAULT_COLUMN_IDS.join(",");

function browser(kept: Record<string, string> = {}): {
  readonly kept: Record<string, string>;
  readonly open: () => SettingsStore;
} {
  const storage = {
    getItem: (key: string): string | null => kept[key] ?? null,
    setItem: (key: string, value: string): void => {
      kept[key] = value;
    },
  };
  return { kept, open: () => new SettingsStore(() => storage) };
}

describe("settings", () => {
  it("are kept in the browser", () => {
    const { open } = browser();
    const first = open();
    first.setTheme("dark");
    first.setDensity("compact");
    first.setTimeZone("Europe/Berlin");
    first.setTimeFormat("relative");
    first.toggleChart();
    first.toggleMap();
    first.setColumnsText("time,verdict:140,uuid");
    const { theme, density, timeZone, timeFormat, chartShown, mapShown, columnsText } = open();
    expect({ theme, density, timeZone, timeFormat, chartShown, mapShown, columnsText }).toEqual({
      theme: "dark",
      density: "compact",
      timeZone: "Europe/Berlin",
      timeFormat: "relative",
      chartShown: false,
      mapShown: true,
      columnsText: "time,verdict:140,uuid",
    });
  });

  it.each([
    "<b>",
    "null",
    "[]",
    "3",
    '{"theme":"pink","density":"__proto__","timeZone":"Mars/Base","timeFormat":7,"columns":{"a":1},"chartShown":"no"}',
    '{"columns":"no,such,columns"}',
    `{"columns":"${"time,".repeat(50_000)}"}`,
  ])("fall back to their defaults where %.60s is kept", (text) => {
    const settings = browser({ "hubblecast.settings": text }).open();
    expect([settings.theme, settings.density, settings.timeZone, settings.timeFormat, settings.chartShown]).toEqual([
      ...["system", "normal", "local", "time", true],
    ]);
    expect(settings.columnsText === DEFAULT || settings.columnsText === "time").toBe(true);
  });

  it("keep what is understood beside what is not", () => {
    const settings = browser({
      "hubblecast.settings": '{"theme":"dark","columns":"time,old_column,port:9999999"}',
    }).open();
    expect([settings.theme, settings.columnsText]).toEqual(["dark", "time,port"]);
  });

  it("that a link asks for are shown, and the reader's own stay", () => {
    const { kept, open } = browser();
    open().setColumnsText("time,verdict:140");
    const own = { ...kept };
    const linked = open();
    linked.lend(() => {
      linked.setColumnsText("uuid");
      linked.setTheme("dark");
      linked.setDensity("compact");
      linked.setTimeZone("utc");
      linked.setTimeFormat("date");
      linked.toggleChart();
      linked.toggleMap();
    });
    expect([linked.columnsText, linked.theme, linked.density, linked.chartShown]).toEqual([
      ...["uuid", "dark", "compact", false],
    ]);
    expect(kept).toEqual(own);
    // What the reader then changes is the reader's, and nothing else.
    linked.setDensity("roomy");
    const after = open();
    expect([after.columnsText, after.theme, after.density, after.chartShown, after.mapShown]).toEqual([
      ...["time,verdict:140", "system", "roomy", true, false],
    ]);
  });

  it("of two tabs do not undo each other", () => {
    const { open } = browser();
    const [one, other] = [open(), open()];
    one.setTheme("dark");
    other.setDensity("compact");
    expect([open().theme, open().density]).toEqual(["dark", "compact"]);
  });

  it("last as long as the page where nothing may be kept", () => {
    const settings = new SettingsStore(() => {
      throw new Error("SecurityError");
    });
    settings.setTheme("light");
    expect(settings.theme).toBe("light");
  });
});

describe("columns", () => {
  const shown = (settings: SettingsStore): string[] => settings.columns.map(({ column }) => column.id);

  it("come and go, but for the last one", () => {
    const settings = browser().open();
    settings.setColumnsText("time,port");
    settings.toggleColumn("node");
    expect(shown(settings)).toEqual(["time", "port", "node"]);
    for (const id of ["node", "time", "port", "no_such"]) settings.toggleColumn(id);
    expect(shown(settings)).toEqual(["port"]);
    settings.resetColumns();
    expect(settings.columnsText).toBe(DEFAULT);
  });

  it("move, and stop at the ends", () => {
    const settings = browser().open();
    settings.setColumnsText("time,port,node");
    settings.moveColumn("node", -1);
    expect(shown(settings)).toEqual(["time", "node", "port"]);
    settings.moveColumn("node", -9);
    settings.moveColumn("time", 9);
    settings.moveColumn("no_such", 1);
    expect(shown(settings)).toEqual(["node", "port", "time"]);
  });

  it("have a width within reason, or the table's own", () => {
    const settings = browser().open();
    settings.setColumnsText("time,source");
    expect(settings.template).toBe("112px minmax(150px, 1.2fr)");
    settings.resizeColumn("source", 5);
    settings.resizeColumn("time", 1e9);
    expect(settings.template).toBe("1200px 40px");
    expect(settings.widthPx).toBe(1_240);
    settings.resizeColumn("source", 220.4);
    settings.resizeColumn("time", null);
    expect(settings.columnsText).toBe("time,source:220");
    settings.setTimeFormat("date");
    expect(settings.template).toBe("190px 220px");
  });

  it("are named once each", () => {
    const settings = browser().open();
    expect(settings.setColumnsText("port,time,port:90,__proto__,:")).toBe(true);
    expect(shown(settings)).toEqual(["port", "time"]);
    expect(settings.setColumnsText("")).toBe(false);
    expect(shown(settings)).toEqual(["port", "time"]);
  });
});
