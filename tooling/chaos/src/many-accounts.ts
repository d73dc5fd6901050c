// Prints what 100,000 accounts over one Redis store leave behind. The number may be given: many-accounts.ts 20000
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startRedis } from "@tokenflow/services";
import { createRedisStore } from "@tokenflow/store-redis";
import { runManyAccounts } from "./scenarios/many-accounts.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

await using server = await startRedis();
// A machine that does other work meanwhile may stand still for longer than the default.
const store = createRedisStore({ url: server.url, timeout: 60_000 });
const start = performance.now();
const result = await runManyAccounts({
  store,
  accounts: Number(process.argv[2] ?? 100_000),
  atOnce: 50,
  heap: async () => {
    collect();
    // What the last accounts left to timers and finalizers is freed after them.
    await sleep(1_000);
    collect();
    return process.memoryUsage().heapUsed;
  },
});
await store.disconnect?.();
const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
const seconds = Math.round((performance.now() - start) / 1000);
process.stdout.write(
  `${result.accounts} accounts in ${seconds} s: the heap was ${megabytes(result.heapEarly)} early on, ${megabytes(result.heapLate)} after all (${result.bytesPerAccount} bytes an account); ${result.retries} were tried again\n`,
);
