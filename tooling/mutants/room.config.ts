import root from "../../vitest.config.ts";

const TIMEOUT = Number(process.env["TOKENFLOW_TEST_TIMEOUT"] ?? 60_000);

/** The tests of one package, which Stryker runs in a copy of its folder. */
export default {
  ssr: root.ssr,
  test: {
    include: (process.env["TOKENFLOW_TESTS"] ?? "test/**/*.test.ts").split(" "),
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    isolate: false,
    restoreMocks: true,
  },
};
