import { defineConfig } from "vitest/config";

export default defineConfig({
  // Tests run the packages' sources; only child processes run what was built.
  resolve: { conditions: ["@tokenflow/source"] },
  ssr: { resolve: { conditions: ["@tokenflow/source"], externalConditions: ["@tokenflow/source"] } },
  test: {
    include: ["{packages,apps,tooling}/*/test/**/*.test.ts"],
    reporters: process.env["CI"] ? ["default"] : ["dot"],
    restoreMocks: true,
  },
});
