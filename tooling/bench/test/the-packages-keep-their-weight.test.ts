import { expect, test } from "vitest";
import { bundle } from "../src/weight/bundle.ts";
import { OURS } from "../src/weight/programs.ts";

/** The most that each may weigh, in bytes, minified and compressed. Raise one only with a reason in the change. */
const BUDGETS = {
  core: 31_000,
  own: 19_000,
  manager: 15_500,
  flow: 14_000,
  usual: 41_000,
} as const satisfies Readonly<Record<keyof typeof OURS, number>>;

for (const [name, budget] of Object.entries(BUDGETS)) {
  const program = OURS[name as keyof typeof OURS];
  test(`${program.name} weighs less than ${budget / 1000} kB`, async () => {
    const { gzip } = await bundle(program);
    expect(gzip).toBeLessThan(budget);
  });
}

test("who imports only the device flow pays for neither keyv nor the manager", async () => {
  const { packages, gzip } = await bundle(OURS.flow);
  expect(packages).toEqual(["@tokenflow/core", "ky"]);
  const { gzip: withManager } = await bundle({ ...OURS.manager, external: [] });
  expect(gzip).toBeLessThan(withManager / 1.5);
});
