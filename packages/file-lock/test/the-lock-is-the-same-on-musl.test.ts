import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { readImports } from "./read-imports.ts";

const BUILDS = join(
  dirname(
    createRequire(import.meta.resolve("@tokenflow/file-lock")).resolve("fs-native-extensions/package.json"),
  ),
  "prebuilds",
);

/** Functions of libc that musl has by the same name and with the same arguments. */
const IN_MUSL = new Set([
  "__cxa_finalize",
  "__errno_location",
  "fallocate",
  "fcntl",
  "fgetxattr",
  "flistxattr",
  "free",
  "fremovexattr",
  "fsetxattr",
  "malloc",
  "memcpy",
  "memmove",
  "realloc",
  "strdup",
  "strlen",
  "syscall",
]);

test.each(["linux-x64", "linux-arm64"])("musl can load the build for %s", async (system) => {
  const build = await readFile(join(BUILDS, system, "fs-native-extensions.node"));
  const { libraries, symbols } = readImports(build);
  // musl takes this name for its own.
  expect(libraries).toEqual(["libc.so.6"]);
  expect(symbols).toContain("fcntl");
  expect(symbols.filter((name) => !/^(?:napi|uv)_/.test(name) && !IN_MUSL.has(name))).toEqual([]);
});

test("every system that the documentation names has a build", async () => {
  const systems = ["darwin", "linux", "win32"].flatMap((os) => [`${os}-arm64`, `${os}-x64`]);
  expect(await readdir(BUILDS)).toEqual(expect.arrayContaining(systems));
});

test.runIf(process.platform === "linux")("a system that says it is Alpine has locks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-lock-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const alpine = `import fs from "node:fs";
    const { existsSync } = fs;
    fs.existsSync = (path) => path === "/etc/alpine-release" || existsSync(path);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--conditions=@tokenflow/source",
    `--import=data:text/javascript,${encodeURIComponent(alpine)}`,
    join(import.meta.dirname, "hold-lock.ts"),
    join(folder, "locks"),
    "release",
  ]);
  expect(stdout).toBe("held\n");
});
