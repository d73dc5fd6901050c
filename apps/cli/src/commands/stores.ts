import { EXIT, listSessions, type SessionStoreContext, UsageError } from "@tokenflow/common";
import { copySessions, isTokenFlowError, type SkippedSession } from "@tokenflow/core";
import { type Command, type Context, defineCommand } from "../cli/command.ts";
import { problemLine } from "../cli/problem.ts";
import { openStore } from "../session/store.ts";
import { formatTable } from "../terminal/format.ts";

interface Row {
  readonly store: string;
  readonly where: string;
  readonly in_use: boolean;
  /** The number of sessions; absent if the store cannot be used. */
  readonly sessions?: number | undefined;
}

export const stores: Command = defineCommand({
  usage: "stores [copy <from> <to> | rotate]",
  about:
    "Shows the stores, which one is in use, and how many sessions each has. The store in use is --store, else TOKENFLOW_STORE, else the one that the first sign-in with --store saved in config.json. With copy, copies every session of one store to another, encrypted or not. With rotate, encrypts every session again with the newest key, and says when the old one may go: give the new key or passphrase as usual, and the old ones in TOKENFLOW_OLD_ENCRYPTION_KEYS or TOKENFLOW_OLD_PASSPHRASE.",
  positionals: 3,
  words: ["copy", "rotate"],
  options: {
    json: { type: "boolean", help: "print JSON" },
    overwrite: { type: "boolean", help: "copy: replace sessions that differ" },
    force: {
      type: "boolean",
      help: "copy: replace even sessions of a newer version or under another key, and keep them aside",
    },
  },
  examples: [
    ["tokenflow stores", "a table"],
    ["tokenflow stores --store redis://localhost:6379", "check whether this store can be used"],
    [
      "tokenflow stores copy file keychain",
      "copy all sessions to the keychain; then sign out of the old store",
    ],
  ],
  async run({ flags, positionals: [action, from, to] }, context) {
    const { terminal } = context;
    if (action !== undefined) {
      if (action === "rotate") return rotate(flags.json, context);
      if (action !== "copy")
        throw new UsageError(`unknown action "${action}"`, "Run: tokenflow stores --help");
      return copy({ from, to, ...flags }, context);
    }
    if (flags.overwrite || flags.force)
      throw new UsageError("--overwrite and --force are options of stores copy only");
    await using current = await openStore(context);
    const rows: Row[] = [];
    for (const store of ["file", "keychain"]) {
      if (store === current.kind) continue;
      await using storeContext = await openStore({ ...context, store });
      rows.push(await readRow(storeContext, false, context));
    }
    const inUse = await readRow(current, true, context);
    rows.unshift(inUse);
    if (flags.json) terminal.print(JSON.stringify(rows, undefined, 2));
    else terminal.print(await storeTable(rows));
    return inUse.sessions === undefined ? EXIT.store : EXIT.done;
  },
});

async function readRow(
  storeContext: SessionStoreContext,
  inUse: boolean,
  { terminal }: Context,
): Promise<Row> {
  const row = { store: storeContext.kind, where: storeContext.where, in_use: inUse };
  try {
    return { ...row, sessions: (await listSessions(storeContext)).length };
  } catch (error) {
    if (!isTokenFlowError(error)) throw error;
    terminal.say(problemLine(error, `tokenflow: ${storeContext.kind}`));
    return row;
  }
}

function storeTable(rows: readonly Row[]): Promise<string> {
  return formatTable(
    ["STORE", "STATE", "SESSIONS", "WHERE"],
    rows.map((row) => [row.store, stateWords(row), String(row.sessions ?? "–"), row.where]),
  );
}

function stateWords({ in_use, sessions }: Row): string {
  if (sessions === undefined) return "cannot be used";
  return in_use ? "in use" : "can be used";
}

async function rotate(json: boolean | undefined, context: Context): Promise<number> {
  const { terminal } = context;
  await using storeContext = await openStore(context);
  const encryption = await storeContext.encryption?.();
  if (!encryption) {
    throw new UsageError(
      "stores rotate needs the encryption of the sessions",
      "Sign in with --encrypt env, passphrase or keychain first",
    );
  }
  const { rotateSessions } = await import("@tokenflow/core/encryption");
  const result = await rotateSessions(storeContext.store, encryption);
  if (json) terminal.print(JSON.stringify(result, undefined, 2));
  else {
    for (const { key, reason } of result.skipped)
      terminal.say(
        `Skipped ${key}: ${reason === "refreshing" ? "it is being refreshed; try again" : `it cannot be read (${reason})`}`,
      );
    const { rotated, current } = result;
    terminal.say(
      `${rotated.length} encrypted again, ${current.length} under the newest key already, in ${storeContext.where}`,
    );
    terminal.say(
      result.oldKeysMayGo
        ? "Old keys may go, once no other program writes with them."
        : "Keep the old keys: some sessions still need them.",
    );
  }
  return result.oldKeysMayGo ? EXIT.done : EXIT.store;
}

interface CopyInput {
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

async function copy({ from, to, overwrite, force, json }: CopyInput, context: Context): Promise<number> {
  const { terminal } = context;
  if (from === undefined || to === undefined || from === to) {
    throw new UsageError(
      "stores copy needs two different stores",
      "Run: tokenflow stores copy file keychain",
    );
  }
  await using source = await openStore({ ...context, store: from });
  await using target = await openStore({ ...context, store: to });
  const { copied, skipped } = await copySessions(source.store, target.store, { overwrite, force });
  if (json) terminal.print(JSON.stringify({ copied, skipped }, undefined, 2));
  else {
    for (const one of skipped) terminal.say(`Skipped ${keyWords(one.key)}: ${reasonWords(one)}`);
    terminal.say(
      `Copied from ${source.where} to ${target.where}: ${copied.map(keyWords).join(", ") || "nothing"}`,
    );
    if (copied.some((key) => !key.startsWith("#"))) {
      terminal.say(
        "A grant may be valid only once: use one of the two stores from now on, and sign out of the other.",
      );
    }
  }
  return skipped.some(({ reason }) => reason !== "same") ? EXIT.store : EXIT.done;
}

/** Names a session by its key, and a client that was registered by its server. */
function keyWords(key: string): string {
  const issuer = /^#(?:mcp-)?client\/(.*)$/s.exec(key)?.[1];
  return issuer === undefined ? key : `the client at ${issuer}`;
}

function reasonWords({ reason }: SkippedSession): string {
  if (reason === "same") return "the same is already there";
  if (reason === "different") return "another one is there; use --overwrite to replace it";
  if (reason === "unreadable")
    return "one of a newer version or under another key is there; use --force to replace it, and keep it aside";
  return `it cannot be read (${reason})`;
}
