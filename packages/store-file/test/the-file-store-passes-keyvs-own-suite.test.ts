import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyvSuite } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { afterAll, test } from "vitest";

const parent = mkdtempSync(join(tmpdir(), "tokenflow-keyv-"));
afterAll(() => rmSync(parent, { recursive: true }));

const folder = join(parent, "sessions");
for (const { name, run } of keyvSuite(() => createFileStore({ folder }))) test(name, run);
