import { NANO } from "../observe/usage-members.ts";
import { createFleetAmounts } from "./fleet-amounts.ts";
import type { CalendarPeriod } from "./periods.ts";
import { sumName, ttlOf } from "./sum-names.ts";
import { isSelected, type StoredAnswer, type UsageFilter, type Used } from "./usage-database.ts";

/** Numbers that several proxies add to. A store of `@tokenflow/store-redis` has them. */
export interface SharedSums {
  addToSums(name: string, amounts: Readonly<Record<string, number>>, ttl: number): Promise<void>;
  readSums(name: string): Promise<Readonly<Record<string, number>>>;
  deleteSums(name: string): Promise<void>;
}

/** The use of all proxies of a fleet in the current day and month. */
export interface SharedUse {
  /** Reads what the others have used. Resolves also if that failed: then the last reading counts. */
  refresh(): Promise<void>;
  /**
   * Resolves when the answer counts for all, but waits no longer than a request does. Until it does, it counts here. If
   * it could not be sent, it is sent again with the next.
   */
  add(answer: StoredAnswer): Promise<void>;
  /** Returns the use of the last reading, with everything of this process that is not in it. */
  used(filter: UsageFilter, period: CalendarPeriod): Used;
}

type Amounts = Record<string, number>;

const PERIODS = ["day", "month"] as const satisfies readonly CalendarPeriod[];
/** How long a request, or the slot of one that has ended, waits for the sums, in milliseconds. */
const MAX_WAIT = 250;

export interface SharedUseOptions {
  readonly sums: SharedSums;
  readonly now: () => number;
  /** True if day's and month's budgets need the use of all. */
  readonly holdsBudgets: boolean;
  /** True if reports of the whole fleet are wanted. */
  readonly keepsSums: boolean;
  /** Receives a sentence when the sums cannot be reached, once until they can be. */
  readonly onNotice: (sentence: string) => void;
}

export function createSharedUse({
  sums,
  now,
  holdsBudgets,
  keepsSums,
  onNotice,
}: SharedUseOptions): SharedUse {
  const amountsOf = createFleetAmounts();
  const readings = new Map<string, { readonly amounts: Amounts; readonly turn: number }>();
  let turns = 0;
  /** The amounts that the sums do not have yet, by name. */
  let waiting = new Map<string, Amounts>();
  let sending: { readonly amounts: Map<string, Amounts>; readonly done: Promise<void> } | undefined;
  let isFailing = false;

  const failed = (): void => {
    if (!isFailing) {
      onNotice(
        holdsBudgets
          ? "The budgets of the fleet cannot be read or written. Each proxy holds them alone."
          : "The usage of the fleet cannot be written. It is sent with a later answer.",
      );
    }
    isFailing = true;
  };
  /** Waits for work to end, but not for longer than that. Never rejects. */
  const inTime = async (work: Promise<unknown>): Promise<void> => {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      failed();
      late.resolve();
    }, MAX_WAIT);
    await Promise.race([work.catch(failed), late.promise]);
    clearTimeout(timer);
  };
  const read = async (name: string): Promise<void> => {
    const turn = (turns += 1);
    const amounts = await sums.readSums(name);
    if (turn > (readings.get(name)?.turn ?? 0)) readings.set(name, { amounts, turn });
    isFailing = false;
  };
  const send = async (amounts: Map<string, Amounts>): Promise<void> => {
    try {
      for (const [name, fields] of amounts) {
        await sums.addToSums(name, fields, ttlOf(name));
        amounts.delete(name);
      }
      isFailing = false;
    } catch {
      failed();
      for (const [name, fields] of amounts) addAll(waiting, name, fields);
    }
    sending = undefined;
  };
  /** One write at a time takes everything that waits. */
  const flush = async (): Promise<void> => {
    await sending?.done;
    if (sending) return sending.done;
    if (waiting.size === 0) return;
    const amounts = waiting;
    waiting = new Map();
    const done = send(amounts);
    sending = { amounts, done };
    await done;
  };

  return {
    async refresh() {
      const at = now();
      await inTime(Promise.all(PERIODS.map((period) => read(sumName(period, at)))));
    },
    add(answer) {
      const { at, key, session, tokens, nano } = answer;
      const owner = JSON.stringify([key ?? null, session]);
      for (const period of holdsBudgets ? PERIODS : [])
        addAll(waiting, sumName(period, at), { [`tokens ${owner}`]: tokens, [`nano ${owner}`]: nano });
      if (keepsSums) addAll(waiting, sumName("report", at), amountsOf(answer));
      return inTime(flush());
    },
    used(filter, period) {
      const name = sumName(period, now());
      const used = { tokens: 0, nano: 0 };
      for (const amounts of [readings.get(name)?.amounts, waiting.get(name), sending?.amounts.get(name)]) {
        for (const [field, amount] of Object.entries(amounts ?? {})) {
          const [, unit = "", owner = "[]"] = /^(tokens|nano) (.*)$/s.exec(field) ?? [];
          const [key, session] = JSON.parse(owner) as readonly [string | null, string];
          if (!isSelected(filter, { key: key ?? undefined, session })) continue;
          if (unit === "tokens") used.tokens += amount;
          else used.nano += amount;
        }
      }
      return { tokens: used.tokens, credits: used.nano / NANO };
    },
  };
}

function addAll(sums: Map<string, Amounts>, name: string, amounts: Amounts): void {
  const sum = sums.get(name) ?? {};
  for (const [field, amount] of Object.entries(amounts)) sum[field] = (sum[field] ?? 0) + amount;
  sums.set(name, sum);
}
