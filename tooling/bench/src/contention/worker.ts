/** One of many programs that share a session: says when it is up, and asks for the token at the word. */
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { createTokenManager, importSession } from "@tokenflow/core";
import { openStore, type Place } from "../stores/places.ts";
import { createRotatingProvider } from "./provider.ts";
import { REDEMPTION } from "./server.ts";

export interface WorkerSettings {
  /** Where the session is; without it there is none, and the worker waits as long as a redemption takes. */
  readonly place?: Place | undefined;
  readonly url: string;
}

/** What a worker says when it was served. `at` is in nanoseconds of the machine's monotonic clock. */
export interface Served {
  readonly at: string;
  readonly token: string;
}

const { place, url } = JSON.parse(process.argv[2] ?? "") as WorkerSettings;
const HOUR = 3_600_000;

/** Answers what to do at the word, with everything loaded that it takes. */
async function prepare(at: Place): Promise<() => Promise<string>> {
  const store = openStore(at);
  // A program that is up has redeemed before: a session of its own.
  const own = {
    provider: createRotatingProvider(`${url}/at-once`, HOUR),
    store,
    account: String(process.pid),
  };
  await importSession({ ...own, grant: { generation: 0 } });
  const before = createTokenManager(own);
  await before.getToken();
  await before.signOut();
  await before.close();

  const manager = createTokenManager({ provider: createRotatingProvider(url, HOUR), store });
  await manager.status();
  return async () => {
    const { accessToken } = await manager.getToken();
    ends.push(async () => {
      await manager.close();
      await store.disconnect?.();
    });
    return accessToken;
  };
}

const ends: (() => Promise<void>)[] = [];
const ask = place ? await prepare(place) : () => wait(REDEMPTION, "none");
process.stdout.write("up\n");
await once(process.stdin, "data");
const token = await ask();
const served: Served = { at: String(process.hrtime.bigint()), token };
process.stdout.write(`${JSON.stringify(served)}\n`);
for (const end of ends) await end();
process.stdin.destroy();
