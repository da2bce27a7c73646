/**
 * What a click on the map asks of the filter.
 */

import type { Choice } from "../filter/edit";
import type { GraphEdge, GraphNode } from "../map/graph";
import { CLUSTER, OUTSIDE, UNKNOWN, type Place } from "../map/place";
import type { FilterStore } from "../stores/filter";

/** Flags that say where a flow is from or to: one click takes the place of another. */
const WHERE = ["namespace", "workload", "identity", "fqdn"];
const WHERE_FLAGS: ReadonlySet<string> = new Set(WHERE.flatMap((flag) => [flag, `from-${flag}`, `to-${flag}`]));

const NO_NAMESPACES: readonly string[] = [OUTSIDE, CLUSTER, UNKNOWN];

export function nodeChoices({ place }: GraphNode): readonly Choice[] {
  return placeChoices(place, "");
}

export function areaChoices(area: string): readonly Choice[] {
  return NO_NAMESPACES.includes(area) ? [] : [{ flag: "namespace", value: area }];
}

export function edgeChoices({ from, to }: GraphEdge): readonly Choice[] {
  return [...placeChoices(from.place, "from-"), ...placeChoices(to.place, "to-")];
}

function placeChoices({ area, name, kind }: Place, prefix: string): readonly Choice[] {
  switch (kind) {
    case "workload":
      return [
        { flag: `${prefix}namespace`, value: area },
        { flag: `${prefix}workload`, value: name },
      ];
    case "entity":
      return [{ flag: `${prefix}identity`, value: name }];
    case "name":
      return [{ flag: `${prefix}fqdn`, value: name.replace(/\.$/, "") }];
    case "unknown":
      return NO_NAMESPACES.includes(area) ? [] : [{ flag: `${prefix}namespace`, value: area }];
  }
}

/** Whether the filter asks for just these. */
export function isAsked(filter: FilterStore, choices: readonly Choice[]): boolean {
  return choices.length > 0 && choices.every((choice) => filter.standing(choice) === "included");
}

/** Narrows the filter to the choices, or gives it back if it is narrowed to them. */
export function ask(filter: FilterStore, choices: readonly Choice[]): void {
  const wasAsked = isAsked(filter, choices);
  askNowhere(filter);
  if (!wasAsked) for (const choice of choices) filter.include(choice);
}

/** Takes every place out of the filter. */
export function askNowhere(filter: FilterStore): void {
  for (let term = whereTerm(filter); term !== undefined; term = whereTerm(filter)) filter.removeTerm(term);
}

export function whereTerm({ terms }: FilterStore): FilterStore["terms"][number] | undefined {
  return terms.find((term) => term.is === "flag" && term.sense === "is" && WHERE_FLAGS.has(term.flag.name));
}
