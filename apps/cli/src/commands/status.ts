import { EXIT, formatMoment, UsageError } from "@tokenflow/common";
import { type Command, defineCommand } from "../cli/command.ts";
import { stateWords } from "../formats/state-words.ts";
import { formatTable } from "../formats/table.ts";
import { OAUTH, requireProvider } from "../session/providers.ts";
import { readSessionRows, rowProblem, type SessionRow } from "../session/session-rows.ts";
import { openStore } from "../session/store.ts";

export const status: Command = defineCommand({
  usage: "status [provider]",
  about:
    "Shows every session as it is stored: whose it is, its state, and until when its token is good. Asks no service. That another program waits for a person to sign in, or has a session that it could not store, only that program can tell.",
  positionals: 1,
  options: {
    json: { type: "boolean", help: "print a JSON array" },
    watch: { type: "boolean", short: "w", help: "stay, and count down; q or Ctrl-C ends it" },
  },
  examples: [
    ["tokenflow status", "a table"],
    ["tokenflow status --watch", "a table that lives"],
    ["tokenflow status --json | jq '.[].state'", "for a script"],
  ],
  async run({ flags, positionals: [provider] }, context) {
    const { terminal } = context;
    if (flags.json && flags.watch) throw new UsageError("--json and --watch exclude each other");
    await using place = await openStore(context);
    if (provider !== undefined && provider !== OAUTH) requireProvider(provider, place.config);
    if (flags.watch) {
      const { watchSessions } = await import("../session/watch-sessions.ts");
      return await watchSessions(provider, place, context);
    }
    const rows = await readSessionRows(provider, place, context);
    for (const row of rows) {
      const problem = rowProblem(row);
      if (problem !== undefined) terminal.say(problem);
    }
    if (flags.json) terminal.print(JSON.stringify(rows.map(rowJson), undefined, 2));
    else if (rows.length > 0) terminal.print(await statusTable(rows, Date.now()));
    else {
      const [to, target] = provider === undefined ? ["", "copilot"] : [` to ${provider}`, provider];
      terminal.say(`No sessions${to} in ${place.where}. Run: tokenflow login ${target}`);
    }
    return rows.some(({ state }) => state === "unavailable") ? EXIT.store : EXIT.done;
  },
});

function statusTable(rows: readonly SessionRow[], now: number): Promise<string> {
  const moment = (at: number | undefined): string => (at === undefined ? "–" : formatMoment(at, now));
  return formatTable(
    ["PROVIDER", "ACCOUNT", "LOGIN", "STATE", "VALID UNTIL", "DUE", "STORE"],
    rows.map((row) => [
      row.provider,
      row.account,
      row.login ?? "–",
      stateWords(row),
      moment(row.expiresAt),
      moment(row.dueAt),
      row.store,
    ]),
  );
}

function rowJson(row: SessionRow): object {
  const { issuedAt, expiresAt, dueAt, failure, interrupted, details: _details, ...rest } = row;
  const iso = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  return {
    ...rest,
    issued_at: iso(issuedAt),
    expires_at: iso(expiresAt),
    due_at: iso(dueAt),
    ...(interrupted ? { interrupted: { ...interrupted, at: iso(interrupted.at) } } : {}),
    ...(failure
      ? {
          failure: {
            code: failure.code,
            message: failure.message,
            hint: failure.hint,
            retry_at: iso(failure.retryAt),
          },
        }
      : {}),
  };
}
