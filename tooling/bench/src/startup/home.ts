import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { importSession, Token } from "@tokenflow/core";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import { startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";

const CLI = join(import.meta.dirname, "../../../../apps/cli/dist/bin.cjs");

/** A home of the CLI with one session, whose token was redeemed. */
export interface Home extends AsyncDisposable {
  /** For the commands, and `BENCH_GRANT` for a program that redeems by itself. */
  readonly env: NodeJS.ProcessEnv;
  /** For commands that send nothing: a session of github.com as people have it, with a fresh token. */
  readonly fresh: NodeJS.ProcessEnv;
}

export async function openHome(folder: string): Promise<Home> {
  const simulator = await startSimulator();
  const home = join(folder, "home");
  const secret = simulator.createGrant("github");
  const env = {
    ...process.env,
    ...simulator.env,
    TOKENFLOW_HOME: home,
    HOME: folder,
    GH_TOKEN: "gho_bench",
    BENCH_GRANT: secret,
  };
  const store = createFileStore({ folder: home });
  const grant = createCopilotGrant(secret);
  await importSession({ provider: createCopilotProvider(), store, grant });
  await promisify(execFile)(process.execPath, [CLI, "token", "copilot"], { env });
  const fresh = { ...process.env, TOKENFLOW_HOME: join(folder, "fresh"), HOME: folder };
  const issuedAt = Date.now();
  await importSession({
    provider: createCopilotProvider(),
    store: createFileStore({ folder: fresh.TOKENFLOW_HOME }),
    grant: createCopilotGrant("ghu_bench"),
    token: new Token({
      accessToken: "tid=bench;exp=1",
      issuedAt,
      expiresAt: issuedAt + 1_800_000,
      details: { host: "github.com", endpoints: { api: "https://api.individual.githubcopilot.com" } },
    }),
  });
  return { env, fresh, [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose]() };
}
