import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../../../..");
const RUN = "tooling/build/src/tests/run-tests.ts";

/** `app` imports `lib`, `other` nothing; a test of `docs` reads a page of the root. */
const FILES: Readonly<Record<string, string>> = {
  "packages/lib/src/one.js": "export const one = 1;\n",
  "packages/lib/test/one.test.ts": `import { one } from "../src/one.js"; import { expect, test } from "vitest";
test("one is positive", () => expect(one).toBeGreaterThan(0));\n`,
  "packages/app/test/app.test.ts": `import { test } from "vitest"; test("holds", () => {});\n`,
  "packages/other/test/other.test.ts": `import { test } from "vitest"; test("holds", () => {});\n`,
  "tooling/docs/test/docs.test.ts": `import { test } from "vitest"; test("holds", () => {});\n`,
  "README.md": "A page.\n",
};
const DEPENDENCIES: Readonly<Record<string, object>> = {
  "packages/lib": {},
  "packages/app": { "@tokenflow/lib": "workspace:*" },
  "packages/other": {},
  "tooling/docs": {},
};

let workspace = "";
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "tokenflow-tests-"));
  for (const file of [
    "turbo.json",
    "vitest.config.ts",
    "tsconfig.base.json",
    "package.json",
    "tooling/build/src/tests",
  ]) {
    await mkdir(dirname(join(workspace, file)), { recursive: true });
    await cp(join(ROOT, file), join(workspace, file), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(workspace, "node_modules"));
  await write(
    "pnpm-workspace.yaml",
    "packages: [packages/*, tooling/docs]\npmOnFail: ignore\nverifyDepsBeforeRun: false\n",
  );
  await write(".gitignore", "node_modules\n.output\n.turbo\n");
  for (const [file, content] of Object.entries(FILES)) await write(file, content);
  for (const [folder, dependencies] of Object.entries(DEPENDENCIES)) {
    const name = `@tokenflow/${folder.split("/")[1]}`;
    const scripts = { test: "tokenflow-tested" };
    await write(`${folder}/package.json`, JSON.stringify({ name, version: "0.0.0", dependencies, scripts }));
  }
  await start("git", ["init", "-q"]);
  await start("git", ["add", "-A"]);
  await start("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "all"]);
});
afterAll(() => rm(workspace, { recursive: true, force: true }));

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(workspace, file)), { recursive: true });
  await writeFile(join(workspace, file), content);
}

async function start(
  command: string,
  args: readonly string[],
  env = {},
): Promise<{ exit: number | null; output: string }> {
  const { CI: _ci, TEST_NODE: _node, VITEST: _vitest, ...inherited } = process.env;
  const child = spawn(command, args, {
    cwd: workspace,
    env: {
      ...inherited,
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"]}`,
      NO_COLOR: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((settle) => child.once("close", settle));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exit: await ended, output: stdout + stderr };
}

/** Runs the tests, and returns the packages that were tested and those that were not. */
async function runTests(): Promise<{
  exit: number | null;
  tested: readonly string[];
  known: readonly string[];
  output: string;
}> {
  const { exit, output } = await start(process.execPath, [RUN]);
  const folders = (pattern: RegExp): string[] =>
    [...output.matchAll(pattern)].map(([, folder = ""]) => folder).toSorted();
  return {
    exit,
    output,
    tested: folders(/^[✓✗] (\S+) +\d+ (?:passed|failed).* in \d+ s$/gm),
    known: folders(/^✓ (\S+) +unchanged since it passed$/gm),
  };
}

const ALL = Object.keys(DEPENDENCIES).toSorted();

test("a package is tested again if it, a dependency, or a page that it reads has changed", async () => {
  const first = await runTests();
  expect(first, first.output).toMatchObject({ exit: 0, tested: ALL, known: [] });
  expect(first.output).toContain("4 of 4 packages are tested: about five and a half minutes");
  expect(await runTests()).toMatchObject({ exit: 0, tested: [], known: ALL });

  await write("packages/lib/src/one.js", "export const one = 2;\n");
  await write("README.md", "Another page.\n");
  const changed = await runTests();
  expect(changed).toMatchObject({ exit: 0, known: ["packages/other"] });
  expect(changed.tested).toEqual(["packages/app", "packages/lib", "tooling/docs"]);
  expect(changed.output).toMatch(/3 of 4 packages are tested: about \d+ s, as before\./);
});

test("a package that failed is tested again, the others are not", async () => {
  await write(
    "packages/other/test/other.test.ts",
    `import { test } from "vitest"; test("fails", () => { throw new Error("no"); });\n`,
  );
  const failed = await runTests();
  expect(failed.exit).toBe(1);
  expect(failed.output).toMatch(/^✗ packages\/other +0 passed, 1 failed in \d+ s$/m);
  expect(failed.output).toContain("Error: no");
  const again = await runTests();
  expect(again.exit).toBe(1);
  expect(again.tested).toEqual(["packages/other"]);
});

test("CI tests everything, and its report counts every test", async () => {
  const { exit, output } = await start(process.execPath, [RUN], { CI: "true" });
  expect(exit).toBe(1);
  expect(output).toMatch(/^✓ packages\/lib +1 passed in \d+ s$/m);
  const report = JSON.parse(await readFile(join(workspace, ".output/tests.json"), "utf8")) as object;
  expect(report).toMatchObject({ numPassedTests: 3, numFailedTests: 1 });
});

test("a package's own script does not pretend that its tests ran", async () => {
  const script = join(ROOT, "tooling/build/src/tests/tested.ts");
  const { exit, output } = await start(process.execPath, [script], { TURBO_HASH: "never-passed" });
  expect([exit, output]).toEqual([1, "Run the tests from the root: npm test\n"]);
});
