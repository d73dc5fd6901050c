/**
 * One of many programs that share a session. Prints `up` when it is loaded, asks for the token on SIGUSR2, prints
 * `served <nanoseconds of the monotonic clock> <token>`, and ends on SIGTERM.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { createChaosProvider } from "@tokenflow/chaos";
import { createTokenManager, importSession } from "@tokenflow/core";
import { readFreshToken } from "@tokenflow/core/store";
import { openStore, type StoreAddress } from "../stores/open-store.ts";

export interface WorkerSettings {
  readonly address: StoreAddress;
  readonly url: string;
  /** Only waits this long, in milliseconds, and then reads the session: the floor. */
  readonly wait?: number | undefined;
}

const { address, url, wait } = JSON.parse(process.argv[2] ?? "") as WorkerSettings;
const provider = createChaosProvider({ url, replay: "never" });
const store = openStore(address);

/** Returns the function to measure, after everything that it needs is loaded. */
async function prepare(): Promise<() => Promise<string>> {
  if (wait !== undefined) {
    await read();
    return () => sleep(wait).then(read);
  }
  // A program that is up has redeemed before: a session of its own, with one request.
  const warm: typeof provider = {
    ...provider,
    async redeem(_grant, { http }) {
      await http({ method: "POST", url: `${url}/device` });
      return { token: { accessToken: "warm", tokenType: "Bearer", lifetime: 3_600_000 } };
    },
  };
  const own = { provider: warm, store, account: String(process.pid) };
  await importSession({ ...own, grant: { refresh_token: "warm" } });
  const before = createTokenManager(own);
  await before.getToken();
  await before.signOut();
  await before.close();

  const manager = createTokenManager({ provider, store });
  await manager.status();
  return async () => (await manager.getToken()).accessToken;
}

async function read(): Promise<string> {
  const stored = await store.get<unknown>("chaos/default");
  const [host = ""] = store.owner.split("/");
  const token = typeof stored === "string" ? readFreshToken(stored, { host }) : undefined;
  if (!token) throw new Error("There is no fresh session");
  return token.accessToken;
}

const alive = setInterval(() => undefined, 60_000);
const ask = await prepare();
const [go, end] = [once(process, "SIGUSR2"), once(process, "SIGTERM")];
process.stdout.write("up\n");
await go;
const token = await ask();
process.stdout.write(`served ${process.hrtime.bigint()} ${token}\n`);
// Ending takes as much processor time as being served, so it waits until all are served.
await end;
clearInterval(alive);
await store.disconnect?.();
