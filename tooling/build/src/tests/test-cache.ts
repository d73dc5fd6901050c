import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** A package and the hash of all that the result of its tests depends on. */
export interface TestTask {
  readonly name: string;
  /** `packages/core` */
  readonly folder: string;
  readonly hash: string;
  /** True if the tests passed before with the same hash. */
  readonly isKnown: boolean;
}

/** The hashes whose tests have just passed. `tokenflow-tested` lets turbo store those and no others. */
export const PASSED = ".output/passed.json";

const TURBO = "node_modules/turbo/bin/turbo";

type Environment = Readonly<Record<string, string | undefined>>;

/** Asks turbo which packages passed before. Returns `undefined` if it cannot say: then all are tested. */
export function readTestTasks(env: Environment): readonly TestTask[] | undefined {
  const { status, stdout } = turbo(["--dry=json"], env);
  if (status !== 0) return undefined;
  const { tasks } = JSON.parse(stdout) as { readonly tasks: readonly DryTask[] };
  return tasks
    .filter(({ task, command }) => task === "test" && command !== "<NONEXISTENT>")
    .map(({ package: name, directory: folder, hash, cache }) => ({
      name,
      folder: folder.replaceAll("\\", "/"),
      hash,
      isKnown: cache.status === "HIT",
    }));
}

/** The part of turbo's plan that is read here. */
interface DryTask {
  readonly task: string;
  readonly package: string;
  readonly directory: string;
  readonly hash: string;
  readonly command: string;
  readonly cache: { readonly status: "HIT" | "MISS" };
}

/** Lets turbo remember tasks that have passed. One whose files have changed meanwhile is not remembered. */
export function rememberPassed(tasks: readonly TestTask[], env: Environment): void {
  if (tasks.length === 0) return;
  mkdirSync(dirname(PASSED), { recursive: true });
  writeFileSync(PASSED, JSON.stringify(tasks.map(({ hash }) => hash)));
  turbo([...tasks.map(({ name }) => `--filter=${name}`), "--continue", "--output-logs=none"], env);
}

function turbo(
  args: readonly string[],
  env: Environment,
): { readonly status: number | null; readonly stdout: string } {
  return spawnSync(process.execPath, [TURBO, "run", "test", ...args], {
    env: { ...env, TURBO_TELEMETRY_DISABLED: "1" },
    encoding: "utf8",
    maxBuffer: Number.POSITIVE_INFINITY,
  });
}
