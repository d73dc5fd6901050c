import type { Clock } from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/provider";
import { systemCode } from "@tokenflow/core/store";
import type { AnsweredCall, ProxyUsage } from "../observe/proxy-usage.ts";
import { type Budget, createBudgets } from "./budgets.ts";
import { createEstimates } from "./estimates.ts";
import {
  isSelected,
  NANO,
  openUsageDatabase,
  type StoredAnswer,
  type UsageDatabase,
  type UsageFilter,
  type Used,
} from "./usage-database.ts";

export interface UsageOptions {
  /**
   * The database, a file that only its owner can read. Several programs may share it.
   * @default undefined, in memory until the end of the process
   * @example "/home/me/.config/tokenflow/usage.db"
   */
  readonly path?: string | undefined;
  /**
   * The most that callers may use.
   * @default []
   * @example [{ key: "ci", credits: 50, per: "day" }, { tokens: 5_000_000, per: "month" }]
   */
  readonly budgets?: readonly Budget[] | undefined;
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
/** The most answers that wait to be written. Beyond it the oldest are not kept, but count for budgets. */
const MAX_WAITING = 10_000;
/** How long the last write may wait for others, in milliseconds. */
const LAST_WAIT = 1_000;

/**
 * Counts what answers cost, holds budgets, and keeps one row for each answer in a database. A database that cannot be
 * used is told once, and everything is kept in memory.
 * @example
 * using usage = createUsage({ path: "usage.db", budgets: [{ credits: 50, per: "day" }] });
 * await using proxy = createProxy({ sessions, usage });
 */
export function createUsage({
  path,
  budgets: limits = [],
  onNotice = () => undefined,
  clock = systemClock,
}: UsageOptions = {}): Usage {
  const database = openOrTell(path, clock, onNotice);
  const estimates = createEstimates();
  const waiting: StoredAnswer[] = [];
  let isScheduled = false;
  let hasFailed = false;

  const write = (): void => {
    isScheduled = false;
    if (waiting.length === 0) return;
    try {
      database.add(waiting);
      waiting.length = 0;
    } catch (error) {
      if (!hasFailed && !isBusy(error))
        onNotice(`Usage cannot be written (${codeOf(error)}). It is tried again.`);
      hasFailed ||= !isBusy(error);
      waiting.splice(0, Math.max(0, waiting.length - MAX_WAITING));
      schedule(() => void setTimeout(write, RETRY).unref());
    }
  };
  const schedule = (later: () => void): void => {
    if (isScheduled) return;
    isScheduled = true;
    later();
  };
  const used = (filter: UsageFilter, firstDay: string): Used => {
    const stored = database.used(filter, firstDay);
    // These are of today: they wait for milliseconds.
    const others = waiting.filter((answer) => isSelected(filter, answer));
    const tokens = others.reduce((sum, answer) => sum + answer.tokens, stored.tokens);
    return { tokens, credits: others.reduce((sum, { nano }) => sum + nano / NANO, stored.credits) };
  };
  const budgets = createBudgets(limits, { used, clock, onNotice });

  return {
    require: (owner) => budgets.require(owner),
    record(call) {
      const answer = toAnswer(call, clock.now(), estimates);
      budgets.count(answer);
      waiting.push(answer);
      schedule(() => void setImmediate(write));
    },
    [Symbol.dispose]() {
      try {
        database.connection.exec(`PRAGMA busy_timeout = ${LAST_WAIT}`);
        if (waiting.length > 0) database.add(waiting);
        waiting.length = 0;
      } catch (error) {
        onNotice(`The usage of ${waiting.length} answers could not be written (${codeOf(error)}).`);
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
  const told = inputTokens !== undefined || credits !== undefined;
  const isKnown = isComplete && told;
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

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === 5;
}

/** Names an error without what it quotes. */
function codeOf(error: unknown): string {
  const code = systemCode(error);
  return code === undefined || code === "ERR_SQLITE_ERROR" ? messageOf(error) : code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
