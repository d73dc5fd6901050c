/** Sources that are changed together, and tried against the tests of their package. */
export interface Room {
  readonly name: string;
  /** The package's folder, from the root of the checkout. */
  readonly folder: string;
  /** The sources to change, from that folder. */
  readonly sources: readonly string[];
  /** The share of the changes that must be noticed, in per cent. */
  readonly goal: number;
  /** The tests that are tried, from that folder: those that are about the room, since each change is tried against them. */
  readonly tests: readonly string[];
  /** How long a test may take, in milliseconds. A change that makes one hang costs that long, and counts as noticed. */
  readonly timeout: number;
}

/** @param without files that another room has */
const core = (room: string, files: string, tests: readonly string[], without?: string): Room => ({
  name: `core/${room}`,
  folder: "packages/core",
  sources: [`src/${files}.ts`, ...(without === undefined ? [] : [`!src/${without}.ts`])],
  goal: 90,
  tests,
  // Their clocks are fake: the slowest test takes a second.
  timeout: 10_000,
});

const TIMEOUT = 60_000;

const proxy = (room: string): Room => ({
  name: `proxy/${room}`,
  folder: "apps/proxy",
  sources: [`src/${room}/*.ts`],
  goal: 80,
  tests: [`test/{${room},answers,routing,body}/*.test.ts`],
  timeout: TIMEOUT,
});

const PLANNER = "refresh/{plan-refresh,refresh-policy}";

export const ROOMS: readonly Room[] = [
  core("record", "record/*", ["test/record/*.test.ts"]),
  core("refresh, the planner", PLANNER, ["test/refresh/plan-refresh.test.ts"]),
  core("refresh, the rest", "refresh/*", ["test/{refresh,manager}/*.test.ts"], PLANNER),
  core("protocol", "protocol/*", [
    "test/protocol/*.test.ts",
    "test/manager/{a-sign-in-by-the-browser,sign-in}.test.ts",
    "test/refresh/what-json-cannot-hold-is-never-stored.test.ts",
  ]),
  core("store", "store/*", [
    "test/store/*.test.ts",
    "test/manager/{a-session-belongs-to-its-client,a-sign-in-by-the-browser,another-key-is-another-view}.test.ts",
    "test/encryption/a-wrong-key-is-refused-before-anybody-is-asked.test.ts",
    "test/refresh/{refusals-sign-out-sign-in,single-flight,what-json-cannot-hold-is-never-stored}.test.ts",
  ]),
  {
    name: "file-lock",
    folder: "packages/file-lock",
    sources: ["src/**/*.ts"],
    goal: 80,
    tests: ["test/*.test.ts"],
    timeout: TIMEOUT,
  },
  {
    name: "store-redis",
    folder: "packages/store-redis",
    sources: ["src/redis-{lock,script,store}.ts"],
    goal: 80,
    tests: ["test/{a-lock,a-fleet,an-outage,bytes,the-redis-store-keeps}*.test.ts"],
    timeout: TIMEOUT,
  },
  proxy("forward"),
  proxy("access"),
  {
    name: "dialects",
    folder: "packages/dialects",
    sources: ["src/**/*.ts"],
    goal: 80,
    tests: ["test/**/*.test.ts"],
    timeout: TIMEOUT,
  },
];
