import { defineConfig } from "vitest/config";

const report = process.env["REPORT_FILE"];

/** Tests of the stores and of everything pure: no browser, no broker, no clock but a fake one. */
export default defineConfig({
  test: {
    include: ["tests/unit/**/*.test.ts"],
    environment: "node",
    // For machines that are busy with something else; none of the tests is about time.
    testTimeout: 30_000,
    reporters: report === undefined ? ["default"] : ["default", "junit"],
    ...(report === undefined ? {} : { outputFile: { junit: report } }),
  },
});
