/**
 * The layer 7 part of a suggested rule, from the request that the flow tells of.
 */

import type { Dns, Flow, Http } from "../wire/flow";
import type { Yaml } from "./yaml";

export interface Layer7Rules {
  /** Null where the flow has nothing that a rule could name. */
  readonly rules: Yaml | null;
  readonly notes: readonly string[];
}

const NOTHING: Layer7Rules = { rules: null, notes: [] };

/** A token of RFC 9110, as all methods are. */
const METHOD = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}$/;

/** Longer than this is no path to write a rule for. */
const PATH_CHARACTERS_MAX = 1_000;

export function layer7Rules(flow: Flow): Layer7Rules {
  const l7 = flow.l7;
  if (l7?.http !== undefined) return httpRules(l7.http);
  if (l7?.dns !== undefined) return dnsRules(l7.dns);
  if (l7?.kafka !== undefined) {
    return { rules: null, notes: ["Rules for Kafka are deprecated in Cilium; the rule stops at the port."] };
  }
  return NOTHING;
}

function httpRules({ method, url }: Http): Layer7Rules {
  const rule: Record<string, string> = {};
  const notes = ["With HTTP rules on a port, Cilium's proxy refuses every other request there with status 403."];
  if (method !== undefined && METHOD.test(method)) rule["method"] = escaped(method);
  const path = url === undefined ? null : pathOf(url);
  if (path !== null) {
    rule["path"] = `${escaped(path.path)}${path.hasQuery ? "(\\?.*)?" : ""}`;
    if (path.hasQuery) notes.push("The request had a query; the rule lets any query of that path through.");
  }
  return Object.keys(rule).length === 0 ? NOTHING : { rules: { http: [rule] }, notes };
}

function pathOf(url: string): { readonly path: string; readonly hasQuery: boolean } | null {
  if (url.length > PATH_CHARACTERS_MAX) return null;
  const withoutHost = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const [beforeQuery = "", ...query] = (withoutHost.split("#")[0] ?? "").split("?");
  const path = beforeQuery === "" ? "/" : beforeQuery;
  // What isn't visible ASCII could not have been on the wire like this.
  return path.startsWith("/") && /^[\x21-\x7e]*$/.test(path) ? { path, hasQuery: query.length > 0 } : null;
}

/** Method and path of a rule are regular expressions. */
function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

function dnsRules({ query }: Dns): Layer7Rules {
  const name = query?.toLowerCase().replace(/\.$/, "") ?? "";
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name) || name.length > 255) return NOTHING;
  return {
    rules: { dns: [{ matchName: name }] },
    notes: ["With DNS rules on a port, Cilium's proxy refuses look-ups of every other name there."],
  };
}
