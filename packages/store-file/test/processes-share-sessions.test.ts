import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Child, startChild } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";
import { isWholeRecord } from "./whole-record.ts";

const KEY = "copilot/default";

/** Of the kills in a loop; a longer run is asked for by the environment. */
const DURATION = Number(process.env["TOKENFLOW_STRESS_SECONDS"] ?? 3) * 1000;

test("32 writers in 8 processes lose no change that replace said was made", async () => {
  const folder = await temporaryFolder();
  const children = Array.from({ length: 8 }, () =>
    startChild(join(import.meta.dirname, "count-up.ts"), folder, KEY, "3"),
  );
  for (const child of children) expect(await child.ended()).toBe(0);
  expect(await createFileStore({ folder }).get(KEY)).toBe(String(32 * 3));
});

test(
  "a reader always sees one complete record, while 32 writers are killed in a loop",
  async () => {
    const folder = await temporaryFolder();
    const store = createFileStore({ folder });
    const start = (): Child => startChild(join(import.meta.dirname, "write-without-end.ts"), folder, KEY);
    const writers = Array.from({ length: 4 }, start);
    onTestFinished(async () => {
      for (const writer of writers) await writer.kill();
    });

    const end = performance.now() + DURATION;
    let kills = 0;
    let reads = 0;
    while (performance.now() < end) {
      const index = kills % writers.length;
      const pid = String(writers[index]?.pid);
      // Killed a random number of reads after its first record is seen, which is a random moment of a write.
      for (let left = 1 + Math.random() * 10; left > 0; ) {
        const record: unknown = await store.get(KEY);
        reads += 1;
        // Nothing is there before the very first write.
        if (record === undefined && kills === 0) continue;
        if (!isWholeRecord(record)) throw new Error(`Not one whole record after ${kills} kills`);
        if (record.startsWith(`${pid} `)) left -= 1;
      }
      await writers[index]?.kill();
      writers[index] = start();
      kills += 1;
    }
    for (const writer of writers) await writer.kill();
    expect(kills).toBeGreaterThan(0);
    expect(reads).toBeGreaterThan(kills);
    if (process.env["TOKENFLOW_STRESS_SECONDS"] !== undefined)
      process.stderr.write(`${kills} kills, ${reads} reads\n`);

    // The files of dead writers block nobody, and the next write removes them.
    await store.set(KEY, "alive");
    expect(await store.get(KEY)).toBe("alive");
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  },
  DURATION + 60_000,
);
