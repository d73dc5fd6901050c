import PACKAGE from "../package.json" with { type: "json" };
import { type Results, TRIALS } from "./battery.ts";
import { AGENTS, KINDS } from "./scene/agents.ts";
import { EDITS } from "./sessions/edits.ts";
import { SESSION_CLIENTS, SESSION_MODELS } from "./sessions/session-clients.ts";
import type { SessionRow } from "./sessions/try-sessions.ts";
import { SIGN_IN_TRIALS, type SignInTrial } from "./sign-ins.ts";

/** One agent with one kind of model. */
export interface Row {
  readonly name: string;
  readonly kind: string;
  readonly results: Partial<Results>;
}

export type SignIns = Partial<Readonly<Record<SignInTrial, string>>>;

export interface Report {
  readonly rows: readonly Row[];
  /** The results of the trials with sign-ins of the person, by agent. */
  readonly signIns: Readonly<Record<string, SignIns>>;
  /** The hosts besides loopback that each agent asked for. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  readonly sessions: readonly SessionRow[];
}

/** Returns the newer results in place of the older ones, in the order of the agents. */
export function mergeReports(older: Report, newer: Report): Report {
  const rows = AGENTS.flatMap(({ name }) =>
    KINDS.flatMap((kind): readonly Row[] => {
      const same = [older, newer].flatMap((report) =>
        report.rows.filter((row) => row.name === name && row.kind === kind),
      );
      const results = Object.assign({}, ...same.map((row) => row.results)) as Partial<Results>;
      return same.length === 0 ? [] : [{ name, kind, results }];
    }),
  );
  const sessions = SESSION_CLIENTS.flatMap(({ name }) => {
    const isOf = (row: SessionRow): boolean => row.name === name;
    const found = newer.sessions.filter(isOf);
    return found.length > 0 ? found : older.sessions.filter(isOf);
  });
  return {
    rows,
    hosts: { ...older.hosts, ...newer.hosts },
    signIns: { ...older.signIns, ...newer.signIns },
    sessions,
  };
}

/** Returns the results as a table. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ name, kind, results }) => [
    name,
    kind,
    ...TRIALS.map((trial) => results[trial] ?? (Object.keys(results).length === 0 ? "–" : "not run")),
  ]);
  return format(["client", "model", ...TRIALS], cells);
}

/** Returns the results of the trials with sign-ins as a table. */
export function signInTable(signIns: Report["signIns"]): string {
  const tried = AGENTS.filter(({ name }) => Object.keys(signIns[name] ?? {}).length > 0);
  const cells = tried.map(({ name }) => [
    name,
    ...SIGN_IN_TRIALS.map((trial) => signIns[name]?.[trial] ?? "–"),
  ]);
  return format(["client", ...SIGN_IN_TRIALS], cells);
}

function format(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns the sessions as a table. */
export function sessionTableOf(sessions: readonly SessionRow[]): string {
  const cells = sessions.map(({ name, kind, asked, result }) => {
    const model = SESSION_MODELS.find((one) => one.kind === kind);
    const speaks = SESSION_CLIENTS.find((one) => one.name === name)?.speaks;
    const way = asked === speaks ? "as it is" : `${speaks} → ${asked}`;
    return [name, `${kind}: ${model?.id}`, way, result];
  });
  return format(["client", "model", "translated", `${EDITS} edits`], cells);
}

const { devDependencies: SDK_VERSIONS } = PACKAGE;

/** Returns the page of the documentation. */
export function pageOf({ rows, hosts, signIns, sessions }: Report): string {
  const versions = AGENTS.map(({ package: id, version }) => `${id} ${version}`).join(", ");
  const others = Object.entries(hosts)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `- ${name}: ${list.join(", ")}`);
  return `# Coding agents

This page is written by \`npx pnpm@12.21.0 run test:clients\`. It installs the agents below, starts each with \`tokenflow exec copilot -- <program>\` against the simulator, and asks as a person would. For _restart_ the agent runs on its own, with settings that \`tokenflow setup <client> --write\` made, and the proxy is stopped and started while it streams.

Versions: ${versions}.

${tableOf(rows)}

- An agent without a row, and a trial that was not run, had no turn in the last run; \`--only <client>\` fills it.
- A dash means that the agent was not tried with that model. The proxy translates if an agent does not speak the API of a model: Claude Code speaks Messages alone, and Codex Responses alone.
- _Revoked sign-in_: the seconds from the first refused request until the agent shows how to sign in again. Codex asks five more times before it shows it.
- _Cut stream_: a stream that breaks before its first event is answered with status 503. One that breaks later ends with an error event of the agent's API, then the connection breaks. Its message begins with "Connection lost", since pi, which reads no status there, asks again only after such words.
- _Tool turn_: the model calls a tool, and the agent sends a result. The simulator's model calls it with an argument of its own, so some agents answer that the argument is wrong.

## Sign-ins of the person

A certified authorization server on loopback issues tokens that end after three seconds, and servers check them there. \`run test:clients --sign-ins\` tries these alone.

${signInTable(signIns)}

- _MCP server by the bridge_: the agent starts \`tokenflow mcp\`, as \`tokenflow setup <client> --mcp <url>\` says. Its model calls a tool of a server that refuses everybody without a token. Agents that offer an MCP server's tools only some calls later are told to wait for it.
- _Model by a helper_: the agent runs \`tokenflow token\` (Codex's \`auth.command\`, Claude Code's \`apiKeyHelper\`), as \`tokenflow setup <client> <provider> --write\` sets it. The model's first answer takes longer than a token lives; the cell has the number of tokens that the API saw.
- _MCP server by a helper_: Claude Code's \`headersHelper\` prints the headers for the server itself. Claude Code asks it once for each connection, so the tokens of this server last ten minutes. For tokens that end sooner, use the bridge.
- With a helper nothing stops an agent's own requests to other hosts; \`exec\` and the proxy's settings do.
- A dash: the agent has no such setting.

## Sessions of ten edits

Each client gets one prompt and holds one session, in which the model calls the client's own tool ten times, each time after the result of the call before: Claude Code's \`Write\` and \`Edit\`, \`apply_patch\` in Codex's \`exec_command\`, and a function of the two SDKs' scripts. Each call adds a line to a file, with quotes, backslashes and letters of other scripts. A tick means that the file has all ten lines, byte for byte, that the client ended well and showed the answer, and that each model was asked only by an API that serves it. Each model of Copilot is served by one API alone.

${sessionTableOf(sessions)}

\`--sessions\` runs these alone. The SDKs are openai ${SDK_VERSIONS.openai}, and ai ${SDK_VERSIONS.ai} with @ai-sdk/openai ${SDK_VERSIONS["@ai-sdk/openai"]}.

## Requests to other hosts

\`exec\` and \`setup\` set every switch that stops an agent's own requests: updates, telemetry, plugins and catalogues. During the run all requests to other hosts were refused and listed:

${others.length === 0 ? "None." : others.join("\n")}

## Other clients

\`tokenflow setup\` also prints the settings of aider, Cline, Continue, Crush, goose and Zed, and of the openai, anthropic, ai and langchain packages. Those of aider, Continue, Crush, goose and Zed it also writes with \`--write\`. These are not part of the run. Continue's \`cn\` 1.5.47 was started once with what \`setup\` writes and answered. Cline 3.0.65 was started once with what it prints: all its calls reached the proxy and were answered with 200, and its task did not end, since the simulator's model repeats a tool call that Cline refuses; Cline asked for data.cline.bot and otel.cline.bot besides. The package of Crush downloads its program from elsewhere, and aider, goose and Zed are no npm packages, so that nobody has started these for this page.
`;
}
