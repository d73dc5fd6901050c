import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Figure } from "./result.ts";

export interface Command {
  readonly name: string;
  readonly line: string;
}

export interface HyperfineOptions {
  /** Where its report may lie. */
  readonly folder: string;
  readonly runs: number;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** The wall time of each command in milliseconds, by name. Starts them without a shell. */
export async function hyperfine(
  commands: readonly Command[],
  { folder, runs, env = process.env }: HyperfineOptions,
): Promise<ReadonlyMap<string, Figure>> {
  const report = join(folder, "hyperfine.json");
  const flags = ["-N", "--style", "none", "--warmup", "3", "--runs", String(runs), "--export-json", report];
  await promisify(execFile)("hyperfine", [...flags, ...commands.map(({ line }) => line)], { env });
  const { results } = JSON.parse(await readFile(report, "utf8")) as {
    readonly results: readonly { readonly median: number; readonly min: number; readonly max: number }[];
  };
  return new Map(
    results.map(({ median, min, max }, index) => [
      commands[index]?.name ?? "",
      { median: median * 1000, least: min * 1000, most: max * 1000 },
    ]),
  );
}
