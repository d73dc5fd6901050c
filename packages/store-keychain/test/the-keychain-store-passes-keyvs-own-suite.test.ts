import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyvSuite } from "@tokenflow/services";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { afterAll, test } from "vitest";
import { createMapKeyring } from "./map-keyring.ts";

const parent = mkdtempSync(join(tmpdir(), "tokenflow-keyv-"));
afterAll(() => rmSync(parent, { recursive: true }));

const keyring = createMapKeyring();
const lockFolder = join(parent, "locks");
for (const { name, run } of keyvSuite(() => createKeychainStore({ keyring, lockFolder }))) test(name, run);
