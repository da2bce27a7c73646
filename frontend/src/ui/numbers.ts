/**
 * Numbers and durations for the reader.
 */

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** For example 12,345. */
export function wholeText(value: number): string {
  return whole.format(value);
}

/** For example 812, or 0.7 where a rate is below ten. */
export function rateText(perSecond: number): string {
  return perSecond > 0 && perSecond < 9.95 ? perSecond.toFixed(1) : whole.format(perSecond);
}

/** For example 0.4 s, 12 s, 3 min or 2 h. */
export function durationText(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 10) return `${seconds.toFixed(1)} s`;
  if (size < 120) return `${Math.round(seconds)} s`;
  if (size < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}
