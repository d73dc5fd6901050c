import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { AnsweredCall, UsageOwner } from "../observe/proxy-usage.ts";
import { NANO } from "../observe/usage-members.ts";
import type { KnownSum } from "./estimates.ts";
import { dayOf } from "./periods.ts";

/** An answer as it is stored. */
export interface StoredAnswer extends AnsweredCall {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** True if the service told what it cost. */
  readonly isKnown: boolean;
  /** The tokens that count, an estimate if the true number is not known. */
  readonly tokens: number;
  /** The same in billionths of a credit. */
  readonly nano: number;
}

/** Sums of the answers of one day, for one key and session. */
export interface UsageTotal extends UsageOwner {
  /** @example "2026-12-31" */
  readonly day: string;
  readonly tokens: number;
  readonly nano: number;
}

/** What was used, with estimates for answers that broke off. */
export interface Used {
  readonly tokens: number;
  readonly credits: number;
}

/** Selects answers: all, those of one key, those of one session, or both. */
export interface UsageFilter {
  readonly key?: string | undefined;
  /** `copilot` selects each of its accounts, `copilot@work` one of them. */
  readonly session?: string | undefined;
}

/** The database of answers. One process writes at a time, and none waits for another. */
export interface UsageDatabase extends Disposable {
  /** @throws an error with the code `ERR_SQLITE_ERROR`; nothing of the answers is stored then */
  add(answers: readonly StoredAnswer[], totals: readonly UsageTotal[]): void;
  /** @param firstDay such as `2026-12-01` */
  used(filter: UsageFilter, firstDay: string): Used;
  /** Returns the sums of the last answers that told figures, by session and model. */
  recent(): readonly KnownSum[];
  /** The statements of reports. */
  readonly connection: DatabaseSync;
}

const VERSION = 1;
const DAY = 86_400_000;

/** How long single answers are kept, and the sums of days. Budgets need a month. */
const ANSWERS_KEPT = 90 * DAY;
const TOTALS_KEPT = 400 * DAY;

/** By so many answers a budget estimates those that broke off. */
const RECENT = 2_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, day TEXT NOT NULL, key TEXT, session TEXT NOT NULL, model TEXT,
    client TEXT, conversation TEXT, input INTEGER, cached INTEGER, output INTEGER, reasoning INTEGER, nano INTEGER,
    complete INTEGER NOT NULL, known INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS answers_at ON answers (at);
  CREATE TABLE IF NOT EXISTS totals (
    day TEXT NOT NULL, key TEXT NOT NULL, session TEXT NOT NULL, tokens INTEGER NOT NULL, nano INTEGER NOT NULL,
    PRIMARY KEY (day, key, session)
  ) WITHOUT ROWID;
  PRAGMA user_version = ${VERSION};
`;

/**
 * Opens a database, and creates it if it is missing: a file that only its owner can read.
 * @param path `undefined` keeps everything in memory
 * @param now in milliseconds since 1970; what is too old is removed
 * @throws an error if the file is no such database, was written by a newer version, or cannot be opened
 */
export function openUsageDatabase(path: string | undefined, now: number): UsageDatabase {
  if (path !== undefined) createPrivateFile(path);
  const connection = new (loadSqlite().DatabaseSync)(path ?? ":memory:");
  try {
    // The first programs that start together wait for each other; afterwards nobody does.
    connection.exec("PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    const version = Number(connection.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > VERSION) throw new Error("it was written by a newer version");
    if (version < VERSION) connection.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    prune(connection, now);
    connection.exec("PRAGMA busy_timeout = 0");
    return createDatabase(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Loads SQLite without the warning of Node 22 that it is experimental, which is none of a user's business. */
function loadSqlite(): typeof import("node:sqlite") {
  const { emitWarning } = process;
  // The module is loaded before this function returns, so no other warning is lost.
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

function prune(connection: DatabaseSync, now: number): void {
  connection.prepare("DELETE FROM answers WHERE at < ?").run(now - ANSWERS_KEPT);
  connection.prepare("DELETE FROM totals WHERE day < ?").run(dayOf(now - TOTALS_KEPT));
}

function createDatabase(connection: DatabaseSync): UsageDatabase {
  const insert = connection.prepare(
    `INSERT INTO answers (at, day, key, session, model, client, conversation, input, cached, output, reasoning, nano,
      complete, known) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const count = connection.prepare(
    `INSERT INTO totals (day, key, session, tokens, nano) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET tokens = tokens + excluded.tokens, nano = nano + excluded.nano`,
  );
  const sum = connection.prepare(
    `SELECT COALESCE(SUM(tokens), 0) AS tokens, COALESCE(SUM(nano), 0) AS nano FROM totals
      WHERE day >= :day AND (:key IS NULL OR key = :key)
      AND (:session IS NULL OR session = :session OR substr(session, 1, length(:session) + 1) = :session || '@')`,
  );
  const recent = connection.prepare(
    `SELECT session, model, COUNT(*) AS answers, SUM(COALESCE(input, 0) + COALESCE(output, 0)) AS tokens,
      SUM(COALESCE(nano, 0)) AS nano FROM (SELECT * FROM answers ORDER BY id DESC LIMIT ${RECENT}) WHERE known = 1
      GROUP BY session, model`,
  );
  const add = (answer: StoredAnswer): void => {
    const { at, key, session, model, client, conversation, isComplete, isKnown } = answer;
    const { inputTokens, cachedTokens, outputTokens, reasoningTokens, credits } = answer;
    const told = credits === undefined ? null : Math.round(credits * NANO);
    insert.run(
      at,
      dayOf(at),
      key ?? null,
      session,
      model ?? null,
      client ?? null,
      conversation ?? null,
      inputTokens ?? null,
      cachedTokens ?? null,
      outputTokens ?? null,
      reasoningTokens ?? null,
      told,
      Number(isComplete),
      Number(isKnown),
    );
  };
  return {
    connection,
    add(answers, totals) {
      connection.exec("BEGIN IMMEDIATE");
      try {
        for (const answer of answers) add(answer);
        for (const { day, key, session, tokens, nano } of totals)
          count.run(day, key ?? "", session, tokens, nano);
        connection.exec("COMMIT");
      } catch (error) {
        connection.exec("ROLLBACK");
        throw error;
      }
    },
    recent: () =>
      recent.all().map(({ session, model, answers, tokens, nano }) => ({
        session: String(session),
        model: model === null ? undefined : String(model),
        answers: Number(answers),
        tokens: Number(tokens),
        nano: Number(nano),
      })),
    used({ key, session }, day) {
      const row = sum.get({ day, key: key ?? null, session: session ?? null }) ?? {};
      return { tokens: Number(row["tokens"]), credits: Number(row["nano"]) / NANO };
    },
    [Symbol.dispose]: () => connection.close(),
  };
}

/** Returns true for an answer that the filter selects, as the database does. */
export function isSelected({ key, session }: UsageFilter, owner: UsageOwner): boolean {
  if (key !== undefined && owner.key !== key) return false;
  return session === undefined || owner.session === session || owner.session.startsWith(`${session}@`);
}
