/**
 * From terms to filters of Hubble's API, by the rules of `hubble observe`: the values of one flag are alternatives, different flags must all
 * match. A flag for either side makes two filters, one for the source and one for the destination; all that hold for the flow go into both.
 */

import { conflict } from "./conflicts";
import type { Field, FlowFilter, MutableFlowFilter } from "./flowfilter";
import type { FlagTerm } from "./parse";
import { EVENT_TYPE_L7 } from "./vocabulary";

/** What is wrong, and with which term. */
export class CompositionError extends Error {
  readonly term: FlagTerm;

  constructor(term: FlagTerm, words: string) {
    super(words);
    this.term = term;
  }
}

type Side = "source" | "destination";

const HTTP_FIELDS: readonly Field[] = ["http_status_code", "http_method", "http_path", "http_url", "http_header"];

/** The filters that some terms come to together; none where there are no terms. Throws CompositionError. */
export function filtersOf(terms: readonly FlagTerm[]): readonly FlowFilter[] {
  const composition = new Composition();
  for (const term of terms) composition.add(term);
  return composition.filters();
}

class Composition {
  readonly #left: MutableFlowFilter = {};
  readonly #right: MutableFlowFilter = {};
  readonly #namespaces = { either: [] as string[], source: [] as string[], destination: [] as string[] };
  readonly #terms: FlagTerm[] = [];

  add(term: FlagTerm): void {
    const { effect, name } = term.flag;
    const other = this.#terms.find(({ flag }) => conflict(flag.name, name));
    if (other !== undefined) {
      throw new CompositionError(term, `--${other.flag.name} and --${name} can't be combined, as in hubble observe`);
    }
    this.#terms.push(term);
    if (effect.on === "field") {
      append(this.#left, effect.field, term.value);
      append(this.#right, effect.field, term.value);
    } else if (effect.on === "sides") {
      append(this.#left, effect.source, term.value);
      append(this.#right, effect.destination, term.value);
    } else if (effect.on === "namespace") {
      this.#namespaces[effect.side].push(term.value as string);
    }
    this.#checkNamespaces(term);
    this.#checkHttp(term);
  }

  filters(): readonly FlowFilter[] {
    if (this.#terms.length === 0) return [];
    const { either, source, destination } = this.#namespaces;
    for (const filter of [this.#left, this.#right]) {
      qualify(filter, "destination", destination);
      qualify(filter, "source", source);
    }
    qualify(this.#left, "source", either);
    qualify(this.#right, "destination", either);
    return JSON.stringify(this.#left) === JSON.stringify(this.#right) ? [this.#left] : [this.#left, this.#right];
  }

  #checkNamespaces(term: FlagTerm): void {
    const { either, source, destination } = this.#namespaces;
    for (const filter of [this.#left, this.#right]) {
      for (const [side, own] of [
        ["source", source],
        ["destination", destination],
      ] as const) {
        const pods = filter[`${side}_pod`] ?? [];
        const services = filter[`${side}_service`] ?? [];
        for (const name of [...pods, ...services]) {
          const odd = [...either, ...own].find((namespace) => (namespaceOf(name) || namespace) !== namespace);
          if (odd !== undefined) {
            const words = odd === "" ? "any namespace" : `namespace ${odd}`;
            throw new CompositionError(term, `${name} names another namespace than ${words}, which is asked for too`);
          }
        }
        const pod = pods.find((name) =>
          services.some((service) => namespaceOf(name) !== "" && namespaceOf(service) !== namespaceOf(name)),
        );
        if (pod !== undefined) {
          throw new CompositionError(
            term,
            `pod ${pod} and the service are not in the same namespace: write the namespace with both`,
          );
        }
      }
    }
  }

  #checkHttp(term: FlagTerm): void {
    const types = this.#left.event_type;
    if (types === undefined || types.some(({ type }) => type === EVENT_TYPE_L7)) return;
    if (HTTP_FIELDS.some((field) => this.#left[field] !== undefined)) {
      throw new CompositionError(term, "HTTP is seen in events of --type l7 only, and --type asks for others");
    }
  }
}

function append(filter: MutableFlowFilter, field: Field, value: unknown): void {
  const values = (filter[field] ??= []) as unknown[];
  if (!values.includes(value)) values.push(value);
}

/** Puts namespaces before the names of pods and services that have none, or asks for any pod in them. */
function qualify(filter: MutableFlowFilter, side: Side, namespaces: readonly string[]): void {
  if (namespaces.length === 0) return;
  const pods = filter[`${side}_pod`];
  const services = filter[`${side}_service`];
  const withNamespaces = (names: readonly string[]): string[] =>
    names.flatMap((name) => (name.includes("/") ? [name] : namespaces.map((namespace) => `${namespace}/${name}`)));
  if (pods !== undefined || services === undefined) filter[`${side}_pod`] = withNamespaces(pods ?? [""]);
  if (services !== undefined) filter[`${side}_service`] = withNamespaces(services);
}

function namespaceOf(name: string): string {
  const slash = name.indexOf("/");
  return slash < 0 ? "" : name.slice(0, slash);
}
