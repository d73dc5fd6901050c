import { execFileSync } from "node:child_process";
import { lstat, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let config = "";
let env: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  sandbox = await openSandbox();
  // Not the sandbox's own folder, whose files are read after each command.
  env = { TOKENFLOW_HOME: join(sandbox.home, "settings") };
  config = join(env["TOKENFLOW_HOME"] ?? "", "config.json");
  await mkdir(join(sandbox.home, "settings"), { mode: 0o700 });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

/** Things that are no regular file, each with the sentence about it. */
const OTHERS: readonly (readonly [what: string, make: (path: string) => unknown, sentence: RegExp])[] = [
  [
    "a named pipe",
    (path) => execFileSync("sh", ["-c", 'mkfifo "$0"', path]),
    /is not a regular file\. Move it away, or name another\.$/,
  ],
  [
    "a link to a device",
    (path) => symlink("/dev/zero", path),
    /is not a regular file\. Move it away, or name another\.$/,
  ],
  ["a folder", (path) => mkdir(path), /is not a regular file\. Move it away, or name another\.$/],
  ["2 MiB", (path) => writeFile(path, " ".repeat(2 ** 21)), /has more than 1 MiB\. Name a shorter one\.$/],
  [
    "200,000 nested lists",
    (path) => writeFile(path, `{"x":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
    /is nested too deeply/,
  ],
  ["200,000 brackets alone", (path) => writeFile(path, "[".repeat(200_000)), /is nested too deeply/],
];

test.skipIf(process.platform === "win32").each(OTHERS)(
  "%s is one sentence, in both programs",
  async (_, make, sentence) => {
    try {
      await make(config);
      for (const args of [["status"], ["token", "copilot"], ["config", "set", "store", "file"]]) {
        const { exit, stderr } = await sandbox.run(args, env);
        expect([exit, stderr.trim()], args.join(" ")).toEqual([2, expect.stringMatching(sentence)]);
      }
      const proxy = await sandbox.startProxy(["--config", config]).ended;
      expect([proxy.exit, proxy.stderr.trim()]).toEqual([2, expect.stringMatching(sentence)]);
    } finally {
      await rm(config, { recursive: true, force: true });
    }
  },
);

test("a byte order mark is not part of the settings", async () => {
  await writeFile(config, '\uFEFF{ "store": "file", "x": 1 }', { mode: 0o600 });
  const { exit, stderr } = await sandbox.run(["config"], env);
  expect([exit, stderr]).toEqual([0, expect.stringContaining('config.json:1:20: unknown setting "x"')]);
  const proxy = join(sandbox.home, "proxy.json");
  await writeFile(proxy, '\uFEFF{ "prot": 1 }');
  const ended = await sandbox.startProxy(["--config", proxy]).ended;
  expect(ended.stderr).toContain('proxy.json:1:3: unknown setting "prot"; did you mean port?');
  await rm(config);
});

test.skipIf(process.platform === "win32")(
  "a link to the settings stays, and the file behind it changes",
  async () => {
    const dotfiles = join(sandbox.home, "dotfiles");
    await mkdir(dotfiles);
    const target = join(dotfiles, "tokenflow.json");
    await writeFile(target, '{ "mine": true }');
    await symlink("../dotfiles/tokenflow.json", config);
    expect((await sandbox.run(["config", "set", "store", "file"], env)).exit).toBe(0);
    expect((await lstat(config)).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(target, "utf8"))).toMatchObject({ store: "file", mine: true });

    // A link to nothing yet.
    await rm(target);
    expect((await sandbox.run(["config", "set", "store", "file"], env)).exit).toBe(0);
    expect((await lstat(config)).isSymbolicLink()).toBe(true);
    expect(JSON.parse(await readFile(target, "utf8"))).toMatchObject({ store: "file" });
    await rm(config);
  },
);
