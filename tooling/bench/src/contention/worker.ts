/** One of many programs that share a session: says when it is up, and asks for the token at the word. */
import { createInterface } from "node:readline/promises";
import { setTimeout as wait } from "node:timers/promises";
import { createTokenManager, importSession } from "@tokenflow/core";
import { readFreshToken } from "@tokenflow/core/store";
import { openStore, type Place } from "../stores/open-store.ts";
import { createRotatingProvider } from "./provider.ts";
import { REDEMPTION } from "./server.ts";

export interface WorkerSettings {
  /** Where the session is. */
  readonly place?: Place | undefined;
  /** Nothing but to wait as long as a redemption takes, and to read the session then, where there is one. */
  readonly only?: "wait" | undefined;
  readonly url: string;
}

/** What a worker says when it was served. `at` is in nanoseconds of the machine's monotonic clock. */
export interface Served {
  readonly at: string;
  readonly token: string;
}

const { place, url, only } = JSON.parse(process.argv[2] ?? "") as WorkerSettings;
const HOUR = 3_600_000;
const ends: (() => Promise<void> | undefined)[] = [];

async function prepareToRefresh(at: Place): Promise<() => Promise<string>> {
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

/** The floor: a session that is there, read and parsed once. */
async function prepareToRead(at: Place): Promise<() => Promise<string>> {
  const store = openStore(at);
  ends.push(async () => store.disconnect?.());
  const read = async (): Promise<string> => {
    const stored = await store.get<unknown>("bench/default");
    const [host = ""] = store.owner.split("/");
    const token = typeof stored === "string" ? readFreshToken(stored, { host }) : undefined;
    if (!token) throw new Error("There is no fresh session");
    return token.accessToken;
  };
  await read();
  return read;
}

/** Answers what to do at the word, once everything that it takes is loaded. */
async function prepare(): Promise<() => Promise<string>> {
  if (place && only === undefined) return prepareToRefresh(place);
  const read = place ? await prepareToRead(place) : async () => "none";
  return async () => {
    await wait(REDEMPTION);
    return read();
  };
}

const ask = await prepare();
const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
process.stdout.write("up\n");
await words.next();
const token = await ask();
const served: Served = { at: String(process.hrtime.bigint()), token };
process.stdout.write(`${JSON.stringify(served)}\n`);
// Ending takes as much of the processor as being served: not before all are.
await words.next();
for (const end of ends) await end();
process.stdin.destroy();
