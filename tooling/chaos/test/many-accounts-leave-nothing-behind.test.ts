import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { noRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { promptProvider } from "../src/scenarios/many-accounts.ts";

/** Measures in a process of its own: the heap of this one also holds what other tests have left. */
const PROGRAM = join(import.meta.dirname, "../src/many-accounts.ts");

test.skipIf(noRedis)(
  "2,000 managers that were made, used and closed over one Redis store are freed",
  async () => {
    const args = ["--conditions=@tokenflow/source", PROGRAM, "2000"];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const [, bytes] = /\((-?\d+) bytes an account\)/.exec(stdout) ?? [];
    // A manager that stays in memory holds more than 4,000 bytes. What is left is noise of the heap.
    expect(Number(bytes), stdout).toBeLessThan(3_000);
  },
);

test("acquire() for 1,000 people at once starts one sign-in for each, and close() ends them all", async () => {
  const store = createMemoryStore();
  let codes = 0;
  const provider = {
    ...promptProvider,
    requestDeviceCode: async (...request: Parameters<typeof promptProvider.requestDeviceCode>) => {
      codes += 1;
      const userCode = `USER-${codes}`;
      return { ...(await promptProvider.requestDeviceCode(...request)), userCode };
    },
  };
  const managers = Array.from({ length: 1_000 }, (_, index) =>
    createTokenManager({ provider, store, account: `user-${index}` }),
  );
  const answers = await Promise.all(managers.flatMap((manager) => [manager.acquire(), manager.acquire()]));
  const shown = answers.map((answer) => (answer.status === "pending" ? answer.userCode : answer.status));
  expect(new Set(shown).size).toBe(1_000);
  expect(codes).toBe(1_000);
  await Promise.all(managers.map((manager) => manager.close()));
  expect((await managers[0]?.status())?.signIn).toBeUndefined();
});
