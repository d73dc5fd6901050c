/**
 * Shows what one session for all clients is worth: clients of one MCP server, tokens of two seconds, and an authorization
 * server that revokes a sign-in whose refresh token comes twice. First with a bridge for each client, some of which are
 * killed; the same without kills; then with mcp-remote from npm; then with the official SDK's own provider, of which each
 * client keeps a copy. Each lost session of ours is traced to its cause: it fails if that is not a kill. `--clients` and
 * `--seconds` change the size. A run of a minute or longer writes its section of docs/proof.md.
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { writeSection } from "@tokenflow/services";
import type { TraceResult } from "./parts/session-trace.ts";
import { ASKS_FOR_SIGN_IN, type ClientsResult, runBridges } from "./scenarios/mcp-bridges.ts";
import { runOwnCopies } from "./scenarios/mcp-own-copies.ts";
import { installMcpRemote, MCP_REMOTE_VERSION } from "./scenarios/mcp-remote.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "10" },
    seconds: { type: "string", default: "20" },
  },
});
const options = { clients: Number(values.clients), seconds: Number(values.seconds), tokenLifetime: 2 };

/** From how many seconds on a run is worth keeping. */
const LONG = 60;
const HEAD = ["", "sign-ins", "kill -9", "calls", "failed", "lost by a kill", "problems"];
const NOT_TRACED = "not traced";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const sayRow = (cells: readonly string[]): void =>
  say(cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(at < 5 ? 9 : 16))).join(""));

const rows: (readonly string[])[] = [];
const notes: string[] = [];
function tell(name: string, { calls, failed, reasons, kills, signIns, trace }: ClientsResult): void {
  const found = trace ? [trace.losses.length, trace.problems.length] : [NOT_TRACED, NOT_TRACED];
  const row = [name, ...[signIns, kills, calls, failed, ...found].map(String)];
  rows.push(row);
  sayRow(row);
  const failures = Object.entries(reasons).map(([reason, count]) => `${count} × ${reason}`);
  if (failures.length > 0) note(`${name}: ${failures.join("; ")}`);
  if (trace) tellTrace(name, trace);
}
function tellTrace(name: string, { redemptions, losses, problems, windows }: TraceResult): void {
  for (const { moment, spent, killedAt } of losses) {
    const after = Math.round(Math.abs(killedAt - (spent.decidedAt ?? 0)));
    note(`${name}, a loss: process ${spent.pid}, whose grant was rotated, was killed ${after} ms ${moment}`);
  }
  for (const problem of problems) note(`${name}, **a problem**: ${problem}`);
  const [median, longest] = [windows[windows.length >> 1], windows.at(-1)].map((at = 0) => Math.round(at));
  note(
    `${name}: ${redemptions} redemptions; from the rotation to the file: median ${median} ms, longest ${longest} ms`,
  );
}
function note(text: string): void {
  notes.push(`- ${text}`);
  say(`  ${text}`);
}
/** The SDK warns at each attempt of a client whose sign-in is gone. The count of failures tells it once. */
console.warn = () => undefined;

say(`${options.clients} clients, ${options.seconds} s, tokens of ${options.tokenLifetime} s, one sign-in`);
sayRow(HEAD);
const ours = await runBridges(options);
tell("tokenflow mcp", ours);
const calm = await runBridges({ ...options, kills: "never" });
tell("tokenflow mcp, no kills", calm);
try {
  tell(`mcp-remote ${MCP_REMOTE_VERSION}`, await runBridges(options, installMcpRemote()));
} catch (error) {
  const reason = error instanceof Error ? error.message.split("\n")[0] : "unknown";
  note(`mcp-remote was not run: ${reason}`);
}
tell("the SDK's own provider", await runOwnCopies(options));
const hasProblem = [ours, calm].some(
  ({ trace, failed, reasons }) => trace?.problems.length !== 0 || failed > (reasons[ASKS_FOR_SIGN_IN] ?? 0),
);
// Without kills nothing excuses a loss.
if (hasProblem || calm.failed > 0 || calm.trace?.losses.length !== 0) process.exitCode = 1;
if (options.seconds >= LONG) {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${availableParallelism()} cores with a load of ${loadavg()[2]?.toFixed(0)}`;
  const head = `${day}, Node ${process.versions.node}, ${machine}: ${options.clients} clients for ${options.seconds} s each.`;
  const table = [line(HEAD), line(HEAD.map(() => "---")), ...rows.map(line)].join("\n");
  await writeSection("docs/proof.md", "mcp", [head, table, notes.join("\n")].join("\n\n"));
  say("Written to docs/proof.md");
}
