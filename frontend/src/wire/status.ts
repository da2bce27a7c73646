/**
 * What an adapter tells of itself once a second, as docs/messages.md gives it.
 */

import { parseVersioned, refused, type Parsed } from "./batch";
import { count, listOf, mapOf, number, orNull, partially, text, wholly, type Checked } from "./shape";

/** The version of the form that this page reads. */
export const STATUS_VERSION = 1;

const link = wholly({ address: text, state: text, state_seconds: number, error: text });

const recentLoss = partially({
  n: count,
  source: text,
  node: text,
  count: orNull(count),
  first: orNull(text),
  last: orNull(text),
});

const required = wholly({
  id: text,
  epoch: text,
  hubble: link,
  broker: link,
  losses: wholly({ total: mapOf(count) }),
});

const optional = partially({
  version: text,
  cluster: text,
  time: text,
  uptime_seconds: number,
  rates: partially({ received_per_second: number, confirmed_per_second: number }),
  ledger: partially({
    received: count,
    confirmed: count,
    filtered: count,
    duplicates: count,
    in_flight: count,
    dropped: mapOf(count),
  }),
  losses: partially({ recent: listOf(recentLoss) }),
  nodes: partially({
    connected: count,
    not_connected: listOf(partially({ name: text, state: text, message: text })),
    not_connected_total: count,
  }),
  lag_seconds: orNull(number),
});

export type AdapterStatus = Checked<typeof required> & Checked<typeof optional>;

export function parseStatus(body: string): Parsed<AdapterStatus> {
  const parsed = parseVersioned(body, STATUS_VERSION);
  if (!parsed.ok) return parsed;
  const status = parsed.value;
  if (!required(status) || !optional(status)) return refused("it is not an adapter's status");
  return { ok: true, value: status };
}
