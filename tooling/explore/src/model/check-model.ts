import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createFolder } from "@tokenflow/services";

const MODEL = fileURLToPath(new URL("../../model/refresh.pml", import.meta.url));
const SERVICES = ["strict", "forgiving", "keep"] as const;
const LOCKS = ["kernel", "lease"] as const;
const TOKENS = ["dead", "due"] as const;

/** One kind of service and of lock, and the state of the token at the start. */
export interface ModelCase {
  readonly service: (typeof SERVICES)[number];
  readonly lock: (typeof LOCKS)[number];
  readonly token: (typeof TOKENS)[number];
}

/** Every kind of service, with every kind of lock, for a token that has run out and one that may do so at any moment. */
export const MODEL_CASES: readonly ModelCase[] = LOCKS.flatMap((lock) =>
  SERVICES.flatMap((service) => TOKENS.map((token) => ({ service, lock, token }))),
);

export interface CheckedModel {
  /** States of three processes, all of them. */
  readonly states: number;
  readonly seconds: number;
  /** What Spin says is wrong. */
  readonly errors: readonly string[];
}

/**
 * Explores every state of the model, in which three processes refresh one session.
 * @param model the file of a changed model
 * @throws if the checker fails, or is not done after `timeout` milliseconds
 */
export async function checkModel(
  modelCase: ModelCase,
  timeout: number,
  model: string = MODEL,
): Promise<CheckedModel> {
  await using folder = await createFolder();
  const run = (command: string, args: readonly string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      cwd: folder.path,
      encoding: "utf8",
      timeout,
    });
    if (error || status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`);
    return stdout;
  };
  run("spin", ["-a", ...definitions(modelCase), model]);
  run("gcc", ["-O2", "-DSAFETY", "-DCOLLAPSE", "-w", "-o", "pan", "pan.c"]);
  const began = performance.now();
  const told = run(`${folder.path}/pan`, ["-m500000"]);
  const [, states = ""] = /([\d.e+]+) states, stored/.exec(told) ?? [];
  const wrong = told
    .split("\n")
    .filter((line) => /^pan:\d|max search depth too small|Search not completed/.test(line));
  const isClean = /errors: 0\b/.test(told) && states !== "";
  return {
    states: Number(states),
    seconds: (performance.now() - began) / 1000,
    errors: isClean ? wrong : [...wrong, "Spin found an error"],
  };
}

/** Returns the output of one random run of the model. */
export function simulateModel(modelCase: ModelCase, seed: number): string {
  const args = ["-T", `-n${seed}`, "-u3000", "-DTRACE", ...definitions(modelCase), MODEL];
  const { stdout, error } = spawnSync("spin", args, { encoding: "utf8", cwd: "/tmp" });
  if (error) throw error;
  return stdout;
}

/** Two crashes under a kernel lock. Under a lease, which can lapse besides, one is as many states as fit. */
function definitions({ service, lock, token }: ModelCase): string[] {
  return [
    `-DSERVICE=${SERVICES.indexOf(service)}`,
    `-DLEASE=${LOCKS.indexOf(lock)}`,
    `-DDUE=${TOKENS.indexOf(token)}`,
    ...(lock === "lease" ? ["-DMAX_CRASHES=1"] : []),
  ];
}
