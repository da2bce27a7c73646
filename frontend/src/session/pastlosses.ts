/**
 * Losses of the past, from what the adapters' statuses told at the time.
 */

import type { Loss } from "../stores/loss";
import type { HealthStore } from "../stores/health";
import type { Viewer } from "../wire/viewer";
import type { StretchReader } from "./pastreader";

/** Statuses within this time after a moment may tell of a loss before it. */
const SLACK_MS = 5_000;
const SILENCE_MS = 300;

/** What was lost between two times, in milliseconds since 1970. @throws StreamError */
export async function readLosses(
  streams: StretchReader,
  viewer: Viewer,
  health: Pick<HealthStore, "lossesOf">,
  firstMs: number,
  lastMs: number,
): Promise<readonly Loss[]> {
  const losses: Loss[] = [];
  for (const stream of viewer.status_history) {
    await streams.read({
      stream,
      from: { seconds: Math.floor(firstMs / 1000) },
      silenceMs: SILENCE_MS,
      onMessage: ({ body }) => {
        const { timeMs, losses: told } = health.lossesOf(body);
        losses.push(...told.filter((loss) => overlaps(loss, firstMs, lastMs)));
        return timeMs === null || timeMs <= lastMs + SLACK_MS;
      },
    });
  }
  return losses;
}

function overlaps({ firstMs, lastMs }: Loss, fromMs: number, toMs: number): boolean {
  const from = firstMs ?? lastMs;
  const to = lastMs ?? firstMs;
  return from !== null && to !== null && from <= toMs && to >= fromMs;
}
