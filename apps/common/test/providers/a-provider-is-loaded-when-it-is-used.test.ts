import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Runs code in a process of its own, and returns the provider packages that it loaded. The small `/api` of each does not count. */
function loadedBy(code: string): readonly string[] {
  const program = `
    import { registerHooks } from "node:module";
    const seen = new Set();
    registerHooks({ resolve(specifier, context, next) {
      if (/^@tokenflow\\/provider-(?!.*\\/api$)/.test(specifier)) seen.add(specifier);
      return next(specifier, context);
    } });
    const common = await import("@tokenflow/common");
    ${code}
    console.log(JSON.stringify([...seen]));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--conditions=@tokenflow/source", "--input-type=module", "--eval", program],
    { cwd: join(import.meta.dirname, "../.."), encoding: "utf8" },
  );
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

test("the registry loads no provider by itself", () => {
  expect(
    loadedBy('common.requireProvider("copilot", { providers: {} }); common.providerIds({ providers: {} });'),
  ).toEqual([]);
});

test("a provider that is used loads its own package and no other", () => {
  expect(loadedBy('await common.requireProvider("hyper", { providers: {} }).load();')).toEqual([
    "@tokenflow/provider-hyper",
  ]);
});
