import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@tokenflow/core/testing";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { test } from "vitest";
import { createMapKeyring } from "./map-keyring.ts";

const maxBytes = 2560;

/** Over a keychain as narrow as Windows', so that values are split; the Secret Service has a test of its own. */
const createStore = async () => {
  const lockFolder = await mkdtemp(join(tmpdir(), "tokenflow-keychain-"));
  const keyring = createMapKeyring(maxBytes);
  return {
    store: createKeychainStore({ keyring, lockFolder, maxBytes }),
    other: createKeychainStore({ keyring, lockFolder, maxBytes }),
    close: () => rm(lockFolder, { recursive: true }),
  };
};

for (const { name, run } of storeContract({ createStore })) test(name, run);
