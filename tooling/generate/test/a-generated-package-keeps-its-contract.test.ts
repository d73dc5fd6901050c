import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { generate } from "../src/generate.ts";

const run = promisify(execFile);
const repository = resolve(import.meta.dirname, "../../..");
let root = "";

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tokenflow-generate-"));
  await link("node_modules/@tokenflow/core", "packages/core");
  await link("node_modules/vitest", "node_modules/vitest");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const link = async (path: string, target: string): Promise<void> => {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(join(repository, target), join(root, path));
};

const change = async (path: string, from: string, to: string): Promise<void> => {
  const text = await readFile(join(root, path), "utf8");
  expect(text).toContain(from);
  await writeFile(join(root, path), text.replaceAll(from, to));
};

test("a generated provider and store pass their contracts, and broken ones do not", {
  timeout: 60_000,
}, async () => {
  for (const name of ["blue-sky", "broken"]) {
    await generate("provider", name, root);
    await generate("store", name, root);
  }
  // Any 400 would count as a refusal; a newer session would be overwritten.
  await change("packages/provider-broken/src/wire.ts", ' && json["error"] === "invalid_grant"', " || true");
  await change("packages/store-broken/src/broken-store.ts", 'AND value = ?")', 'AND value >= ?")');

  const report = join(root, "report.json");
  const args = [
    "--config",
    join(repository, "vitest.config.ts"),
    "--reporter=json",
    `--outputFile=${report}`,
  ];
  const vitest = join(repository, "node_modules/vitest/vitest.mjs");
  // In CI the configuration writes its own report and ignores this one.
  const env = { ...process.env, CI: "" };
  await run(process.execPath, [vitest, "run", "--root", root, ...args], { env }).catch(() => undefined);

  const { testResults } = JSON.parse(await readFile(report, "utf8")) as {
    testResults: { name: string; assertionResults: { status: string }[] }[];
  };
  const counts = Object.fromEntries(
    testResults.map(({ name, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status !== "passed").length;
      return [basename(name), { failed, cases: assertionResults.length }];
    }),
  );
  expect(Object.keys(counts)).toHaveLength(4);
  const all = { failed: 0, cases: expect.toSatisfy((cases: number) => cases > 20) };
  const some = expect.toSatisfy((count: { failed: number }) => count.failed > 0);
  expect(counts).toEqual({
    "blue-sky-keeps-the-provider-contract.test.ts": all,
    "the-blue-sky-store-keeps-the-store-contract.test.ts": all,
    "broken-keeps-the-provider-contract.test.ts": some,
    "the-broken-store-keeps-the-store-contract.test.ts": some,
  });
});

test("generated packages have the common shape, and no word of the template is left", async () => {
  const folders = await Promise.all([generate("provider", "neon", root), generate("store", "neon", root)]);
  expect(folders).toEqual(["packages/provider-neon", "packages/store-neon"]);

  const layers = join(repository, "tooling/build/src/layers.ts");
  expect((await run(process.execPath, [layers, root])).stdout).toMatch(/^\d+ packages, 0 violations\n$/);
  for (const folder of folders) {
    for (const path of await readdir(join(root, folder), { recursive: true })) {
      expect(path).not.toMatch(/acme/i);
      const text = await readFile(join(root, folder, path), "utf8").catch(() => "");
      expect(text.match(/acme/i), path).toBeNull();
    }
  }
});

test("a package with the template's name has another version", async () => {
  const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, "utf8"));
  for (const kind of ["provider", "store"] as const) {
    const folder = await generate(kind, "acme", root);
    const own = await read(join(root, folder, "package.json"));
    const template = await read(join(repository, "tooling/generate/templates", kind, "package.json"));
    const name = `@tokenflow/${kind}-acme`;
    expect([own, template]).toMatchObject([
      { name, version: "0.0.0" },
      { name, version: "0.0.0-template" },
    ]);
  }
});

test("an invalid name and an existing package are refused", async () => {
  for (const name of ["", "Acme", "a b", "../x", "a--b", "-a", "9"]) {
    await expect(generate("provider", name, root)).rejects.toThrow(RangeError);
  }
  await generate("store", "twice", root);
  await expect(generate("store", "twice", root)).rejects.toThrow("packages/store-twice exists");
});
