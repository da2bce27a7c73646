import { describe, expect, it } from "vitest";

import { Intake, type Raw } from "../../src/stores/intake";

const LANE = { connection: 1, era: 1 };

describe("what has come and was not looked at", () => {
  /** A message whose acknowledgement goes to `told`. */
  function message(name: string, chars: number, told: string[]): Raw {
    return { lane: LANE, key: name, body: "x".repeat(chars), cameMs: 0, done: () => told.push(name) };
  }

  it("is told as worked off at once while little waits, and otherwise as it is", () => {
    const intake = new Intake();
    const told: string[] = [];
    for (const name of ["a", "b", "c", "d"]) intake.push(message(name, 400_000, told));
    expect(told).toEqual(["a", "b"]);
    expect(intake.next(0)?.raw.key).toBe("a");
    expect(intake.next(0)?.raw.key).toBe("b");
    expect(told).toEqual(["a", "b"]);
    intake.next(0);
    expect(told).toEqual(["a", "b", "c"]);
  });

  it("is never told twice, nor out of its order", () => {
    const intake = new Intake();
    const told: string[] = [];
    for (const name of ["a", "b", "c"]) intake.push(message(name, 400_000, told));
    intake.next(0);
    // Stands for the one before it, too.
    intake.push(message("d", 1, told));
    expect(told).toEqual(["a", "b", "d"]);
    while (intake.next(0) !== null);
    expect(told).toEqual(["a", "b", "d"]);
    intake.push(message("e", 1, told));
    expect(told).toEqual(["a", "b", "d", "e"]);
  });
});
