/**
 * How the reader likes the page: columns, density, times, colours, what is open. Kept in the browser; what is kept may be from another version
 * or broken, and then the part that is not understood falls back to its default.
 *
 * What a link asks for is shown and not kept: the reader's own settings are there again in the next tab, but for what the reader then changes.
 */

import { action, computed, makeObservable, observable } from "mobx";

import { COLUMNS_BY_ID, DEFAULT_COLUMN_IDS, type Column, type TimeFormat } from "../flow/columns";
import { isTimeZone, ZoneClock, type TimeZone } from "../flow/time";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** Height of a row, in pixels. */
export const DENSITIES = { compact: 20, normal: 24, roomy: 32 } as const;
export type Density = keyof typeof DENSITIES;

export const TIME_FORMATS: readonly TimeFormat[] = ["time", "date", "relative"];

/** Narrower or wider than this a column is no column. */
export const WIDTH_PX_MIN = 40;
export const WIDTH_PX_MAX = 1_200;

const KEY = "hubblecast.settings";

/** A time with its day is wider than a time. */
const DATE_COLUMN_PX = 190;

export interface ShownColumn {
  readonly column: Column;
  /** As the reader set it; null leaves it to the table. */
  readonly widthPx: number | null;
}

export type SettingsStorage = () => Pick<Storage, "getItem" | "setItem">;

const DEFAULT_COLUMNS = DEFAULT_COLUMN_IDS.join(",");

/** What is kept, as it is written. */
interface Kept {
  theme: Theme;
  density: Density;
  timeZone: TimeZone;
  timeFormat: TimeFormat;
  chartShown: boolean;
  mapShown: boolean;
  columns: string;
}

export class SettingsStore {
  theme: Theme = "system";
  density: Density = "normal";
  timeZone: TimeZone = "local";
  timeFormat: TimeFormat = "time";
  chartShown = true;
  mapShown = false;
  columns: readonly ShownColumn[] = parseColumns(DEFAULT_COLUMNS) ?? [];

  readonly #storage: SettingsStorage;
  #isLent = false;

  /** @param storage asked for inside, as some browsers throw at the mere mention of it */
  constructor(storage: SettingsStorage) {
    this.#storage = storage;
    this.#read();
    makeObservable(this, {
      theme: observable,
      density: observable,
      timeZone: observable,
      timeFormat: observable,
      chartShown: observable,
      mapShown: observable,
      columns: observable.ref,
      clock: computed,
      rowHeightPx: computed,
      template: computed,
      widthPx: computed,
      columnsText: computed,
      setTheme: action.bound,
      setDensity: action.bound,
      setTimeZone: action.bound,
      setTimeFormat: action.bound,
      toggleChart: action.bound,
      toggleMap: action.bound,
      setColumnsText: action.bound,
      toggleColumn: action.bound,
      moveColumn: action.bound,
      resizeColumn: action.bound,
      resetColumns: action.bound,
    });
  }

  /** Makes changes that show and are not kept. */
  lend(change: () => void): void {
    this.#isLent = true;
    try {
      change();
    } finally {
      this.#isLent = false;
    }
  }

  get clock(): ZoneClock {
    return new ZoneClock(this.timeZone);
  }

  get rowHeightPx(): number {
    return DENSITIES[this.density];
  }

  /** For `grid-template-columns`. */
  get template(): string {
    return this.columns
      .map(({ column, widthPx }) =>
        widthPx === null && column.share > 0
          ? `minmax(${column.minPx}px, ${column.share}fr)`
          : `${widthPx ?? this.#naturalPx(column)}px`,
      )
      .join(" ");
  }

  /** What the columns take together at the least, in pixels. */
  get widthPx(): number {
    return this.columns.reduce((sum, { column, widthPx }) => sum + (widthPx ?? this.#naturalPx(column)), 0);
  }

  /** The columns in one text, for example `time,verdict,source:220`: for keeping and for the address. */
  get columnsText(): string {
    return this.columns.map(({ column: { id }, widthPx }) => (widthPx === null ? id : `${id}:${widthPx}`)).join(",");
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.#keep({ theme });
  }

  setDensity(density: Density): void {
    this.density = density;
    this.#keep({ density });
  }

  /** Ignores what is no zone. */
  setTimeZone(zone: TimeZone): void {
    if (!isTimeZone(zone)) return;
    this.timeZone = zone;
    this.#keep({ timeZone: zone });
  }

  setTimeFormat(format: TimeFormat): void {
    this.timeFormat = format;
    this.#keep({ timeFormat: format });
  }

  toggleChart(): void {
    this.chartShown = !this.chartShown;
    this.#keep({ chartShown: this.chartShown });
  }

  toggleMap(): void {
    this.mapShown = !this.mapShown;
    this.#keep({ mapShown: this.mapShown });
  }

  /** Takes columns as `columnsText` gives them. @returns whether any of it was understood */
  setColumnsText(text: string): boolean {
    const columns = parseColumns(text);
    if (columns !== null) this.#setColumns(columns);
    return columns !== null;
  }

  /** Shows or hides a column; the last one stays. */
  toggleColumn(id: string): void {
    const shown = this.columns.filter(({ column }) => column.id !== id);
    if (shown.length === this.columns.length) {
      const column = COLUMNS_BY_ID.get(id);
      if (column !== undefined) this.#setColumns([...shown, { column, widthPx: null }]);
    } else if (shown.length > 0) {
      this.#setColumns(shown);
    }
  }

  /** @param by places to the right; negative to the left */
  moveColumn(id: string, by: number): void {
    const from = this.columns.findIndex(({ column }) => column.id === id);
    const moved = this.columns[from];
    if (moved === undefined) return;
    const rest = this.columns.filter((_, index) => index !== from);
    const to = Math.max(0, Math.min(rest.length, from + by));
    if (to !== from) this.#setColumns([...rest.slice(0, to), moved, ...rest.slice(to)]);
  }

  /** @param widthPx null gives the column back to the table */
  resizeColumn(id: string, widthPx: number | null): void {
    const width = widthPx === null ? null : clamp(widthPx);
    this.#setColumns(this.columns.map((shown) => (shown.column.id === id ? { ...shown, widthPx: width } : shown)));
  }

  resetColumns(): void {
    this.setColumnsText(DEFAULT_COLUMNS);
  }

  #setColumns(columns: readonly ShownColumn[]): void {
    this.columns = columns;
    this.#keep({ columns: this.columnsText });
  }

  #naturalPx(column: Column): number {
    return column.id === "time" && this.timeFormat === "date" ? DATE_COLUMN_PX : column.minPx;
  }

  #read(): void {
    const { theme, density, timeZone, timeFormat, chartShown, mapShown, columns } = this.#kept();
    if (isTheme(theme)) this.theme = theme;
    if (isDensity(density)) this.density = density;
    if (isTimeZone(timeZone)) this.timeZone = timeZone;
    if (isTimeFormat(timeFormat)) this.timeFormat = timeFormat;
    if (typeof chartShown === "boolean") this.chartShown = chartShown;
    if (typeof mapShown === "boolean") this.mapShown = mapShown;
    this.columns = (typeof columns === "string" ? parseColumns(columns) : null) ?? this.columns;
  }

  #kept(): Readonly<Partial<Record<keyof Kept, unknown>>> {
    try {
      const value: unknown = JSON.parse(this.#storage().getItem(KEY) ?? "{}");
      return typeof value === "object" && value !== null ? { ...value } : {};
    } catch {
      // Storage may be forbidden, or hold what is no JSON; the defaults are good then.
      return {};
    }
  }

  /** Beside what is kept already, be it by another tab. */
  #keep(change: Partial<Kept>): void {
    if (this.#isLent) return;
    try {
      this.#storage().setItem(KEY, JSON.stringify({ ...this.#kept(), ...change }));
    } catch {
      // Storage may be forbidden or full; the choice then lasts as long as the page.
    }
  }
}

export function isTheme(value: unknown): value is Theme {
  return THEMES.includes(value as Theme);
}

export function isDensity(value: unknown): value is Density {
  return typeof value === "string" && Object.hasOwn(DENSITIES, value);
}

export function isTimeFormat(value: unknown): value is TimeFormat {
  return TIME_FORMATS.includes(value as TimeFormat);
}

/** Leaves out what is no column. @returns null where nothing is left */
function parseColumns(text: string): readonly ShownColumn[] | null {
  const shown = new Map<string, ShownColumn>();
  for (const part of text.slice(0, 2_000).split(",")) {
    const [id = "", width] = part.split(":");
    const column = COLUMNS_BY_ID.get(id);
    if (column === undefined) continue;
    const widthPx = width !== undefined && /^\d{1,5}$/.test(width) ? clamp(Number(width)) : null;
    shown.set(id, { column, widthPx });
  }
  return shown.size === 0 ? null : [...shown.values()];
}

function clamp(px: number): number {
  return Math.round(Math.max(WIDTH_PX_MIN, Math.min(WIDTH_PX_MAX, px)));
}
