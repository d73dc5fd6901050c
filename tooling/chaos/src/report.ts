import { availableParallelism } from "node:os";
import type { Table } from "./scenarios/crash-matrix.ts";
import type { FilledDiskResult } from "./scenarios/filled-disk.ts";
import type { RaceOptions, RaceResult } from "./scenarios/race.ts";
import type { StoppedHolderResult } from "./scenarios/stopped-holder.ts";
import { SERVER_KINDS } from "./servers/servers.ts";

/** Collects the results as a part of a Markdown page, and prints them as they arrive. */
export interface Report {
  readonly problems: readonly string[];
  race(name: string, options: RaceOptions, result: RaceResult): void;
  stopped(stopFor: number, result: StoppedHolderResult): void;
  filled(how: string, fullFor: number, result: FilledDiskResult): void;
  /** Adds one sentence about a scenario of another kind. */
  tell(name: string, sentence: string, found: readonly string[]): void;
  /** Compares the table of each server with the expected one. */
  table<Step extends string>(
    name: string,
    results: ReadonlyMap<string, Table<Step>>,
    expected: Table<Step>,
  ): void;
  text(): string;
}

const RACES_HEAD =
  "| server | processes | duration | redemptions | tokens served | kills | forgiven | losses | longest wait | problems |\n" +
  "|---|---|---|---|---|---|---|---|---|---|";

export function createReport(now: Date = new Date()): Report {
  const problems: string[] = [];
  const races: string[] = [];
  const troubles: string[] = [];
  const tables: string[] = [];

  const add = (where: string[], line: string, name: string, found: readonly string[]): void => {
    where.push(line);
    console.log(line);
    for (const problem of found) {
      problems.push(`${name}: ${problem}`);
      console.error(`  ${problem}`);
    }
  };

  return {
    problems,
    race(name, { processes, duration, killEvery }, result) {
      const { served, redemptions, forgiven, kills, losses, longest } = result;
      const moments = losses.map(({ moment }) => moment);
      const early = moments.filter((moment) => moment === "before the rotation").length;
      const lost = losses.length === 0 ? "0" : `${losses.length} (${early} + ${losses.length - early})`;
      const title = `${name}${killEvery === undefined ? "" : ", with kills"}`;
      const cells = [
        title,
        processes,
        `${duration / 1000} s`,
        redemptions,
        served,
        kills,
        forgiven,
        lost,
        `${longest} ms`,
        result.problems.length,
      ];
      add(races, `| ${cells.join(" | ")} |`, title, result.problems);
    },
    stopped(stopFor, { meanwhile, problems }) {
      const errors = Object.entries(meanwhile).map(([code, count]) => `\`${code}\` ${count} times`);
      const line = `- The holder of the lock stood still for ${stopFor / 1000} s. Meanwhile the other processes got: ${errors.join(", ")}. Afterwards ${alive(problems)}.`;
      add(troubles, line, "stopped", problems);
    },
    filled(how, fullFor, { servedUnsaved, problems }) {
      const line = `- The disk was full for ${fullFor / 1000} s between intent and write (${how}). The new token was served from memory ${servedUnsaved} times; when the disk had room again, ${alive(problems)}.`;
      add(troubles, line, "full disk", problems);
    },
    tell(name, sentence, found) {
      const outcome = found.length === 0 ? "0 problems" : `**${found.length} problems**`;
      add(troubles, `- **${name}**: ${sentence}; ${outcome}.`, name, found);
    },
    table(name, results, expected) {
      const servers = Array.from(results.keys()).join(" and ");
      const steps = Object.keys(expected) as (keyof typeof expected)[];
      const rows = steps.map(
        (step) => `| ${[step, ...SERVER_KINDS.map((kind) => expected[step][kind])].join(" | ")} |`,
      );
      const wrong = Array.from(results, ([server, seen]) => differences(seen, expected, server)).flat();
      const outcome =
        wrong.length === 0 ? `true in every cell over ${servers}` : "not true everywhere, see below";
      const head = `| ${["", ...SERVER_KINDS].join(" | ")} |\n|${"---|".repeat(SERVER_KINDS.length + 1)}`;
      add(tables, `**${name}**: ${outcome}.\n\n${head}\n${rows.join("\n")}\n`, name, wrong);
    },
    text: () =>
      [
        `${now.toISOString().slice(0, 10)}, Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores: ${problems.length === 0 ? "0 problems" : `**${problems.length} problems**`}.\n`,
        ...(races.length > 0 ? [RACES_HEAD, ...races, ""] : []),
        ...troubles,
        "",
        ...tables,
        ...problems.map((problem) => `- **${problem}**`),
      ].join("\n"),
  };
}

function alive(problems: readonly string[]): string {
  return problems.length === 0
    ? "the session was alive in every process"
    : `there were ${problems.length} problems`;
}

function differences<Step extends string>(
  seen: Table<Step>,
  expected: Table<Step>,
  server: string,
): string[] {
  const steps = Object.keys(expected) as Step[];
  return steps.flatMap((step) =>
    SERVER_KINDS.filter((kind) => seen[step][kind] !== expected[step][kind]).map(
      (kind) => `${server}, ${kind}, ${step}: ${seen[step][kind]}, not ${expected[step][kind]}`,
    ),
  );
}
