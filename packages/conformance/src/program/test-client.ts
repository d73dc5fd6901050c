import { open, readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { endingOf } from "../judge/expectation.ts";
import { lastWords } from "../judge/outcomes.ts";
import { isFine, judgeAll, type Summary } from "../report/summary.ts";
import { lineOf } from "../report/text.ts";
import { FORMATS, type Format } from "../report/write.ts";
import type { Client, Commands } from "../run/client.ts";
import { COMMAND_FLAGS, createCommandClient } from "../run/command-client.ts";
import { runAll } from "../run/run-all.ts";
import { runScenario } from "../run/run-scenario.ts";
import { SCENARIOS } from "../scenarios/table.ts";
import { readExpectedFailures, select } from "./select.ts";
import { UsageError } from "./usage.ts";

/** Where a program writes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

const OPTIONS = {
  command: { type: "string" },
  "token-command": { type: "string" },
  "request-command": { type: "string" },
  "callers-command": { type: "string" },
  "sign-out-command": { type: "string" },
  scenario: { type: "string", multiple: true },
  "expected-failures": { type: "string" },
  report: { type: "string", multiple: true },
  name: { type: "string" },
  concurrency: { type: "string" },
  quiet: { type: "boolean" },
} as const;

/** Runs `tokenflow-conformance client`, and returns its exit code. */
export async function testClient(args: readonly string[], output: Output): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false });
  const commands = readCommands(values);
  const scenarios = select(SCENARIOS, values.scenario ?? []);
  const expected = await readExpected(values["expected-failures"]);
  const reports = (values.report ?? ["text"]).map(readReport);
  const concurrency = readConcurrency(values.concurrency);
  for (const { file } of reports) await checkThatItCanBeWritten(file);

  const client = createCommandClient(commands);
  const startedAt = performance.now();
  await checkThatItStarts(client, output);
  const results = await runAll(scenarios, client, {
    concurrency,
    onResult(result) {
      const [judged] = judgeAll([result], expected);
      // The report counts what is not offered.
      if (judged && judged.status !== "not offered" && !values.quiet) output.err(`${lineOf(judged)}\n`);
    },
  });
  const summary: Summary = {
    client: values.name ?? commands.signIn,
    commands: flagsOf(commands),
    results: judgeAll(results, expected),
    took: performance.now() - startedAt,
  };
  for (const { format, file } of reports) {
    const text = FORMATS[format](summary);
    if (file === undefined) output.out(text);
    else await writeFile(file, text);
  }
  return isFine(summary) ? 0 : 1;
}

function readCommands(values: Readonly<Record<string, unknown>>): Commands {
  const command = (flag: string): string | undefined => {
    const value = values[flag.slice(2)];
    if (typeof value === "string" && value.trim() === "") throw new UsageError(`${flag} is empty.`);
    return typeof value === "string" ? value : undefined;
  };
  const signIn = command(COMMAND_FLAGS.signIn);
  if (signIn === undefined) {
    throw new UsageError('Give the command that signs in: --command "my-client login". See --help.');
  }
  return {
    signIn,
    token: command(COMMAND_FLAGS.token),
    request: command(COMMAND_FLAGS.request),
    callers: command(COMMAND_FLAGS.callers),
    signOut: command(COMMAND_FLAGS.signOut),
  };
}

function flagsOf(commands: Commands): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (const action of ["signIn", "token", "request", "callers", "signOut"] as const) {
    const command = commands[action];
    if (command !== undefined) flags[COMMAND_FLAGS[action]] = command;
  }
  return flags;
}

async function readExpected(file: string | undefined): Promise<ReadonlySet<string>> {
  if (file === undefined) return new Set();
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new UsageError(`The list of expected failures ${file} cannot be read (${codeOf(error)}).`);
  });
  return readExpectedFailures(text, { file, scenarios: SCENARIOS });
}

function readReport(text: string): { readonly format: Format; readonly file?: string | undefined } {
  const [name = "", ...rest] = text.split("=");
  if (!Object.hasOwn(FORMATS, name)) {
    throw new UsageError(
      `Unknown report "${name}". Use ${Object.keys(FORMATS).join(", ")}, or md=report.md.`,
    );
  }
  const file = rest.join("=");
  return { format: name as Format, ...(file === "" ? {} : { file }) };
}

function readConcurrency(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 64) return number;
  throw new UsageError(`--concurrency must be a whole number from 1 to 64, not "${text}".`);
}

/** Looks first, so that no long run ends without its report. Leaves an old report as it is. */
async function checkThatItCanBeWritten(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    await (await open(file, "a")).close();
  } catch (error) {
    throw new UsageError(`The report ${file} cannot be written (${codeOf(error)}).`);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}

/** Looks first whether the command runs at all, so that not every scenario fails for that. */
async function checkThatItStarts(client: Client, { err }: Output): Promise<void> {
  const plain = SCENARIOS.find(({ id }) => id === "signs-in");
  if (!plain) return;
  const { evidence } = await runScenario(plain, client);
  const [run] = evidence?.runs ?? [];
  if (!run || (evidence?.exchanges.length ?? 0) > 0) return;
  if (run.ending === "not started" || run.exit === 126 || run.exit === 127) {
    throw new UsageError(`The command cannot be started (exit ${run.exit ?? "none"})${lastWords(run)}`);
  }
  err(`The command ${endingOf(run)} and sent no request${lastWords(run)}. Run it by hand first.\n`);
}
