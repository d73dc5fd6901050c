import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "tsup";
import { expect, test } from "vitest";

const core = resolve(import.meta.dirname, "../../../../packages/core/src");

test.each(["browser", "workerd"])("core bundles for %s without a module of Node", async (condition) => {
  const outDir = mkdtempSync(join(tmpdir(), "tokenflow-bundle-"));
  try {
    await build({
      config: false,
      entry: { index: join(core, "index.ts"), encryption: join(core, "encryption/index.ts") },
      format: "esm",
      platform: "browser",
      noExternal: [/.*/],
      outDir,
      dts: false,
      silent: true,
      esbuildOptions: (options) => {
        options.conditions = [condition, "import"];
      },
    });
    const files = readdirSync(outDir).filter((name) => name.endsWith(".js"));
    expect(files.length).toBeGreaterThan(0);
    for (const name of files) {
      const code = readFileSync(join(outDir, name), "utf8");
      expect(code).not.toMatch(/(?:from|import|require)\s*\(?\s*["']node:/);
    }
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
});
