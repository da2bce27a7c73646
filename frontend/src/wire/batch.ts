/**
 * A batch of flows under one routing key, as docs/messages.md gives it.
 */

import { isFlow, type Flow } from "./flow";
import { count, isRecord, text } from "./shape";

/** The version of the form that this page reads. */
export const BATCH_VERSION = 1;

export interface Batch {
  readonly cluster: string;
  /** Names one run of one adapter; `first` counts within it. */
  readonly epoch: string;
  /** Ordinal of the first flow among all that the epoch published under this routing key. */
  readonly first: number;
  /** In the order in which Hubble sent them; null stands for an element that is not a flow, so that ordinals stay right. */
  readonly flows: readonly (Flow | null)[];
}

/** What a body turned out to be: never an exception. `why` is in words and quotes nothing of the body. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export function refused(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

/** Parses JSON and looks at its version. */
export function parseVersioned(body: string, version: number): Parsed<Readonly<Record<string, unknown>>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return refused("it is not JSON");
  }
  if (!isRecord(value)) return refused("it is not a JSON object");
  if (value["v"] !== version) {
    const isNumber = typeof value["v"] === "number";
    return refused(
      isNumber ? `its version is ${value["v"] as number}, this page reads ${version}` : "it has no version",
    );
  }
  return { ok: true, value };
}

export function parseBatch(body: string): Parsed<Batch> {
  const parsed = parseVersioned(body, BATCH_VERSION);
  if (!parsed.ok) return parsed;
  const { cluster, epoch, first, flows } = parsed.value;
  if (!text(cluster)) return refused("its cluster is not a text");
  if (!text(epoch) || epoch === "") return refused("its epoch is not a text");
  if (!count(first)) return refused("its first is not an ordinal");
  if (!Array.isArray(flows) || flows.length === 0) return refused("it holds no flows");
  return {
    ok: true,
    value: { cluster, epoch, first, flows: flows.map((flow: unknown) => (isFlow(flow) ? flow : null)) },
  };
}
