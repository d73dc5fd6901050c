import { NANO } from "../observe/usage-members.ts";
import { dayOf } from "./periods.ts";
import { isSelected, type StoredAnswer, type UsageFilter, type Used } from "./usage-database.ts";

/** The answers that are not written yet. */
export interface WaitingAnswers {
  add(answer: StoredAnswer): void;
  readonly all: readonly StoredAnswer[];
  /** Call it when all are written. */
  clear(): void;
  /** Gives up the oldest, beyond the most that are held. They count for budgets until the process ends. */
  shorten(): void;
  used(filter: UsageFilter, firstDay: string): Used;
}

/** The most answers that are held, while the database cannot be written. */
const MAX_WAITING = 10_000;

type Counted = Pick<StoredAnswer, "at" | "key" | "session" | "tokens" | "nano">;

export function createWaitingAnswers(): WaitingAnswers {
  const waiting: StoredAnswer[] = [];
  /** The sums of those that were given up, by day, key and session. */
  const givenUp = new Map<string, Counted>();
  return {
    add: (answer) => void waiting.push(answer),
    all: waiting,
    clear() {
      waiting.length = 0;
    },
    shorten() {
      const old = waiting.splice(0, Math.max(0, waiting.length - MAX_WAITING));
      for (const { at, key, session, tokens, nano } of old) {
        const name = JSON.stringify([dayOf(at), key, session]);
        const sum = givenUp.get(name) ?? { at, key, session, tokens: 0, nano: 0 };
        givenUp.set(name, { ...sum, tokens: sum.tokens + tokens, nano: sum.nano + nano });
      }
    },
    used(filter, firstDay) {
      const selected = [...waiting, ...givenUp.values()].filter(
        (answer) => dayOf(answer.at) >= firstDay && isSelected(filter, answer),
      );
      return {
        tokens: selected.reduce((sum, { tokens }) => sum + tokens, 0),
        credits: selected.reduce((sum, { nano }) => sum + nano, 0) / NANO,
      };
    },
  };
}
