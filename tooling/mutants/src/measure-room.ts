import { mkdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Stryker } from "@stryker-mutator/core";
import type { Room } from "./rooms.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** A change that no test noticed. */
export interface Survivor {
  /** From the root of the checkout. */
  readonly file: string;
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/** The result of one room. */
export interface Measured {
  readonly date: string;
  /** Changes that a test noticed, or that end in a loop which never does. */
  readonly killed: number;
  /** All changes but those that are made only while a module is loaded. */
  readonly total: number;
  readonly survivors: readonly Survivor[];
}

/** Changes the sources of a room, one place at a time, and runs the tests that reach it. */
export async function measureRoom(room: Room): Promise<Measured> {
  const output = join(ROOT, ".output/mutants");
  await mkdir(output, { recursive: true });
  process.env["TOKENFLOW_TESTS"] = room.tests.join(" ");
  process.env["TOKENFLOW_TEST_TIMEOUT"] = String(room.timeout);
  const folder = join(ROOT, room.folder);
  process.chdir(folder);
  const results = await new Stryker({
    testRunner: "vitest",
    plugins: [fileURLToPath(import.meta.resolve("@stryker-mutator/vitest-runner"))],
    vitest: { configFile: join(import.meta.dirname, "../room.config.ts") },
    mutate: [...room.sources],
    coverageAnalysis: "perTest",
    // A module's own constants would need all of its tests for each change.
    ignoreStatic: true,
    concurrency: 1,
    incremental: true,
    incrementalFile: join(output, `${room.name.replaceAll(/\W+/g, "-")}.json`),
    tempDirName: join(output, "copies"),
    reporters: ["progress-append-only"],
    disableTypeChecks: false,
    // On a busy machine nothing else may look like a loop.
    timeoutMS: 120_000,
  }).runMutationTest();

  const counted = results.filter(({ status }) => status !== "Ignored");
  const isKilled = (status: string): boolean => ["Killed", "Timeout", "RuntimeError"].includes(status);
  const survivors = counted.filter(({ status }) => !isKilled(status));
  return {
    date: new Date().toISOString().slice(0, 10),
    killed: counted.length - survivors.length,
    total: counted.length,
    survivors: await Promise.all(
      survivors.map(async ({ fileName, location: { start, end }, replacement }) => {
        const lines = (await readFile(fileName, "utf8")).split("\n").slice(start.line - 1, end.line);
        const before = lines
          .join("\n")
          .slice(start.column - 1, -((lines.at(-1)?.length ?? 0) - end.column + 1) || undefined);
        return { file: relative(ROOT, fileName), line: start.line, before, after: replacement };
      }),
    ),
  };
}
