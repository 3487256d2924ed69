import { defineConfig } from "vitest/config";

/** Tests that wait for other processes: real programs, workers, sockets. */
const LIVE = ["test/node/**/*.test.ts", "test/reference/**/*.test.ts", "test/testpmd/terminal.test.ts"];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "pure",
          include: ["test/**/*.test.ts"],
          exclude: LIVE,
          globalSetup: "test/support/checked-build.ts",
        },
      },
      // Polling programs share two cores with the rest of the suite: a case that failed is repeated once, and the report says so.
      { extends: true, test: { name: "live", include: LIVE, retry: 1 } },
    ],
  },
});
