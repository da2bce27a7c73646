/**
 * Values of flags: from the text to what a FlowFilter holds, or what is wrong with it in words.
 */

import { RegexError } from "./characterclass";
import type { EventTypeFilter, HeaderFilter, TcpFlagsFilter, WorkloadFilter } from "./flowfilter";
import { ipText, parseIp, parsePrefix } from "./ip";
import { parseSelector, SelectorError } from "./labels";
import { fqdnTest, nodeNameTest, regexTest } from "./pattern";
import { policyOfExpression } from "./policyexpression";
import { nearest } from "./suggestion";
import {
  DROP_REASONS,
  DROP_REASON_UNKNOWN,
  EVENT_TYPES,
  EVENT_TYPE_TRACE,
  IP_VERSIONS,
  PROTOCOLS,
  RESERVED_IDENTITIES,
  TCP_FLAGS,
  TRACE_POINTS,
  VERDICTS,
  VERDICT_UNKNOWN,
} from "./vocabulary";

/** `why` completes "VALUE: …" and says what would be right. */
export type Read<T> =
  { readonly ok: true; readonly value: T; readonly note?: string } | { readonly ok: false; readonly why: string };

export type Reader<T> = (text: string) => Read<T>;

/** Longer values are nobody's; they only cost time. */
const VALUE_CHARACTERS_MAX = 1_000;

function good<T>(value: T, note?: string): Read<T> {
  return note === undefined ? { ok: true, value } : { ok: true, value, note };
}

function bad<T>(why: string): Read<T> {
  return { ok: false, why };
}

function unknown<T>(kind: string, text: string, names: readonly string[]): Read<T> {
  const name = nearest(text, names);
  const listed = names.length <= 16 ? `; there are ${names.join(", ")}` : "";
  return bad(`is no ${kind}${name === null ? listed : `: did you mean ${name}?`}`);
}

/** One of some names, in upper or lower case. */
function named(kind: string, names: readonly string[], also: readonly string[] = []): Reader<string> {
  const byCase = new Map([...names, ...also].map((name) => [name.toLowerCase(), name]));
  return (text) => {
    const name = byCase.get(text.toLowerCase());
    return name === undefined ? unknown(kind, text, names) : good(name);
  };
}

/** Something that a constructor takes or throws out. */
function compiled(what: string, compile: (text: string) => unknown): Reader<string> {
  return (text) => {
    if (text.length > VALUE_CHARACTERS_MAX) return bad(`is longer than ${VALUE_CHARACTERS_MAX} characters`);
    try {
      compile(text);
      return good(text);
    } catch (error) {
      if (error instanceof RegexError || error instanceof SelectorError) return bad(`is no ${what}: ${error.message}`);
      throw error;
    }
  };
}

export const readAny: Reader<string> = (text) => (text === "" ? bad("is empty") : good(text));
export const readVerdict = named("verdict", VERDICTS, [VERDICT_UNKNOWN]);
export const readReason = named("drop reason", DROP_REASONS, [DROP_REASON_UNKNOWN]);
export const readDirection = named("direction", ["INGRESS", "EGRESS"]);
export const readProtocol = named("protocol", PROTOCOLS);
export const readRegex = compiled("regular expression that Hubble takes", regexTest);
export const readFqdn = compiled("name", fqdnTest);
export const readNode = compiled("node name", nodeNameTest);
export const readLabel = compiled("label selector", parseSelector);

export const readIpVersion: Reader<string> = (text) => {
  const version = IP_VERSIONS.get(text.toLowerCase());
  return version === undefined ? bad("is no IP version: v4, v6, or none for what is not IP") : good(version);
};

export const readIp: Reader<string> = (text) => {
  if (text.includes("/")) {
    return parsePrefix(text) === null ? bad("is no prefix: 10.0.0.0/8 and 2001:db8::/32 are") : good(text);
  }
  // An address with a zone lies in no prefix, but it can be compared as it is.
  const zone = text.indexOf("%");
  if (zone > 0 && text.length > zone + 1 && parseIp(text.slice(0, zone))?.length === 8) return good(text);
  const groups = parseIp(text);
  if (groups === null) return bad("is no IP address: 10.0.0.1, 2001:db8::1 and 10.0.0.0/8 are");
  const written = ipText(groups);
  if (written === text) return good(text);
  return good(text, `Addresses are compared as they are written, and Hubble writes ${written}`);
};

export const readPort: Reader<string> = (text) =>
  /^\d{1,20}$/.test(text) && Number(text) <= 65535 ? good(String(Number(text))) : bad("is no port: 0 to 65535");

export const readPod: Reader<string> = (text) => {
  if (text === "") return bad("is empty; write [NAMESPACE/]NAME, of which the beginning of NAME is enough");
  if (text.split("/").length > 2) return bad("has more than one /: write [NAMESPACE/]NAME");
  return good(text);
};

export const readNamespace: Reader<string> = (text) => {
  if (text === "") return bad("is empty; -A takes any namespace");
  return text.includes("/") ? bad("is no namespace: it has a /") : good(text);
};

export const readStatus: Reader<string> = (text) =>
  /^([1-5]\d\d|[1-5]\d?\+)$/.test(text) ? good(text) : bad("is no HTTP status: 404, 40+ and 5+ are");

export const readWorkload: Reader<WorkloadFilter> = (text) => {
  if (text === "") return bad("is empty; write [KIND/]NAME, for example cart or Deployment/cart");
  const slash = text.indexOf("/");
  return good(slash < 0 ? { name: text, kind: "" } : { name: text.slice(slash + 1), kind: text.slice(0, slash) });
};

/** Numbers as Go reads them with a prefix: decimal, 0x…, 0b…, octal. */
const NUMBER = /^(0|[1-9]\d*|0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+)$/;

export const readIdentity: Reader<number> = (text) => {
  const reserved = RESERVED_IDENTITIES.get(text);
  if (reserved !== undefined) return good(reserved);
  if (!NUMBER.test(text)) return unknown("identity", text, [...RESERVED_IDENTITIES.keys(), "a number"]);
  return Number(text) <= 0xffffffff ? good(Number(text)) : bad("is no identity: it has at most 32 bits");
};

export const readTcpFlags: Reader<TcpFlagsFilter> = (text) => {
  const flags = text.split(",").map((flag) => flag.toUpperCase());
  const odd = flags.find((flag) => !(TCP_FLAGS as readonly string[]).includes(flag));
  if (odd !== undefined) return unknown("list of TCP flags", odd, TCP_FLAGS);
  return good(Object.fromEntries(flags.map((flag) => [flag, true])));
};

export const readHeader: Reader<HeaderFilter> = (text) => {
  const colon = text.indexOf(":");
  return colon < 0
    ? bad("is no NAME:VALUE of a header")
    : good({ key: text.slice(0, colon), value: text.slice(colon + 1) });
};

export const readEventType: Reader<EventTypeFilter> = (text) => {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const type = EVENT_TYPES.get(name) ?? numberOf(name);
  if (type === null) return unknown("event type", name, [...EVENT_TYPES.keys()]);
  if (colon < 0) return good({ type });
  const point = text.slice(colon + 1);
  const known = type === EVENT_TYPE_TRACE ? TRACE_POINTS.indexOf(point) : -1;
  const subType = known >= 0 ? known : numberOf(point);
  if (subType === null) {
    return type === EVENT_TYPE_TRACE
      ? unknown("sub-type of trace", point, TRACE_POINTS)
      : bad("has a sub-type that is no number");
  }
  return good({ type, match_sub_type: true, sub_type: subType });
};

function numberOf(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** A switch has no value, but may be given one: `--reply=false`. */
export const readSwitch: Reader<boolean> = (text) => {
  if (text === "" || text === "true") return good(true);
  return text === "false" ? good(false) : bad("is neither true nor false");
};

/** `[NAMESPACE/]NAME`. */
export const readPolicy: Reader<string> = (text) => {
  if (text === "") return bad("is empty; write [NAMESPACE/]NAME");
  return text.split("/").length > 2 ? bad("has more than one /: write [NAMESPACE/]NAME") : good(text);
};

/** CEL is not evaluated here; what a copied command says of a policy is read back. */
export const readPolicyExpression: Reader<string> = (text) => {
  const policy = policyOfExpression(text);
  return policy === null
    ? bad("can't be used here: CEL expressions are understood only where they name a policy")
    : good(policy);
};
