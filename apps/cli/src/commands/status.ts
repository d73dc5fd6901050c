import { isTokenFlowError, type SessionState, type SessionStatus } from "@tokenflow/core";
import { type Command, type Context, defineCommand } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { readGiven } from "../given.ts";
import { formatMoment } from "../moment.ts";
import { openManager } from "../open-manager.ts";
import { problemLine } from "../problem.ts";
import { keyOf, type SessionName, sessionsAtHand } from "../sessions.ts";
import { openStore, type Place } from "../store.ts";
import { formatTable } from "../table.ts";
import { UsageError } from "../usage-error.ts";

const STATE_WORDS = {
  valid: "valid",
  due: "due",
  expired: "renews on next use",
  refreshing: "refreshing",
  pending: "waiting for you",
  signed_out: "signed out",
  revoked: "revoked",
  unavailable: "cannot be read",
} as const satisfies Record<SessionState, string>;

interface Row extends SessionStatus {
  readonly store: string;
}

export const status: Command = defineCommand({
  usage: "status",
  about: "Shows every session: whose it is, its state, and until when its token is good. Asks no service.",
  positionals: 0,
  options: {
    json: { type: "boolean", help: "print a JSON array" },
  },
  examples: [
    ["tokenflow status", "a table"],
    ["tokenflow status --json | jq '.[].state'", "for a script"],
  ],
  async run({ flags }, context) {
    const { terminal } = context;
    await using place = await openStore(context);
    const rows: Row[] = [];
    for (const name of await sessionsAtHand(place, context.env))
      rows.push(await readRow(name, place, context));
    if (flags.json) terminal.print(JSON.stringify(rows.map(rowJson), undefined, 2));
    else if (rows.length === 0) terminal.say(`No sessions in ${place.where}. Run: tokenflow login copilot`);
    else terminal.print(statusTable(rows, Date.now()));
    const unreadable = rows.filter(({ state }) => state === "unavailable");
    return unreadable.length > 0 ? EXIT.store : EXIT.done;
  },
});

async function readRow(name: SessionName, place: Place, context: Context): Promise<Row> {
  const store = readGiven(name.provider, context.env)?.variable ?? place.kind;
  try {
    await using manager = await openManager(name, place, context);
    const row = { ...(await manager.status()), store };
    if (row.state === "unavailable") {
      const { failure = { message: "It cannot be read" } } = row;
      context.terminal.say(problemLine(failure, aboutSession(name)));
    }
    return row;
  } catch (error) {
    // A record of a provider that a newer version knows is shown like one that cannot be read.
    if (!isTokenFlowError(error) && !(error instanceof UsageError)) throw error;
    const { message, hint } = error;
    const failure = { code: isTokenFlowError(error) ? error.code : "store.newer", message, hint } as const;
    context.terminal.say(problemLine(error, aboutSession(name)));
    return { ...name, state: "unavailable", store, failure };
  }
}

function aboutSession(name: SessionName): string {
  return `tokenflow: ${keyOf(name)}`;
}

function statusTable(rows: readonly Row[], now: number): string {
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

function stateWords({ state, interrupted, unsaved }: Row): string {
  return [STATE_WORDS[state], ...(interrupted ? ["interrupted"] : []), ...(unsaved ? ["unsaved"] : [])].join(
    ", ",
  );
}

function rowJson({
  issuedAt,
  expiresAt,
  dueAt,
  failure,
  interrupted,
  details: _details,
  ...row
}: Row): object {
  const iso = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : new Date(at).toISOString();
  return {
    ...row,
    issued_at: iso(issuedAt),
    expires_at: iso(expiresAt),
    due_at: iso(dueAt),
    ...(interrupted ? { interrupted: { owner: interrupted.owner, at: iso(interrupted.at) } } : {}),
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
