import type { Clock } from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/provider";
import { systemCode } from "@tokenflow/core/store";
import type { AnsweredCall, ProxyUsage } from "../observe/proxy-usage.ts";
import { NANO } from "../observe/usage-members.ts";
import { type Budget, createBudgets } from "./budgets.ts";
import { createEstimates, type KnownSum } from "./estimates.ts";
import { readUsageReport } from "./live-report.ts";
import { type CalendarPeriod, firstDay } from "./periods.ts";
import { createSharedUse, type SharedSums } from "./shared-use.ts";
import {
  openUsageDatabase,
  type StoredAnswer,
  type UsageDatabase,
  type UsageFilter,
  type Used,
} from "./usage-database.ts";
import { createWaitingAnswers } from "./waiting-answers.ts";

export interface UsageOptions {
  /**
   * The database, a file that only its owner can read. Several programs may share it.
   * @default undefined, in memory until the end of the process
   * @example "usage.db"
   */
  readonly path?: string | undefined;
  /**
   * The most that callers may use.
   * @default []
   * @example [{ key: "ci", credits: 50, per: "day" }, { tokens: 5_000_000, per: "month" }]
   */
  readonly budgets?: readonly Budget[] | undefined;
  /**
   * Sums that several proxies share, so that budgets of days and months hold for all of them together.
   * @default undefined, those who share the database share the budgets
   * @example createRedisStore({ url: "redis://127.0.0.1:6379" }) // from `@tokenflow/store-redis`
   */
  readonly sums?: SharedSums | undefined;
  /**
   * Also adds the answers up there, by day, model, key, session and client, for {@link readFleetReport}.
   * @default false
   * @example true
   */
  readonly keepsSums?: boolean | undefined;
  /**
   * Receives a sentence about a budget that is nearly used up, or a database that cannot be used.
   * @default none
   * @example (sentence) => console.error(sentence)
   */
  readonly onNotice?: ((sentence: string) => void) | undefined;
  /** Replaces the system clock, for tests. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

/** Counts answers, and keeps them. Disposing writes what is not written yet, and closes the database. */
export interface Usage extends ProxyUsage, Disposable {}

/** How soon a write is tried again while another program writes, in milliseconds. */
const RETRY = 100;
/** The time from one write to the next, in milliseconds: what is used by a hundred callers is written together. */
const INTERVAL = 20;
/** https://sqlite.org/rescode.html: the low byte of a code is its kind. */
const PRIMARY_CODE = 0xff;
const SQLITE_BUSY = 5;
/** How long the last write may wait for others, in milliseconds. */
const LAST_WAIT = 1_000;

/**
 * Counts what answers cost, enforces budgets, and keeps one row for each answer in a database. If the database cannot
 * be used, `onNotice` is told, and everything is kept in memory.
 * @example
 * using usage = createUsage({ path: "usage.db", budgets: [{ credits: 50, per: "day" }] });
 * await using proxy = createProxy({ sessions, usage });
 */
export function createUsage({
  path,
  budgets: limits = [],
  sums,
  keepsSums = false,
  onNotice = () => undefined,
  clock = systemClock,
}: UsageOptions = {}): Usage {
  const database = openOrTell(path, clock, onNotice);
  const estimates = createEstimates(recentOf(database));
  const waiting = createWaitingAnswers();
  /** The last amount that was read for each budget, used while the database cannot be read. */
  const lastReads = new WeakMap<UsageFilter, Used>();
  let isScheduled = false;
  let isFailing = false;
  let writtenAt = Number.NEGATIVE_INFINITY;

  const write = (): void => {
    isScheduled = false;
    if (waiting.answers.length === 0) return;
    try {
      database.add(waiting.answers, waiting.totals);
      waiting.clear();
      writtenAt = performance.now();
      isFailing = false;
    } catch (error) {
      if (!isFailing && !isBusy(error))
        onNotice(`Usage cannot be written (${codeOf(error)}). It is tried again.`);
      isFailing ||= !isBusy(error);
      waiting.shorten();
      schedule(() => void setTimeout(write, RETRY).unref());
    }
  };
  const schedule = (later: () => void): void => {
    if (isScheduled) return;
    isScheduled = true;
    later();
  };
  /** Writes at once after a pause, and otherwise no more often than the interval. */
  const writeSoon = (): void => {
    const rest = writtenAt + INTERVAL - performance.now();
    if (rest > 0) setTimeout(write, rest);
    else setImmediate(write);
  };
  const read = (filter: UsageFilter, firstDay: string): Used => {
    try {
      const stored = database.used(filter, firstDay);
      lastReads.set(filter, stored);
      return stored;
    } catch {
      // No request fails because of it.
      return lastReads.get(filter) ?? { tokens: 0, credits: 0 };
    }
  };
  const holdsBudgets = limits.some(({ per }) => per !== "run");
  const shared =
    sums && (holdsBudgets || keepsSums)
      ? createSharedUse({ sums, now: () => clock.now(), holdsBudgets, keepsSums, onNotice })
      : undefined;
  const used = (filter: UsageFilter, period: CalendarPeriod): Used => {
    if (shared) return shared.used(filter, period);
    const since = firstDay(period, clock.now());
    const stored = read(filter, since);
    const others = waiting.used(filter, since);
    return { tokens: stored.tokens + others.tokens, credits: stored.credits + others.credits };
  };
  const budgets = createBudgets(limits, { used, clock, onNotice });

  return {
    require: (owner) =>
      shared && holdsBudgets ? shared.refresh().then(() => budgets.require(owner)) : budgets.require(owner),
    record(call) {
      const answer = toAnswer(call, clock.now(), estimates);
      budgets.count(answer);
      waiting.add(answer);
      schedule(writeSoon);
      return shared?.add(answer);
    },
    report: (since) => readUsageReport(database.connection, { since, now: clock.now() }),
    [Symbol.dispose]() {
      try {
        database.connection.exec(`PRAGMA busy_timeout = ${LAST_WAIT}`);
        if (waiting.answers.length > 0) database.add(waiting.answers, waiting.totals);
        waiting.clear();
      } catch (error) {
        onNotice(`The usage of ${waiting.answers.length} answers could not be written (${codeOf(error)}).`);
      }
      database[Symbol.dispose]();
    },
  };
}

function toAnswer(
  call: AnsweredCall,
  at: number,
  estimates: ReturnType<typeof createEstimates>,
): StoredAnswer {
  const { isComplete, inputTokens, outputTokens, credits } = call;
  const isKnown = isComplete && (inputTokens !== undefined || credits !== undefined);
  const figures = {
    tokens: (inputTokens ?? 0) + (outputTokens ?? 0),
    nano: Math.round((credits ?? 0) * NANO),
  };
  if (isKnown) estimates.learn(call, figures);
  return { ...call, at, isKnown, ...(isKnown ? figures : estimates.atLeast(call, figures)) };
}

function openOrTell(
  path: string | undefined,
  clock: Clock,
  onNotice: (sentence: string) => void,
): UsageDatabase {
  try {
    return openUsageDatabase(path, clock.now());
  } catch (error) {
    onNotice(
      `Usage is not kept: ${path} cannot be used (${codeOf(error)}). Move the file away, or choose another.`,
    );
    return openUsageDatabase(undefined, clock.now());
  }
}

/** Without them an estimate is by size alone. */
function recentOf(database: UsageDatabase): readonly KnownSum[] {
  try {
    return database.recent();
  } catch {
    return [];
  }
}

function isBusy(error: unknown): boolean {
  return (
    error instanceof Error && "errcode" in error && (Number(error.errcode) & PRIMARY_CODE) === SQLITE_BUSY
  );
}

/** Returns a system error's code, or SQLite's own sentence. */
function codeOf(error: unknown): string {
  const code = systemCode(error);
  return code === undefined || code === "ERR_SQLITE_ERROR" ? messageOf(error) : code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
