import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { type Figure, ratioOf } from "../measure/figure.ts";
import { type Command, hyperfine } from "../measure/hyperfine.ts";
import { type Area, atMost } from "../measure/result.ts";
import { openHome } from "./home.ts";

const CLI = join(import.meta.dirname, "../../../../apps/cli/dist/bin.cjs");

/** The request of a redemption, and the print of its token. */
const FETCH =
  "fetch(process.env.TOKENFLOW_GITHUB_API_URL + '/copilot_internal/v2/token', { headers: { authorization: 'token ' + process.env.BENCH_GRANT } }).then((answer) => answer.json()).then(({ token }) => console.log(token))";

/** Measures how long a person or a script waits for the CLI, with hyperfine. */
export const startup: Area = {
  title: "The CLI's start",
  async run({ quick, folder, say }) {
    if (!hasServices("hyperfine")) return { tables: [], goals: [] };
    await using home = await openHome(folder);
    const cli = `${process.execPath} ${CLI}`;
    const bare = { name: "node -e 0", line: `${process.execPath} -e 0` };
    const version = { name: "tokenflow --version", line: `${cli} --version` };
    const token = { name: "tokenflow token, cached", line: `${cli} token copilot`, env: home.fresh };
    const header = {
      name: "tokenflow token --format header, cached",
      line: `${cli} token copilot --format header`,
      env: home.fresh,
    };
    const question = join(folder, "question");
    await writeFile(question, "protocol=https\nhost=api.individual.githubcopilot.com\n\n");
    const asked = (line: string): string => `sh -c 'exec ${line} < ${question}'`;
    const bareAsked = { name: "node -e 0, started by sh", line: asked(`${process.execPath} -e 0`) };
    const helper = {
      name: "tokenflow token --format git, cached, started by sh",
      line: asked(`${cli} token copilot --format git get`),
      env: home.fresh,
    };
    const fetched = { name: "node -e fetch(…)", line: `${process.execPath} -e "${FETCH}"` };
    const forced = { name: "tokenflow token, redeemed", line: `${cli} token copilot --force-refresh` };
    const gh = hasServices("gh") ? [{ name: "gh auth token", line: "gh auth token" }] : [];
    const commands: readonly Command[] = [
      bare,
      version,
      token,
      header,
      bareAsked,
      helper,
      fetched,
      forced,
      ...gh,
    ];
    say(commands.map(({ name }) => name).join(" · "));
    const figures = await hyperfine(commands, { folder, env: home.env, rounds: quick ? 1 : 21, runs: 5 });

    const toBare = (command: Command): Figure | undefined =>
      ratioOf(figures.get(command.name), figures.get((command === helper ? bareAsked : bare).name));
    return {
      tables: [
        {
          about:
            "Each command is started by hyperfine, five times in each round. The session is in the file store, and that of the cached rows is one of github.com; the two that `sh` starts have git's question on stdin, and are compared with each other; `redeemed` asks the service on loopback; `fetch` is the same request and nothing else. `gh` is no Node program.",
          columns: ["wall time [ms]", "to bare Node [×]"],
          rows: commands.map((command) => [command.name, figures.get(command.name), toBare(command)]),
        },
      ],
      goals: [
        ...[version, token, header, helper].map((command) =>
          atMost(`${command.name}, to bare Node`, toBare(command), 1.3, "×"),
        ),
        atMost(
          `${forced.name}, to ${fetched.name}`,
          ratioOf(figures.get(forced.name), figures.get(fetched.name)),
          1.15,
          "×",
        ),
      ],
    };
  },
};
