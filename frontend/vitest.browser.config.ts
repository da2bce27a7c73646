import { defineConfig } from "vitest/config";

import { SOON_MS } from "./tests/browser/soon";

const report = process.env["REPORT_FILE"];

/** The built page in real Chromium against the real broker. One file after the other: each starts a stack of its own. */
export default defineConfig({
  test: {
    include: ["tests/browser/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    // Whatever depends on flows, the broker or a busy machine may take its time.
    expect: { poll: { timeout: SOON_MS } },
    testTimeout: 60_000,
    hookTimeout: 150_000,
    reporters: report === undefined ? ["verbose"] : ["verbose", "junit"],
    ...(report === undefined ? {} : { outputFile: { junit: report } }),
  },
});
