import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isTokenFlowError } from "@tokenflow/core";
import { rotateSessions } from "@tokenflow/core/encryption";
import { createFolder, startKeychain, startRedis } from "@tokenflow/services";
import { findResult } from "../parts/result.ts";
import type { TestServer } from "../servers/servers.ts";
import { openEncryption, openStore, type SessionLocation, signIn } from "../workers/open-session.ts";
import { complaintsOf, startWorkerPool, type WorkerPool } from "../workers/worker-pool.ts";

export type StoreKind = "file" | "keychain" | "redis";

export interface RotatedKeyOptions {
  readonly server: TestServer;
  readonly store: StoreKind;
  /** The number of processes in each deployment. */
  readonly processes: number;
  /** How long each step takes, in milliseconds. */
  readonly stepFor: number;
}

export interface RotatedKeyResult {
  readonly served: number;
  readonly redemptions: number;
  /** How often the stored session was encrypted again. */
  readonly rotations: number;
  /** How often a process without the right key was told so. */
  readonly keyless: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** How often the sessions are encrypted again during the step in which both keys write. */
const ROTATE_EVERY = 200;
/** How much longer that step may take until the sessions were encrypted again once. */
const MAX_EXTRA = 15_000;

/**
 * Replaces the key of a session as the guide says, one deployment after the other, under load. From the first to the
 * last moment one process has only the old key, and one only the new one.
 */
export async function rotateKey({
  server,
  store,
  processes,
  stepFor,
}: RotatedKeyOptions): Promise<RotatedKeyResult> {
  await using cleanup = new AsyncDisposableStack();
  const { path: folder } = cleanup.use(await createFolder());
  const place = await openPlace(store, folder, cleanup);
  const location: SessionLocation = { ...place, folder, url: server.url, replay: server.replay };
  const [before, after] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
  const pools: WorkerPool[] = [];
  const deploy = async (size: number, ...keys: [string, ...string[]]): Promise<WorkerPool> => {
    const pool = cleanup.use(startWorkerPool(size, { ...location, keys }));
    pools.push(pool);
    await pool.ready();
    return pool;
  };
  const problems: string[] = [];
  const retire = async (pool: WorkerPool): Promise<void> => void problems.push(...(await pool.finish()));
  const opened = openStore(location);
  const encryption = openEncryption({ keys: [after, before] });
  let rotations = 0;
  let mayGo = false;
  const rotate = async (): Promise<void> => {
    if (!encryption) return;
    try {
      const { rotated, oldKeysMayGo } = await rotateSessions(opened, encryption);
      rotations += rotated.length;
      mayGo = oldKeysMayGo;
    } catch (error) {
      // So many programs refresh so often that the lock was never free. A person would try again.
      if (!isTokenFlowError(error, "store.locked")) throw error;
    }
  };

  await signIn(server, { ...location, keys: [before] });
  const onlyOld = await deploy(1, before);
  const onlyNew = await deploy(1, after);
  const first = await deploy(processes, before);
  await sleep(stepFor);
  const readsBoth = await deploy(processes, before, after);
  await retire(first);
  const writesNew = await deploy(processes, after, before);
  const end = performance.now() + 2 * stepFor;
  // Of two deployments that write each with its own key, either may have the last word for a while.
  const isEnough = (): boolean => performance.now() > end + (rotations > 0 ? 0 : MAX_EXTRA);
  for (; !isEnough(); await sleep(ROTATE_EVERY)) await rotate();
  await retire(readsBoth);
  // Its own writes would bring the old key back.
  for (const worker of onlyOld.workers) worker.signal("SIGKILL");
  for (const end = performance.now() + 30_000; ; await sleep(ROTATE_EVERY)) {
    await rotate();
    if (mayGo) break;
    if (performance.now() > end) throw new Error("The old key is never free to go");
  }
  const last = await deploy(processes, after);
  await retire(writesNew);
  await sleep(stepFor);
  await Promise.all([retire(last), retire(onlyNew)]);

  const { entries } = server.journal;
  const keyless = new Set([onlyOld, onlyNew].flatMap(({ everyone }) => everyone));
  const result = findResult(entries, server.lifetime, new Map());
  const lines = pools.flatMap(({ everyone }) => everyone.flatMap((worker) => worker.lines));
  return {
    served: lines.filter(({ type }) => type === "served").length,
    redemptions: entries.length - 1,
    rotations,
    keyless: lines.filter((line) => line.type === "failed" && line.code === "store.key_missing").length,
    problems: [
      ...problems,
      ...result.problems,
      ...pools.flatMap(({ everyone }) =>
        everyone.flatMap((worker) => complaintsOf(worker, keyless.has(worker) ? ["store.key_missing"] : [])),
      ),
    ],
  };
}

async function openPlace(
  kind: StoreKind,
  folder: string,
  cleanup: AsyncDisposableStack,
): Promise<Pick<SessionLocation, "redis" | "keychain">> {
  if (kind === "redis") return { redis: cleanup.use(await startRedis()).url };
  if (kind === "file") return {};
  const { env } = cleanup.use(await startKeychain(folder));
  // The processes inherit the address, and the library of the keychain reads it at its first use.
  Object.assign(process.env, env);
  return { keychain: true };
}
