import { expect, test } from "vitest";
import { bundle } from "../src/weight/bundle.ts";
import { OURS } from "../src/weight/programs.ts";

/** The most that each may weigh, in bytes, minified and compressed. Raise one only with a reason in the change. */
const BUDGETS = {
  core: 45_300,
  own: 34_400,
  manager: 23_600,
  flow: 17_400,
  usual: 64_500,
} as const satisfies Readonly<Record<keyof typeof OURS, number>>;

/** All that the device flow is made of. */
const FLOW = [
  "base/base64.ts",
  "base/clock.ts",
  "base/errors.ts",
  "base/json.ts",
  "base/redact.ts",
  "base/shown-text.ts",
  "base/stopwatch.ts",
  "base/with-timeout.ts",
  "http/certificate-validity.ts",
  "http/connection-error.ts",
  "http/connection-watch.ts",
  "http/create-http.ts",
  "http/http-answer.ts",
  "http/read-answer.ts",
  "http/safe-url.ts",
  "http/transport.ts",
  "protocol/device-flow.ts",
  "protocol/poll.ts",
  "protocol/redeem.ts",
  "record/record.ts",
  "record/to-session.ts",
  "token/expiry.ts",
  "token/token.ts",
  "wire/read-json.ts",
  "wire/read-jwt.ts",
];

for (const [name, budget] of Object.entries(BUDGETS)) {
  const program = OURS[name as keyof typeof OURS];
  test(`${program.name} weighs less than ${budget / 1000} kB`, async () => {
    const { gzip } = await bundle(program);
    expect(gzip).toBeLessThan(budget);
  });
}

test("a program that imports only the device flow contains neither keyv nor the manager", async () => {
  const { packages, gzip } = await bundle(OURS.flow);
  expect(packages).toEqual(["@tokenflow/core", "ky"]);
  const { gzip: written, modules } = await bundle({ ...OURS.flow, sources: true });
  expect(modules.map(({ name }) => name).toSorted()).toEqual(FLOW);
  // What is built has no more in it than those files.
  expect(gzip).toBeLessThan(written * 1.02);
});

test("a build contains no more than the used sources", async () => {
  for (const program of [OURS.own, OURS.manager]) {
    const { gzip } = await bundle(program);
    const { gzip: written } = await bundle({ ...program, sources: true });
    expect(gzip, program.name).toBeLessThan(written * 1.02);
  }
});
