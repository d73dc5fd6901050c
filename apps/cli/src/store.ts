import { homedir } from "node:os";
import { isTokenFlowError, type LockingStore } from "@tokenflow/core";
import type { Context } from "./command.ts";
import { tilde } from "./tilde.ts";
import { UsageError } from "./usage-error.ts";

/** A store, and how to speak of it. */
export interface Place {
  readonly store: LockingStore;
  readonly kind: string;
  /** Where it is: `~/.config/tokenflow`. */
  readonly where: string;
  /** What stands behind the place after a sign-in: `file, not encrypted`. */
  readonly manner: string;
}

/** The one file that knows which stores there are: `--store`, else `TOKENFLOW_STORE`, else files. */
export async function openStore({ store: flag, env }: Pick<Context, "store" | "env">): Promise<Place> {
  const kind = flag ?? (env["TOKENFLOW_STORE"] || "file");
  if (kind !== "file") throw new UsageError(`there is no store "${kind}"`, "Stores: file");
  const { createFileStore, sessionFolder } = await import("@tokenflow/store-file");
  const folder = sessionFolder({ env, platform: process.platform, home: homedir(), cwd: process.cwd() });
  return { store: createFileStore({ folder }), kind, where: tilde(folder), manner: "file, not encrypted" };
}

/**
 * Finds out before a person is troubled whether a session could be kept: it can be read, and the lock's file made.
 * @throws `store.insecure`, `store.unavailable`
 */
export async function proveWritable({ store }: Place, key: string): Promise<void> {
  await store.get(key);
  try {
    await (await store.lock(key, { wait: 0 })).release();
  } catch (error) {
    // Somebody is refreshing it, so it can be written.
    if (!isTokenFlowError(error, "store.locked")) throw error;
  }
}
