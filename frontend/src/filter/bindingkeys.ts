/**
 * Patterns of routing keys, `CLUSTER.VERDICT.SOURCE.DESTINATION` as docs/messages.md gives them, that let through every flow which a filter
 * lets through, and as few others as keys can tell. What keys can't tell is left to the predicate.
 *
 * Only what a whitelist says of verdicts, drop reasons, pods' namespaces and a node's cluster narrows: those become words of the key letter by
 * letter. Identities and labels do not, as an endpoint's word is its namespace where it has one, whatever its identity.
 */

import { namespaceAndPrefix } from "./endpointtests";
import type { Filter } from "./filter";
import type { FlowFilter } from "./flowfilter";
import { canonicalName } from "./pattern";

const ANY = "*";

/** What stands in a key for a name that is no legal word. */
const UNKNOWN = "_unknown";

const WORD = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/;

/** Each is a binding that the broker compares; beyond this one for everything is cheaper. */
const PATTERNS_MAX = 32;

/** Returns null where only everything is enough. */
export function bindingKeys(filter: Filter): readonly string[] | null {
  if (filter.whitelist.length === 0) return null;
  const patterns = new Set<string>();
  for (const one of filter.whitelist) {
    for (const pattern of patternsOf(one)) patterns.add(pattern);
  }
  if (patterns.size === 0 || patterns.size > PATTERNS_MAX || patterns.has(`${ANY}.${ANY}.${ANY}.${ANY}`)) return null;
  return [...patterns].sort();
}

function patternsOf(filter: FlowFilter): readonly string[] {
  const found: string[] = [];
  for (const cluster of clusterWords(filter)) {
    for (const verdict of verdictWords(filter)) {
      for (const source of namespaceWords(filter.source_pod)) {
        for (const destination of namespaceWords(filter.destination_pod)) {
          found.push(`${cluster}.${verdict}.${source}.${destination}`);
        }
      }
    }
  }
  return found;
}

function verdictWords({ verdict, drop_reason_desc }: FlowFilter): readonly string[] {
  const verdicts = verdict === undefined || verdict.length === 0 ? null : [...new Set(verdict)];
  if (drop_reason_desc === undefined || drop_reason_desc.length === 0) return verdicts ?? [ANY];
  // Reasons are those of dropped flows only; with another verdict nothing matches, and nothing is asked for.
  return verdicts === null || verdicts.includes("DROPPED") ? ["DROPPED"] : [];
}

function namespaceWords(pods: readonly string[] | undefined): readonly string[] {
  if (pods === undefined || pods.length === 0) return [ANY];
  const words = new Set(pods.map((pod) => namespaceAndPrefix(pod)[0]).map((name) => (name === "" ? ANY : word(name))));
  return words.has(ANY) ? [ANY] : [...words];
}

/** The cluster is the first part of a node's name; one that has no such part says nothing of it, and passes for "default". */
function clusterWords({ node_name }: FlowFilter): readonly string[] {
  if (node_name === undefined || node_name.length === 0) return [ANY];
  const words = new Set<string>();
  for (const pattern of node_name) {
    const [cluster = "", node] = pattern.split("/");
    const name = canonicalName(cluster);
    if (node === undefined || name === "" || name.includes("*") || name === "default") return [ANY];
    words.add(word(name));
  }
  return [...words];
}

function word(name: string): string {
  return WORD.test(name) ? name : UNKNOWN;
}
