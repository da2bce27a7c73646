/**
 * Kubernetes label selectors over Cilium's labels (`SOURCE:KEY=VALUE`): `app=cart`, `k8s:app in (cart, pay)`, `!reserved:world`, a comma for
 * "and". A key without a source takes the label from any.
 */

export type LabelsTest = (labels: readonly string[]) => boolean;

export class SelectorError extends Error {}

type Lookup = (labels: readonly string[]) => string | null;

const TOKEN = /\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+)/y;
const SIGNS: ReadonlySet<string> = new Set(["=", "==", "!=", "!", "<", ">", "(", ")", ","]);
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const INTEGER = /^-?\d+$/;
const NAME_CHARACTERS_MAX = 63;
const PREFIX_CHARACTERS_MAX = 253;

/** Throws SelectorError. An empty selector takes every endpoint. */
export function parseSelector(selector: string): LabelsTest {
  const requirements = split(tokens(selector)).map(requirement);
  return (labels) => requirements.every((test) => test(labels));
}

function tokens(selector: string): readonly string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(selector); match !== null; match = TOKEN.exec(selector)) found.push(match[1] as string);
  return found;
}

/** Cuts at the commas outside of parentheses. */
function split(all: readonly string[]): readonly (readonly string[])[] {
  if (all.length === 0) return [];
  const parts: string[][] = [[]];
  let depth = 0;
  for (const token of all) {
    if (token === "(") depth += 1;
    if (token === ")") depth -= 1;
    if (token === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  if (depth !== 0) throw new SelectorError("its parentheses do not pair up");
  if (parts.some((part) => part.length === 0)) throw new SelectorError("a comma stands beside nothing");
  return parts;
}

function requirement(part: readonly string[]): LabelsTest {
  const absent = part[0] === "!";
  const [key, operator, ...rest] = absent ? part.slice(1) : part;
  if (key === undefined) throw new SelectorError("a key is missing behind !");
  const valueOf = lookup(key);
  if (operator === undefined) return (labels) => (valueOf(labels) === null) === absent;
  if (absent) throw new SelectorError("behind !KEY nothing more may follow");
  switch (operator) {
    case "in":
    case "notin": {
      const values = setOf(rest);
      return (labels) => has(values, valueOf(labels)) === (operator === "in");
    }
    case "=":
    case "==":
    case "!=": {
      const values = new Set([single(rest)]);
      return (labels) => has(values, valueOf(labels)) === (operator !== "!=");
    }
    case "<":
    case ">": {
      const bound = single(rest);
      if (!INTEGER.test(bound)) throw new SelectorError(`${operator} wants a whole number`);
      return (labels) => {
        const value = valueOf(labels);
        if (value === null || !INTEGER.test(value)) return false;
        return operator === "<" ? Number(value) < Number(bound) : Number(value) > Number(bound);
      };
    }
    default:
      throw new SelectorError("behind a key stands =, !=, in (…), notin (…), < or >");
  }
}

function has(values: ReadonlySet<string>, value: string | null): boolean {
  return value !== null && values.has(value);
}

function lookup(key: string): Lookup {
  const colon = key.indexOf(":");
  const source = colon < 0 ? "any" : key.slice(0, colon);
  const rest = key.slice(colon + 1);
  const slash = rest.lastIndexOf("/");
  const prefix = rest.slice(0, Math.max(0, slash));
  const name = rest.slice(slash + 1);
  const isName = NAME.test(name) && name.length <= NAME_CHARACTERS_MAX && NAME.test(source);
  const isPrefix = slash < 0 || (DNS_SUBDOMAIN.test(prefix) && prefix.length <= PREFIX_CHARACTERS_MAX);
  if (!isName || !isPrefix) throw new SelectorError("a key has the form [SOURCE:][PREFIX/]NAME");
  return (labels) => {
    for (const label of labels) {
      const equals = label.indexOf("=");
      const head = equals < 0 ? label : label.slice(0, equals);
      const at = head.indexOf(":");
      if (head.slice(at + 1) !== rest) continue;
      if (source !== "any" && source !== (at < 0 ? "unspec" : head.slice(0, at))) continue;
      return equals < 0 ? "" : label.slice(equals + 1);
    }
    return null;
  };
}

function single(rest: readonly string[]): string {
  const [value = "", ...more] = rest;
  if (more.length > 0 || SIGNS.has(value)) throw new SelectorError("one value is expected");
  return checked(value);
}

function setOf(rest: readonly string[]): ReadonlySet<string> {
  if (rest[0] !== "(" || rest.at(-1) !== ")" || rest.length < 2) throw new SelectorError("values stand in parentheses");
  const values = new Set<string>();
  let value: string | null = null;
  for (const token of rest.slice(1)) {
    if (token === "," || token === ")") {
      values.add(value ?? "");
      value = null;
    } else if (value !== null || SIGNS.has(token)) {
      throw new SelectorError("between parentheses stand values with commas between them");
    } else {
      value = checked(token);
    }
  }
  return values;
}

function checked(value: string): string {
  const isValue = value === "" || (NAME.test(value) && value.length <= NAME_CHARACTERS_MAX);
  if (!isValue) throw new SelectorError("a label's value is made of at most 63 letters, digits, -, _ and dots");
  return value;
}
