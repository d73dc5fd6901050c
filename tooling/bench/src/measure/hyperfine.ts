import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Figure } from "./figure.ts";
import { inRounds } from "./in-rounds.ts";

export interface Command {
  readonly name: string;
  readonly line: string;
  /** @default that of the options */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

export interface HyperfineOptions {
  readonly folder: string;
  readonly rounds: number;
  /** How often a command is started in each round. The round counts their median. */
  readonly runs: number;
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** Returns the wall time of each command in milliseconds, by name. Starts them without a shell; only the first round is cold. */
export async function hyperfine(
  commands: readonly Command[],
  { folder, rounds, runs, env = process.env }: HyperfineOptions,
): Promise<ReadonlyMap<string, Figure>> {
  const byName = new Map(commands.map((command) => [command.name, command]));
  const report = join(folder, "hyperfine.json");
  const flags = ["-N", "--style", "none", "--runs", String(runs), "--export-json", report];
  const figures = await inRounds(rounds, [...byName.keys()], async (name) => {
    const { line = "", env: own = env } = byName.get(name) ?? {};
    await promisify(execFile)("hyperfine", [...flags, line], { env: own });
    const { results } = JSON.parse(await readFile(report, "utf8")) as {
      readonly results: readonly { readonly median: number }[];
    };
    return results.map(({ median }) => median * 1000);
  });
  return new Map(Object.entries(figures).flatMap(([name, of]) => (of?.[0] ? [[name, of[0]]] : [])));
}
