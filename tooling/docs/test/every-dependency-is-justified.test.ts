import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readWorkspace } from "@tokenflow/build/workspace";
import { expect, test } from "vitest";
import { root } from "../src/documents.ts";

test("every dependency of a published package is in the decision about dependencies", () => {
  const page = readFileSync(join(root, "docs/decisions/0014-dependencies.md"), "utf8");
  const unknown = readWorkspace(root)
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}))
    .filter((name) => !name.startsWith("@tokenflow/") && !page.includes(name));
  expect(unknown).toEqual([]);
});
