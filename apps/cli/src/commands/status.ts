import { EXIT, formatMoment, keyOf, providerWord, UsageError } from "@tokenflow/common";
import { type Command, defineCommand } from "../cli/command.ts";
import { inOptions } from "../cli/option-names.ts";
import { readUsages, type UsageRow, usageJson, usageTable } from "../session/read-usage.ts";
import {
  groupUnconfigured,
  readSessionRows,
  rowProblem,
  rowWords,
  type SessionRow,
} from "../session/session-rows.ts";
import { requireKnown } from "../session/sessions.ts";
import { openStore } from "../session/store.ts";
import { formatTable } from "../terminal/format.ts";

export const status: Command = defineCommand({
  usage: "status [provider]",
  about:
    "Shows every stored session: its login, its state, and how long its token is valid. Sends no request, unless --usage asks for quotas. A sign-in that waits in another program, or a session that another program could not store, is not shown.",
  positionals: 1,
  options: {
    json: { type: "boolean", help: "print a JSON array" },
    usage: {
      type: "boolean",
      short: "u",
      help: "ask each service for the plan, and the credits or requests that are left",
    },
    watch: { type: "boolean", short: "w", help: "update the table every second until q or Ctrl-C" },
  },
  examples: [
    ["tokenflow status", "a table"],
    ["tokenflow status --usage", "with what is left of the quotas"],
    ["tokenflow status --watch", "a table with a countdown"],
    ["tokenflow status --json | jq '.[].state'", "for a script"],
  ],
  async run({ flags, positionals: [provider] }, context) {
    const { terminal } = context;
    if (flags.json && flags.watch) throw new UsageError("--json cannot be combined with --watch");
    if (flags.usage && flags.watch) throw new UsageError("--usage cannot be combined with --watch");
    await using storeContext = await openStore(context);
    if (provider !== undefined) await requireKnown(provider, storeContext);
    if (flags.watch) {
      const { watchSessions } = await import("../session/watch-sessions.ts");
      return await watchSessions(provider, storeContext, context);
    }
    const rows = await readSessionRows(provider, storeContext, context);
    for (const row of rows) {
      const problem = rowProblem(row);
      if (problem !== undefined) terminal.say(problem);
    }
    const usages = flags.usage ? await readUsages(rows, storeContext, context) : [];
    for (const { row, problem } of usages) {
      if (problem !== undefined) terminal.say(`tokenflow: ${keyOf(row)}: no usage: ${problem}`);
    }
    if (flags.json)
      terminal.print(
        JSON.stringify(
          rows.map((row) => rowJson(row, usages)),
          undefined,
          2,
        ),
      );
    else if (rows.length > 0) {
      terminal.print(await statusTable(rows, Date.now()));
      if (usages.some(({ usage }) => usage)) terminal.print(`\n${await usageTable(usages, Date.now())}`);
    } else {
      const target = providerWord(provider ?? "copilot");
      const to = provider === undefined ? "" : ` to ${target}`;
      terminal.say(`No sessions${to} in ${storeContext.where}. Run: tokenflow login ${target}`);
    }
    return rows.some(({ state }) => state === "unavailable") ? EXIT.store : EXIT.done;
  },
});

function statusTable(rows: readonly SessionRow[], now: number): Promise<string> {
  const moment = (at: number | undefined): string => (at === undefined ? "–" : formatMoment(at, now));
  return formatTable(
    ["PROVIDER", "ACCOUNT", "LOGIN", "STATE", "VALID UNTIL", "DUE", "STORE"],
    groupUnconfigured(rows).map((row) => [
      providerWord(row.provider),
      row.account,
      row.login ?? "–",
      rowWords(row),
      moment(row.expiresAt),
      moment(row.dueAt),
      row.store,
    ]),
  );
}

function rowJson(row: SessionRow, usages: readonly UsageRow[]): object {
  const { usage } = usages.find((one) => one.row === row) ?? {};
  const { issuedAt, expiresAt, dueAt, failure, interrupted, details, ...rest } = row;
  const iso = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  return {
    ...rest,
    issued_at: iso(issuedAt),
    expires_at: iso(expiresAt),
    due_at: iso(dueAt),
    mode: details?.["mode"],
    mode_reason: details?.["modeReason"],
    usage: usage && usageJson(usage),
    ...(interrupted ? { interrupted: { ...interrupted, at: iso(interrupted.at) } } : {}),
    ...(failure
      ? {
          failure: {
            code: failure.code,
            message: failure.message,
            hint: inOptions(failure.hint),
            retry_at: iso(failure.retryAt),
          },
        }
      : {}),
  };
}
