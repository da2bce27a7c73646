/**
 * Endpoints come again and again, each time as another object with the same content. Here each is kept as one object, which saves the page half of
 * its memory, and lets whatever is worked out for an endpoint be worked out once.
 */

import type { Endpoint, Flow } from "../wire/flow";

/** Endpoints that are remembered; with more than these all are forgotten, and those that live on come again. */
const ENDPOINTS_MAX = 16_384;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export class SharedEndpoints {
  /** By identity, then by the pod's name. */
  readonly #known = new Map<number, Map<string, Endpoint>>();
  #count = 0;

  /** Puts the objects that are known already in the place of the flow's own. */
  share(flow: Flow): void {
    const { source, destination } = flow as Mutable<Flow>;
    if (source !== undefined) (flow as Mutable<Flow>).source = this.#shared(source);
    if (destination !== undefined) (flow as Mutable<Flow>).destination = this.#shared(destination);
  }

  #shared(endpoint: Endpoint): Endpoint {
    const identity = endpoint.identity ?? 0;
    const name = endpoint.pod_name ?? "";
    let byName = this.#known.get(identity);
    const known = byName?.get(name);
    if (known !== undefined && isSame(known, endpoint)) return known;
    if (known === undefined) this.#count += 1;
    if (this.#count > ENDPOINTS_MAX) {
      this.#known.clear();
      this.#count = 1;
      byName = undefined;
    }
    if (byName === undefined) this.#known.set(identity, (byName = new Map<string, Endpoint>()));
    byName.set(name, endpoint);
    return endpoint;
  }
}

/** Whether two values of JSON have the same content, fields that nobody here knows of included. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) {
    if (!Array.isArray(other) || one.length !== other.length) return false;
    for (let index = 0; index < one.length; index += 1) if (!isSame(one[index], other[index])) return false;
    return true;
  }
  if (Array.isArray(other)) return false;
  for (const key in one) {
    if (!isSame((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key])) return false;
  }
  for (const key in other) if (!Object.hasOwn(one, key)) return false;
  return true;
}
