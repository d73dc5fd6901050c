import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { copilotOptionsFromEnv } from "@tokenflow/provider-copilot";
import { isLive } from "@tokenflow/services";
import { describe, expect, test } from "vitest";
import { checkAssumptions } from "./live/assumptions.ts";
import { runLive } from "./live/run-live.ts";

// Asks GitHub itself, so it needs network and a person with a Copilot plan. docs/live.md tells how to run it.
const live = isLive("copilot", "GitHub Copilot");

const CODE_LIFETIME = 16 * 60_000;
/** The tests of the simulator replay what is here. */
const RECORDING = resolve(import.meta.dirname, "../../../tooling/simulator/recordings/copilot.json");

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe.skipIf(!live)("GitHub Copilot itself", () => {
  test("still answers as recorded, and answers what is open", { timeout: CODE_LIFETIME }, async () => {
    const { env } = process;
    const provider = copilotOptionsFromEnv(env);
    const changed = await checkAssumptions({
      provider,
      onUserCode: ({ verificationUri, userCode }) => say(`Open ${verificationUri} and enter ${userCode}`),
      use: async (grant) => {
        const recording = await runLive({
          provider,
          githubApiUrl: provider.githubApiUrl ?? "https://api.github.com",
          githubToken: String(grant["githubToken"]),
          ownToken: env["TOKENFLOW_LIVE_OWN_TOKEN"] || undefined,
          isSimulated: false,
          print: say,
        });
        await mkdir(resolve(RECORDING, ".."), { recursive: true });
        await writeFile(RECORDING, `${JSON.stringify(recording, undefined, 1)}\n`);
        say(`Recorded without secrets: ${RECORDING}`);
      },
    });
    expect(changed).toEqual([]);
  });
});
