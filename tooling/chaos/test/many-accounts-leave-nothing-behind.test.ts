import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { noRedis, startRedis } from "@tokenflow/services";
import { createRedisStore } from "@tokenflow/store-redis";
import { expect, test } from "vitest";
import { promptProvider, runManyAccounts } from "../src/scenarios/many-accounts.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test.skipIf(noRedis)(
  "2,000 managers that were made, used and closed over one Redis store are freed",
  { timeout: 120_000 },
  async () => {
    await using server = await startRedis();
    const store = createRedisStore({ url: server.url });
    const heap = (): number => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const result = await runManyAccounts({ store, accounts: 2_000, atOnce: 20, heap });
    await store.disconnect?.();
    // A manager that stays in memory holds more than 4,000 bytes. What is left is noise of the heap.
    expect(result.bytesPerAccount).toBeLessThan(3_000);
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
}, 60_000);
