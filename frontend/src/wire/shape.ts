/**
 * The few shapes that the wire form is made of, as checks of parsed JSON. Nothing here copies or converts: a value that passes is used as it
 * stands, so a check costs one look at each field that is present.
 *
 * Fields that a shape does not name are let through, for the adapter may be newer than the page.
 */

export type Check<T> = (value: unknown) => value is T;

/** What a check lets through. */
export type Checked<C> = C extends Check<infer T> ? T : never;

type Fields = Readonly<Record<string, Check<unknown>>>;

/** An object of which every field may be missing. */
export type Partially<F extends Fields> = { readonly [K in keyof F]?: Checked<F[K]> };

/** An object of which every field must be there. */
export type Wholly<F extends Fields> = { readonly [K in keyof F]: Checked<F[K]> };

export const text: Check<string> = (value): value is string => typeof value === "string";
export const flag: Check<boolean> = (value): value is boolean => typeof value === "boolean";
export const number: Check<number> = (value): value is number => typeof value === "number";

/** An enum's name, or the number of a value that the adapter's version does not know. */
export const name: Check<string | number> = (value): value is string | number =>
  typeof value === "string" || typeof value === "number";

/** How often something happened: a whole number from 0. */
export const count: Check<number> = (value): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf<T>(element: Check<T>): Check<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(element);
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value): value is T | null => value === null || check(value);
}

/** An object used as a map, such as counts by reason. */
export function mapOf<T>(element: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value): value is Readonly<Record<string, T>> => isRecord(value) && Object.values(value).every(element);
}

/** An object in which each named field is either missing or right. Walks the value's keys, as flows are sparse. */
export function partially<F extends Fields>(fields: F): Check<Partially<F>> {
  const checks = new Map<string, Check<unknown>>(Object.entries(fields));
  return (value): value is Partially<F> => {
    if (!isRecord(value)) return false;
    for (const key in value) {
      const check = checks.get(key);
      if (check !== undefined && !check(value[key])) return false;
    }
    return true;
  };
}

/** An object in which each named field is there and right. */
export function wholly<F extends Fields>(fields: F): Check<Wholly<F>> {
  const checks = Object.entries(fields);
  return (value): value is Wholly<F> => isRecord(value) && checks.every(([key, check]) => check(value[key]));
}
