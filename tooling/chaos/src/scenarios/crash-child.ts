/** Refreshes the session once, and kills itself at a given step. The engine does not know. */
import * as nodeFileSystem from "node:fs/promises";
import type { FileStore, FileSystem } from "@tokenflow/store-file";
import { createShiftedClock, openSession, type SessionLocation } from "../workers/open-session.ts";
import type { CrashStep } from "./crash-matrix.ts";

export interface CrashSettings extends SessionLocation {
  readonly step: CrashStep;
  /** How far its clock is put forward, in milliseconds. */
  readonly shift: number;
}

const settings = JSON.parse(process.argv[2] ?? "") as CrashSettings;
const { step, shift } = settings;

/** Ends without a handler or a flush. Only the kernel releases locks. */
function die(): void {
  process.kill(process.pid, "SIGKILL");
}

/** A refresh writes two records: the intent, then the session. */
let renames = 0;
const fs: FileSystem = {
  ...nodeFileSystem,
  rename: async (from, to) => {
    renames += 1;
    if (step === "in the write" && renames === 2) die();
    await nodeFileSystem.rename(from, to);
  },
};

function wrap(store: FileStore): FileStore {
  const { lock, replace } = store;
  return Object.assign(store, {
    replace: async (...args: Parameters<typeof replace>) => {
      if (step === "before the intent") die();
      return replace.apply(store, args);
    },
    lock: async (...args: Parameters<typeof lock>) => {
      const held = await lock.apply(store, args);
      return {
        ...held,
        release: async () => {
          if (step === "after the write") die();
          await held.release();
        },
      };
    },
  });
}

const manager = openSession({
  ...settings,
  fs,
  wrap,
  clock: createShiftedClock(shift),
  fetch: async (...request) => {
    if (step === "after the intent") die();
    const response = await fetch(...request);
    if (step === "after the rotation") die();
    return response;
  },
});
await manager.getToken({ forceRefresh: true });
process.stdout.write('{"type":"survived"}\n');
