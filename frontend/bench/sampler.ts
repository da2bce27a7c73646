/**
 * What runs inside the page while it is measured: looks at the table once a frame, as an eye would.
 */

import type { Page } from "playwright-core";

export interface Samples {
  /** When each frame began, in milliseconds since 1970. */
  readonly frames: readonly number[];
  /** When each row came into sight, in milliseconds since 1970, by uuid. */
  readonly rows: readonly (readonly [uuid: string, ms: number])[];
}

interface SamplerWindow {
  takeSamples: () => Samples;
}

export async function startSampler(page: Page): Promise<void> {
  await page.evaluate(() => {
    let samples: { readonly frames: number[]; readonly rows: [string, number][] } = { frames: [], rows: [] };
    let inSight = new Set<string>();
    const look = (): void => {
      const nowMs = performance.timeOrigin + performance.now();
      samples.frames.push(nowMs);
      const before = inSight;
      inSight = new Set();
      for (const row of document.querySelectorAll<HTMLElement>("[data-testid=row]")) {
        const uuid = row.dataset["uuid"] ?? "";
        inSight.add(uuid);
        if (!before.has(uuid)) samples.rows.push([uuid, nowMs]);
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
    (window as unknown as SamplerWindow).takeSamples = () => {
      const taken = samples;
      samples = { frames: [], rows: [] };
      return taken;
    };
  });
}

/** What was seen since the last call: left in the page, it would be taken for a growth of the page's own. */
export async function takeSamples(page: Page): Promise<Samples> {
  return page.evaluate(() => (window as unknown as SamplerWindow).takeSamples());
}

/** One after the other; a row that was seen twice counts as of the first time. */
export function joined(parts: readonly Samples[]): Samples {
  const rows = new Map<string, number>();
  for (const [uuid, ms] of parts.flatMap((part) => part.rows)) if (!rows.has(uuid)) rows.set(uuid, ms);
  return { frames: parts.flatMap(({ frames }) => frames), rows: [...rows] };
}
