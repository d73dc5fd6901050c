import { availableParallelism } from "node:os";
import { defaultExternalConditions } from "vite";
import { defineConfig } from "vitest/config";
import { PackageReporter } from "./tooling/build/src/tests/package-reporter.ts";
import { PackageSequencer } from "./tooling/build/src/tests/package-sequencer.ts";

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
    // For a busy machine.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 15_000 } },
    // A worker keeps its modules for the next file, which saves a third of the time: no test may change a module's state.
    isolate: false,
    // Many tests wait for a child process or a service; one more worker than cores keeps the cores busy.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: PackageSequencer },
    reporters: [
      process.env["CI"] || process.env["TOKENFLOW_TEST_RUN"] ? new PackageReporter() : "dot",
      ...(process.env["CI"] ? [["json", { outputFile: ".output/tests.json" }] as const] : []),
    ],
    restoreMocks: true,
  },
});
