import { describe, expect, it } from "vitest";

import { Pace } from "../../src/ui/pace";

/**
 * Runs frames for some seconds from `fromSeconds` on; a frame that draws takes `drawMs`, any other 16.7 ms.
 *
 * @returns frames and drawings of the last second
 */
function run(
  pace: Pace,
  drawMs: number,
  seconds: number,
  fromSeconds = 0,
): { readonly frames: number; readonly drawings: number } {
  const endMs = (fromSeconds + seconds) * 1000;
  let nowMs = fromSeconds * 1000;
  let frames = 0;
  let drawings = 0;
  while (nowMs < endMs) {
    pace.frame(nowMs);
    const last = nowMs >= endMs - 1000;
    if (last) frames += 1;
    const draws = pace.due(nowMs);
    if (draws) {
      pace.drawn(nowMs);
      if (last) drawings += 1;
    }
    nowMs += Math.max(16.7, draws ? drawMs : 0);
  }
  return { frames, drawings };
}

describe("the pace", () => {
  it("is each frame where drawing is cheap", () => {
    expect(run(new Pace(), 5, 10)).toEqual({ frames: 60, drawings: 60 });
  });

  it("leaves the page 50 frames a second where drawing is dear", () => {
    const { frames, drawings } = run(new Pace(), 33, 20);
    expect(frames).toBeGreaterThanOrEqual(49);
    expect(drawings).toBeGreaterThanOrEqual(5);
  });

  it("keeps drawing five times a second at the worst", () => {
    expect(run(new Pace(), 120, 20).drawings).toBeGreaterThanOrEqual(3);
  });

  it("recovers when drawing is cheap again", () => {
    const pace = new Pace();
    run(pace, 120, 20);
    expect(run(pace, 5, 15, 21).drawings).toBe(60);
  });

  it("takes no pause for a late frame", () => {
    const pace = new Pace();
    const before = pace.intervalMs;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 2_000) pace.frame(nowMs);
    expect(pace.intervalMs).toBe(before);
  });
});
