import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createChaosProvider, startTestServer, type TestServer } from "@tokenflow/chaos";
import { createTokenManager } from "@tokenflow/core";
import { type Child, startChild } from "@tokenflow/services";
import { type Figure, figure } from "../measure/figure.ts";
import { type Area, atMost, exactly, type Goal, type Row } from "../measure/result.ts";
import { openStore, type StoreAddress, startStores } from "../stores/open-store.ts";
import type { WorkerSettings } from "./worker.ts";

/** In milliseconds: about what a service on the internet needs. */
const REDEMPTION = 200;
/** The shortest lifetime at which a token is handed out at all. */
const SHORT_LIFE = 1_100;
const LONG_LIFE = 3_600_000;
const MAX_STARTS = 8;

/** Measures many processes with one expired session: who redeems, and how long the last one waits. */
export const contention: Area = {
  title: "Many processes, one session",
  async run({ quick, folder, say }) {
    await using running = await startStores(folder);
    await using lasting = await startRotatingServer(LONG_LIFE);
    await using expiring = await startRotatingServer(SHORT_LIFE);
    const sizes = quick ? [2] : [2, 16, 64];
    const rows: Row[] = [];
    const goals: Goal[] = [];

    /** Returns when the last of so many processes is served that only wait and then read the session. */
    const floor = async (size: number, address: StoreAddress): Promise<Figure> => {
      const waits: number[] = [];
      for (let round = 0; round < (quick || size > 16 ? 1 : 2); round += 1) {
        const served = await serve(size, { address, url: lasting.url, wait: REDEMPTION });
        waits.push(Math.max(...served.map(({ after }) => after)));
      }
      return figure(waits);
    };

    for (const address of running.stores) {
      for (const size of sizes) {
        const title = `${address.title}: ${size} processes`;
        say(title);
        await signIn(address, lasting);
        const least = await floor(size, address);
        const rounds: Round[] = [];
        for (let round = 0; round < (quick ? 1 : size > 16 ? 2 : 3); round += 1) {
          rounds.push(await measure(address, size, expiring));
        }
        const last = figure(rounds.map((round) => round.last));
        const redemptions = exactly(Math.max(...rounds.map((round) => round.redemptions)));
        rows.push([title, last, figure(rounds.map(({ first }) => first)), least, redemptions]);
        goals.push(
          atMost(`${title}: redemptions`, redemptions, 1, ""),
          atMost(`${title}: the last is served`, last, boundOf(REDEMPTION), "ms"),
          atMost(`${title}: the last is served, by its floor`, last, boundOf(least.median), "ms"),
        );
      }
    }
    return {
      tables: [
        {
          about: `Processes that are up ask at once for the token of a session that has run out. A redemption takes ${REDEMPTION} ms at a server that rotates grants. The last process should be served within one and a half redemptions and 50 ms. The floor is the same number of processes that only wait as long and then read the session once; the goals "by its floor" put it in the redemption's place, since few cores need time to wake so many processes.`,
          columns: ["last served [ms]", "first served [ms]", "floor [ms]", "redemptions"],
          rows,
        },
      ],
      goals,
    };
  },
};

interface Round {
  readonly first: number;
  readonly last: number;
  readonly redemptions: number;
}

/** Returns when the last one should be served if a redemption takes this long. */
function boundOf(redemption: number): number {
  return 1.5 * redemption + 50;
}

async function startRotatingServer(lifetime: number): Promise<TestServer> {
  const server = await startTestServer("strict", { lifetime });
  server.delay.after = REDEMPTION;
  return server;
}

/** Stores a fresh session. Returns when its token ends. */
async function signIn(address: StoreAddress, server: TestServer): Promise<number> {
  const store = openStore(address);
  const provider = createChaosProvider({ url: server.url, replay: "never" });
  const manager = createTokenManager({ provider, store });
  await manager.signIn({ onUserCode: ({ userCode }) => void server.approve(userCode) });
  const { expiresAt = 0 } = await manager.getToken();
  await manager.close();
  await store.disconnect?.();
  return expiresAt;
}

async function measure(address: StoreAddress, size: number, server: TestServer): Promise<Round> {
  const expiresAt = await signIn(address, server);
  const before = server.journal.entries.length;
  const served = await serve(size, { address, url: server.url }, expiresAt + 50);
  const redemptions = server.journal.entries.slice(before);
  const refused = redemptions.filter(({ outcome }) => outcome === "reuse" || outcome === "refused");
  if (refused.length > 0) throw new Error(`${refused.length} redemptions were refused`);
  // On a slow machine the first token can be due again before the last process is served.
  if (new Set(served.map(({ token }) => token)).size > redemptions.length)
    throw new Error("The processes got a token that was not redeemed");
  const times = served.map(({ after }) => after);
  return { first: Math.min(...times), last: Math.max(...times), redemptions: redemptions.length };
}

/** Starts workers, lets all of them ask at once, and returns when each was served and with which token. */
async function serve(
  size: number,
  settings: WorkerSettings,
  notBefore: number = 0,
): Promise<readonly { readonly after: number; readonly token: string }[]> {
  const program = join(import.meta.dirname, "worker.ts");
  const workers: Child[] = [];
  while (workers.length < size) {
    const some = Array.from({ length: Math.min(MAX_STARTS, size - workers.length) }, () =>
      startChild(program, JSON.stringify(settings)),
    );
    await Promise.all(some.map((worker) => worker.line("up")));
    workers.push(...some);
  }
  await sleep(Math.max(notBefore - Date.now(), 0));
  const start = process.hrtime.bigint();
  for (const worker of workers) worker.signal("SIGUSR2");
  const lines = await Promise.all(workers.map((worker) => worker.line("served")));
  for (const worker of workers) worker.signal("SIGTERM");
  await Promise.all(workers.map((worker) => worker.ended()));
  return lines.map((line) => {
    const [at = "0", token = ""] = line.split(" ");
    return { after: Number(BigInt(at) - start) / 1e6, token };
  });
}
