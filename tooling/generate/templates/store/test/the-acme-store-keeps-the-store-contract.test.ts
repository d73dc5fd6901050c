import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@tokenflow/core/testing";
import { createAcmeStore } from "@tokenflow/store-acme";
import { expect, test } from "vitest";

/** Two handles on the same database, like two processes. */
const createStore = async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-store-"));
  const path = join(folder, "sessions.sqlite");
  const [store, other] = [createAcmeStore({ path }), createAcmeStore({ path })];
  return {
    store,
    other,
    close: async () => {
      await store.disconnect?.();
      await other.disconnect?.();
      await rm(folder, { recursive: true });
    },
  };
};

test("only its owner can read the database, and one that others can read is refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-store-"));
  const path = join(folder, "sessions.sqlite");
  try {
    await createAcmeStore({ path }).disconnect?.();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    expect(() => createAcmeStore({ path })).toThrow(expect.objectContaining({ code: "store.insecure" }));
  } finally {
    await rm(folder, { recursive: true });
  }
});

for (const { name, run } of storeContract({ createStore })) test(name, run);
