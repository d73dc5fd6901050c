import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasServices } from "@tokenflow/services";
import { type Figure, ratioOf } from "../measure/figure.ts";
import { type Command, hyperfine } from "../measure/hyperfine.ts";
import { inRounds } from "../measure/in-rounds.ts";
import type { Area, Row, Tools } from "../measure/result.ts";
import { measureJson } from "../proxy/measure.ts";
import { startUpstream } from "../proxy/processes.ts";
import { oursOf } from "../proxy/subjects.ts";
import { startTurns } from "../proxy/turns.ts";
import { openHome } from "../startup/home.ts";
import { HERE, type Version, versionOf } from "./version.ts";

const CALLERS = 16;

/** Measures this checkout beside another commit of the project. */
export const against: Area = {
  title: "Against the version before",
  async run(tools) {
    const missing = !hasServices("hyperfine", "wrk", "taskset") || availableParallelism() < 2;
    if (tools.against === undefined || missing) return { tables: [], goals: [] };
    tools.say(`install and build ${tools.against}`);
    const before = await versionOf(tools.against);
    const figures = new Map([
      ...(await calls(before, tools)),
      ...(await commands(before, tools)),
      ...(await answers(before, tools)),
    ]);
    const row = ([name, [now, then]]: [string, Pair]): Row => [name, now, then, ratioOf(now, then)];
    return {
      tables: [
        {
          about: `The same work with this checkout and with commit \`${tools.against}\`, in turns.`,
          columns: ["here [unit of the row]", "before [unit of the row]", "here to before [×]"],
          rows: [...figures].map(row),
        },
      ],
      goals: [],
    };
  },
};

/** The figures of this checkout, and of the version before. */
type Pair = readonly [here: Figure | undefined, before: Figure | undefined];

async function calls(before: Version, { quick, say }: Tools): Promise<ReadonlyMap<string, Pair>> {
  say("calls");
  const folders = [HERE.folder, before.folder];
  const program = join(import.meta.dirname, "ask.ts");
  const figures = await inRounds(quick ? 1 : 15, folders, async (folder) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, folder]);
    return JSON.parse(stdout) as number[];
  });
  const pair = (column: number): Pair => [figures[HERE.folder]?.[column], figures[before.folder]?.[column]];
  return new Map([
    ["peek() [ns]", pair(0)],
    ["getToken() [ns]", pair(1)],
  ]);
}

async function commands(before: Version, { quick, folder, say }: Tools): Promise<ReadonlyMap<string, Pair>> {
  say("commands");
  await using home = await openHome(folder);
  const kinds = {
    "tokenflow --version [ms]": "--version",
    "tokenflow token, cached [ms]": "token copilot",
    "tokenflow token, redeemed [ms]": "token copilot --force-refresh",
  };
  const name = (version: Version, kind: string): string => `${version.name} ${kind}`;
  const line = ({ folder: of }: Version): string =>
    `${process.execPath} ${join(of, "apps/cli/dist/bin.cjs")}`;
  const lines: readonly Command[] = Object.entries(kinds).flatMap(([kind, args]) =>
    [HERE, before].map((version) => ({ name: name(version, kind), line: `${line(version)} ${args}` })),
  );
  const figures = await hyperfine(lines, { folder, env: home.env, rounds: quick ? 1 : 15, runs: 2 });
  return new Map(
    Object.keys(kinds).map((kind) => [
      kind,
      [figures.get(name(HERE, kind)), figures.get(name(before, kind))] as const,
    ]),
  );
}

async function answers(before: Version, tools: Tools): Promise<ReadonlyMap<string, Pair>> {
  await using upstream = await startUpstream();
  const subjects = [HERE, before].map((version) =>
    oursOf(upstream.url, tools.folder, version.name, {
      program: join(version.folder, "apps/proxy/dist/bin.js"),
    }),
  );
  await using turns = await startTurns(subjects, tools);
  await measureJson(turns, [CALLERS], tools);
  const pair = (metric: string): Pair => [turns.read(HERE.name, metric), turns.read(before.name, metric)];
  return new Map([
    [`proxy, processor time of an answer at ${CALLERS} callers [µs]`, pair(`json${CALLERS}.work`)],
    [`proxy, answers at ${CALLERS} callers [req/s]`, pair(`json${CALLERS}.rate`)],
    ["proxy, start to its first answer [ms]", pair("start.up")],
  ]);
}
