/**
 * Times for `--since` and `--until`: a span before now as Go writes durations, or an absolute time in one of the layouts that Hubble reads.
 */

const UNITS_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

const DURATION = /^[+-]?(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/;

/** A day; or a day and an hour, with or without minutes, seconds and a fraction, and always a zone. */
const ABSOLUTE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(\.\d{1,9})?)?)?(Z|[+-]\d\d:\d\d))?$/;

/** `Mon, 02 Jan 2006 15:04:05 -0700` */
const RFC1123Z = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/;

/** @returns milliseconds since 1970, or null where the text is no time */
export function momentMs(text: string, nowMs: number): number | null {
  const span = durationMs(text);
  if (span !== null) return nowMs - span;
  const match = ABSOLUTE.exec(text);
  let ms = NaN;
  if (match !== null) {
    const [, day = "", hour = "00", minute = "00", second = "00", fraction = "", zone = "Z"] = match;
    ms = Date.parse(`${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${zone}`);
  } else if (RFC1123Z.test(text)) {
    ms = Date.parse(text);
  }
  return Number.isNaN(ms) ? null : ms;
}

function durationMs(text: string): number | null {
  if (/^[+-]?0$/.test(text)) return 0;
  let rest = text;
  let sum = 0;
  while (rest !== "") {
    const match = DURATION.exec(rest);
    // A sign stands before the whole only.
    if (match === null || (rest !== text && /^[+-]/.test(rest))) return null;
    sum += Number(match[1]) * (UNITS_MS[match[2] ?? ""] ?? 0);
    rest = rest.slice(match[0].length);
  }
  if (text === "") return null;
  return text.startsWith("-") ? -sum : sum;
}
