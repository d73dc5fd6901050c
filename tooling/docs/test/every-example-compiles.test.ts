import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readDocuments, root } from "../src/documents.ts";
import { examples, forgotten } from "./support/examples.ts";

/** In this package, so that the examples find what they import; out of sight of git and the linters. */
const folder = join(import.meta.dirname, "../.output/examples");

test("every block says what language it is in, or is what a terminal shows", () => {
  const known = new Set(["", "js", "json", "mermaid", "sh", "toml", "ts", "yaml"]);
  const others = readDocuments().flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => !known.has(language))
      .map(({ language, line }) => `${path}:${line} ${language}`),
  );
  expect(others).toEqual([]);
});

test("each exception to whole programs is still needed", () => {
  expect(forgotten).toEqual([]);
});

test("all examples compile, under the strictest settings", async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = examples.map(({ name }) => `${name.replaceAll(/\W+/g, "-")}.ts`);
  await Promise.all(
    examples.map(({ code }, index) => writeFile(join(folder, files[index] ?? ""), `${code}\nexport {};\n`)),
  );
  const project = join(folder, "tsconfig.json");
  await writeFile(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        noEmit: true,
        // A program of a user's exports nothing, and need not use all that it makes.
        isolatedDeclarations: false,
        declaration: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
        typeRoots: [join(root, "node_modules/@types")],
        customConditions: ["@tokenflow/source"],
      },
      files,
      include: [join(root, "packages/*/src/**/*.d.ts")],
    }),
  );
  const { stdout } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", project], { encoding: "utf8" });
  expect(stdout).toBe("");
  expect(examples.length).toBeGreaterThan(15);
});
