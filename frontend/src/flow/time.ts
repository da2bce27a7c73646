/**
 * Times of flows: RFC 3339 with up to nine digits behind the second, shown in a time zone of the reader's choice.
 */

/** "local" is the browser's, "utc" is UTC, all else a name of the IANA time zone database. */
export type TimeZone = string;

/** A zone's distance from UTC changes on quarter hours at the most, so it is asked for once in each. */
const SLOT_MS = 900_000;

const DOT = 46;
const LETTER_Z = 90;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** @returns milliseconds since 1970, or null where the text is no time */
export function millisOf(time: string | undefined): number | null {
  if (time === undefined || time.length > 64) return null;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? null : ms;
}

/**
 * Reads many times that lie close together, as those of a buffer do: the minute is read once, the second by its digits. A tenth of the cost of
 * `millisOf`, and the same result.
 */
export class TimeReader {
  #minute = "";
  #minuteMs = 0;

  /** @returns milliseconds since 1970, NaN where the text is no time */
  read(time: string | undefined): number {
    if (time === undefined) return NaN;
    if (this.#minute === "" || !time.startsWith(this.#minute)) {
      const minute = time.slice(0, 17);
      const ms = Date.parse(`${minute}00Z`);
      if (Number.isNaN(ms)) return millisOf(time) ?? NaN;
      this.#minute = minute;
      this.#minuteMs = ms;
    }
    const ms = millisOfMinute(time);
    return ms < 60_000 ? this.#minuteMs + ms : (millisOf(time) ?? NaN);
  }
}

/** The part behind the minute of `2026-01-02T03:04:05.678901234Z`, in milliseconds; NaN where the text has another form. */
function millisOfMinute(time: string): number {
  const last = time.length - 1;
  if (last < 19 || last > 40 || time.charCodeAt(last) !== LETTER_Z) return NaN;
  let ms = (digit(time, 17) * 10 + digit(time, 18)) * 1000;
  if (last === 19) return ms;
  if (time.charCodeAt(19) !== DOT || last === 20) return NaN;
  let weight = 100;
  for (let at = 20; at < last; at += 1) {
    const code = time.charCodeAt(at) - 48;
    if (code < 0 || code > 9) return NaN;
    if (at < 23) ms += code * weight;
    weight = weight === 100 ? 10 : 1;
  }
  return ms;
}

function digit(text: string, at: number): number {
  const code = text.charCodeAt(at) - 48;
  return code >= 0 && code <= 9 ? code : NaN;
}

/** @returns whether the browser knows the zone */
export function isTimeZone(zone: unknown): zone is TimeZone {
  if (typeof zone !== "string" || zone.length > 64) return false;
  if (zone === "local" || zone === "utc") return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** Puts times into words in one time zone. Twenty thousand a second are asked of it, so it asks Intl only once a quarter hour. */
export class ZoneClock {
  readonly zone: TimeZone;
  readonly #format: Intl.DateTimeFormat | null;
  #slot = NaN;
  #offsetMs = 0;

  /** @throws RangeError where the zone is none; `isTimeZone` tells */
  constructor(zone: TimeZone) {
    this.zone = zone;
    this.#format =
      zone === "local" || zone === "utc"
        ? null
        : new Intl.DateTimeFormat("en-US", {
            timeZone: zone,
            hourCycle: "h23",
            ...{
              year: "numeric",
              month: "numeric",
              day: "numeric",
              hour: "numeric",
              minute: "numeric",
              second: "numeric",
            },
          });
  }

  /** For example 14:03:07.042. */
  time(ms: number): string {
    return iso(ms + this.#offset(ms)).slice(-13, -1);
  }

  /** For example 2026-01-02 14:03:07.042. */
  dateTime(ms: number): string {
    return iso(ms + this.#offset(ms))
      .slice(0, -1)
      .replace("T", " ");
  }

  /** For example 2026-01-02 14:03:07.042 +01:00. */
  full(ms: number): string {
    const minutes = Math.round(this.#offset(ms) / MINUTE_MS);
    const size = Math.abs(minutes);
    const zone = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
    return `${this.dateTime(ms)} ${zone}`;
  }

  /** Milliseconds to add to UTC. */
  #offset(ms: number): number {
    if (this.zone === "utc") return 0;
    const slot = Math.floor(ms / SLOT_MS);
    if (slot !== this.#slot) {
      this.#slot = slot;
      const start = slot * SLOT_MS;
      this.#offsetMs =
        this.#format === null ? -new Date(start).getTimezoneOffset() * MINUTE_MS : zoneOffsetMs(this.#format, start);
    }
    return this.#offsetMs;
  }
}

function zoneOffsetMs(format: Intl.DateTimeFormat, ms: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = Number(value);
  const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const offsetMs = Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
  // Before the year 1 Intl counts backwards; no zone was known then.
  return Math.abs(offsetMs) <= DAY_MS ? offsetMs : 0;
}

/** The farthest times that a Date can hold, less a day, so that no zone moves one beyond. */
const MS_MAX = 8.64e15 - DAY_MS;

function iso(ms: number): string {
  return new Date(Math.max(-MS_MAX, Math.min(MS_MAX, ms))).toISOString();
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** For example "0.4 s ago", "3 min ago", "2 h ago"; "in 5 s" where the cluster's clock is ahead. */
export function relativeTime(ms: number, nowMs: number): string {
  const seconds = (nowMs - ms) / 1000;
  const size = Math.abs(seconds);
  const text =
    size < 10
      ? `${size.toFixed(1)} s`
      : size < 120
        ? `${Math.round(size)} s`
        : size < 7_200
          ? `${Math.round(size / 60)} min`
          : size < 172_800
            ? `${Math.round(size / 3_600)} h`
            : `${Math.round(size / 86_400)} d`;
  return seconds < -0.05 ? `in ${text}` : `${text} ago`;
}
