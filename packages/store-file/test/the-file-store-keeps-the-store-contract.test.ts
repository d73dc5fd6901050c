import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@tokenflow/core/testing";
import { startChild } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { test } from "vitest";

const createStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-store-"));
  return {
    store: createFileStore({ folder }),
    other: createFileStore({ folder }),
    holdElsewhere: async (key: string) => {
      const holder = startChild(join(import.meta.dirname, "hold-lock.ts"), folder, key);
      await holder.line("held");
      return () => holder.kill();
    },
    close: () => rm(folder, { recursive: true }),
  };
};
const capabilities = ["iterator", "replace", "lock", "death"] as const;

for (const { name, run } of storeContract({ createStore, capabilities })) test(name, run);
