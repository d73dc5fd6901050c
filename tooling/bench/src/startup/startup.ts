import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { importSession } from "@tokenflow/core";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import { hasServices } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";
import { type Figure, ratioOf } from "../measure/figure.ts";
import { type Command, hyperfine } from "../measure/hyperfine.ts";
import type { Area, Goal, Row } from "../measure/result.ts";

const CLI = join(import.meta.dirname, "../../../../apps/cli/dist/bin.cjs");
const run = promisify(execFile);

/** How long a person or a script waits for the CLI, by hyperfine. */
export const startup: Area = {
  id: "startup",
  title: "The CLI's start",
  async run({ quick, folder, say }) {
    if (!hasServices("hyperfine")) {
      say("no hyperfine: apt-get install hyperfine");
      return { tables: [], goals: [] };
    }
    await using simulator = await startSimulator();
    const home = join(folder, "home");
    const env = {
      ...process.env,
      ...simulator.env,
      TOKENFLOW_HOME: home,
      HOME: folder,
      GH_TOKEN: "gho_bench",
    };
    const store = createFileStore({ folder: home });
    const provider = createCopilotProvider();
    await importSession({ provider, store, grant: createCopilotGrant(simulator.createGrant("github")) });
    const cli = `${process.execPath} ${CLI}`;
    // The first use redeems; from then on the token is at hand.
    await run(process.execPath, [CLI, "token", "copilot"], { env });

    const bare = { name: "node -e 0", line: `${process.execPath} -e 0` };
    const version = { name: "tokenflow --version", line: `${cli} --version` };
    const token = { name: "tokenflow token, at hand", line: `${cli} token copilot` };
    const forced = { name: "tokenflow token, redeemed", line: `${cli} token copilot --force-refresh` };
    const gh = hasServices("gh") ? [{ name: "gh auth token", line: "gh auth token" }] : [];
    const commands: readonly Command[] = [bare, version, token, forced, ...gh];
    say(commands.map(({ name }) => name).join(" · "));
    const figures = await hyperfine(commands, {
      folder,
      env,
      rounds: quick ? 1 : 21,
      runs: 2,
    });

    const toBare = (name: string): Figure | undefined => ratioOf(figures.get(name), figures.get(bare.name));
    const rows = commands.map(
      ({ name }): Row => ({
        name,
        cells: [figures.get(name), toBare(name)],
        kind: name.startsWith("tokenflow") ? "ours" : name === bare.name ? "floor" : undefined,
      }),
    );
    const goalOf = ({ name }: Command): Goal => ({
      says: `${name}, to bare Node`,
      measured: toBare(name),
      bound: 1.3,
      side: "at most",
      unit: "×",
    });
    return {
      tables: [
        {
          title: "From the shell and back",
          about:
            "By hyperfine, which starts each command itself, without a shell, twice in each round. The session lies in the file store; `redeemed` asks the service on loopback for a new token. `gh` is no Node program; it prints a token that it is given.",
          columns: [
            { title: "wall time", unit: "ms" },
            { title: "to bare Node", unit: "×" },
          ],
          rows,
        },
      ],
      goals: [goalOf(version), goalOf(token)],
    };
  },
};
