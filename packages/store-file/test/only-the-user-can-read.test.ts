import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { startChild } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

describe.skipIf(process.platform === "win32")("under a umask that forbids nothing", () => {
  test("no file was wider than 0600 at any moment of its life, and the folder never wider than 0700", async () => {
    const folder = await temporaryFolder();
    const child = startChild(join(import.meta.dirname, "write-watched.ts"), folder, "40");
    const wide: string[] = [];
    const looked = child.line("looked");
    const ended = new AbortController();
    const end = (): void => ended.abort();
    looked.then(end, end);
    void child.line("wide").then(
      (path) => wide.push(path),
      () => undefined,
    );

    // The writer looks between its own calls; we look at any moment.
    while (!ended.signal.aborted) {
      const names = await readdir(folder).catch(() => []);
      for (const path of [folder, ...names.map((name) => join(folder, name))]) {
        const mode = await lstat(path).then(
          (state) => state.mode & 0o777,
          () => 0o700,
        );
        if (mode & 0o077) wide.push(`${path} ${mode.toString(8)}`);
      }
    }
    const [looks, seen] = (await looked).split(" ").map(Number);
    expect(await child.ended()).toBe(0);
    expect(wide).toEqual([]);
    expect(looks).toBeGreaterThan(1000);
    expect(seen).toBeGreaterThan(1000);
    expect((await lstat(folder)).mode & 0o777).toBe(0o700);
  });
});

test("parent folders that are created are the user's alone too", async () => {
  const folder = join(await temporaryFolder(), "a", "b");
  await createFileStore({ folder }).set("copilot/default", "secret");
  for (const path of [join(folder, ".."), folder]) expect((await lstat(path)).mode & 0o077).toBe(0);
});
