import root from "../../vitest.config.ts";

/** The tests of one package, which Stryker runs in a copy of its folder. */
export default {
  ssr: root.ssr,
  test: {
    include: (process.env["TOKENFLOW_TESTS"] ?? "test/**/*.test.ts").split(" "),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    isolate: false,
    restoreMocks: true,
  },
};
