import { availableParallelism } from "node:os";
import { defaultExternalConditions } from "vite";
import { defineConfig } from "vitest/config";

/** Tests and their forked workers run the packages' sources. Only a child process that loads `dist` runs built code. */
const SOURCE = "@tokenflow/source";

export default defineConfig({
  ssr: {
    resolve: {
      // Node's conditions and ours. Vite's own list would add conditions of bundlers.
      conditions: [SOURCE, "node"],
      externalConditions: [SOURCE, ...defaultExternalConditions],
    },
  },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
    // For a busy machine; no test waits for time to pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    // Many tests wait for a child process or a service; one more worker than cores keeps the cores busy.
    maxWorkers: availableParallelism() + 1,
    reporters: process.env["CI"] ? ["default", ["json", { outputFile: ".output/tests.json" }]] : ["dot"],
    restoreMocks: true,
  },
});
