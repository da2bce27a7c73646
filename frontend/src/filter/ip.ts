/**
 * IP addresses and prefixes, parsed strictly.
 */

/** An address in groups of 16 bits: two for IPv4, eight for IPv6. */
export type Groups = readonly number[];

export interface Prefix {
  readonly groups: Groups;
  readonly bits: number;
}

/** Characters of the longest address, six groups and an embedded IPv4 address. */
const CHARACTERS_MAX = 45;

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** Returns null where the text is no address. One with a zone (`fe80::1%eth0`) lies in no prefix, so it counts as none. */
export function parseIp(text: string): Groups | null {
  if (text.length > CHARACTERS_MAX) return null;
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Groups | null {
  let bits = 0;
  let octets = 0;
  let value = -1;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at === text.length ? DOT : text.charCodeAt(at);
    if (code === DOT) {
      if (value < 0 || octets === 4) return null;
      bits = bits * 256 + value;
      octets += 1;
      value = -1;
    } else {
      // A leading zero is read as octal by some and as decimal by others.
      if (code < ZERO || code > NINE || value === 0) return null;
      value = (value < 0 ? 0 : value * 10) + code - ZERO;
      if (value > 255) return null;
    }
  }
  return octets === 4 ? [Math.floor(bits / 65536), bits % 65536] : null;
}

function parseIpv6(text: string): Groups | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const parsed = halves.map((half, index) => groupsOf(half, index === halves.length - 1));
  const [head, tail] = parsed;
  if (head === undefined || head === null || tail === null) return null;
  if (tail === undefined) return head.length === 8 ? head : null;
  const missing = 8 - head.length - tail.length;
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function groupsOf(text: string, isLast: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [index, part] of parts.entries()) {
    if (isLast && index === parts.length - 1 && part.includes(".")) {
      const embedded = parseIpv4(part);
      if (embedded === null) return null;
      groups.push(...embedded);
    } else {
      if (!/^[0-9a-f]{1,4}$/i.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** Parses `ADDRESS/BITS`. Bits of the address beyond the prefix are ignored, as Hubble ignores them. */
export function parsePrefix(text: string): Prefix | null {
  const slash = text.indexOf("/");
  const groups = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash < 0 || groups === null || !/^(0|[1-9]\d{0,2})$/.test(length)) return null;
  const bits = Number(length);
  return bits > groups.length * 16 ? null : { groups, bits };
}

export function contains(prefix: Prefix, address: Groups): boolean {
  if (prefix.groups.length !== address.length) return false;
  let bits = prefix.bits;
  for (let index = 0; bits > 0; index += 1, bits -= 16) {
    const differing = (prefix.groups[index] ?? 0) ^ (address[index] ?? 0);
    if (differing >> Math.max(0, 16 - bits) !== 0) return false;
  }
  return true;
}

/** The text that Go, and so Hubble, writes for an address: lower case, the longest run of zero groups as `::`. */
export function ipText(groups: Groups): string {
  if (groups.length === 2) return groups.flatMap((group) => [group >> 8, group & 255]).join(".");
  let bestStart = -1;
  let bestLength = 1;
  let start = -1;
  for (let index = 0; index <= 8; index += 1) {
    if (groups[index] === 0) {
      if (start < 0) start = index;
    } else {
      if (start >= 0 && index - start > bestLength) {
        bestStart = start;
        bestLength = index - start;
      }
      start = -1;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}
