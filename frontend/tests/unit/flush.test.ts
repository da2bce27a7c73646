import { beforeEach, describe, expect, it } from "vitest";

import { FlushScheduler, FRAME_PATIENCE_MS, HIDDEN_INTERVAL_MS, type FlushClock } from "../../src/stores/flush";

/** A browser's clock that goes on when it is told to. */
class Clock implements FlushClock {
  isHidden = false;
  ms = 0;
  frames: (() => void)[] = [];
  timers: { readonly at: number; readonly run: () => void }[] = [];

  readonly now = (): number => this.ms;
  readonly hidden = (): boolean => this.isHidden;

  readonly onFrame = (run: () => void): (() => void) => {
    this.frames.push(run);
    return () => (this.frames = this.frames.filter((one) => one !== run));
  };

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.ms + ms, run };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((one) => one !== timer));
  };

  frame(): void {
    this.ms += 16;
    for (const run of this.frames.splice(0)) run();
  }

  pass(ms: number): void {
    this.ms += ms;
    const due = this.timers.filter(({ at }) => at <= this.ms);
    this.timers = this.timers.filter(({ at }) => at > this.ms);
    for (const { run } of due) run();
  }
}

let clock: Clock;
let flushes: number[];
let more: boolean[];
let scheduler: FlushScheduler;

beforeEach(() => {
  clock = new Clock();
  flushes = [];
  more = [];
  scheduler = new FlushScheduler(clock, () => {
    flushes.push(clock.ms);
    return more.shift() ?? false;
  });
});

describe("the flush", () => {
  it("comes once a frame, however often it is asked for", () => {
    for (let index = 0; index < 100; index += 1) scheduler.request();
    expect(flushes).toEqual([]);
    clock.frame();
    clock.frame();
    expect(flushes).toEqual([16]);
  });

  it("comes again in the next frame when there is more to do", () => {
    more = [true, true];
    scheduler.request();
    for (let index = 0; index < 5; index += 1) clock.frame();
    expect(flushes).toEqual([16, 32, 48]);
  });

  it("comes without a frame when none is given", () => {
    scheduler.request();
    clock.pass(FRAME_PATIENCE_MS);
    expect(flushes).toEqual([FRAME_PATIENCE_MS]);
    clock.frame();
    expect(flushes).toHaveLength(1);
  });

  it("comes in a hidden tab with the message itself, but not with each", () => {
    clock.isHidden = true;
    for (let index = 0; index < 10; index += 1) {
      clock.ms += 100;
      scheduler.request();
    }
    expect(flushes).toEqual([300, 600, 900]);
  });

  it("comes in a hidden tab at once when nothing more would come before it", () => {
    clock.isHidden = true;
    scheduler.request();
    scheduler.request(true);
    expect(flushes).toEqual([0]);
    scheduler.request(true);
    expect(flushes).toEqual([0, 0]);
  });

  it("waits for its frame in a visible tab, however much has come", () => {
    scheduler.request(true);
    expect(flushes).toEqual([]);
  });

  it("comes in a hidden tab by a timer when messages stop", () => {
    clock.isHidden = true;
    scheduler.request();
    expect(flushes).toEqual([]);
    clock.pass(HIDDEN_INTERVAL_MS);
    expect(flushes).toEqual([HIDDEN_INTERVAL_MS]);
  });

  it("comes with the next message when the tab was hidden while a frame was awaited", () => {
    scheduler.request();
    clock.isHidden = true;
    clock.ms += HIDDEN_INTERVAL_MS;
    scheduler.request();
    expect(flushes).toEqual([HIDDEN_INTERVAL_MS]);
    clock.frame();
    expect(flushes).toHaveLength(1);
  });

  it("never comes once disposed of", () => {
    scheduler.request();
    scheduler.dispose();
    clock.frame();
    clock.pass(10_000);
    expect(flushes).toEqual([]);
  });
});
