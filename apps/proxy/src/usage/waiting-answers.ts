import { NANO } from "../observe/usage-members.ts";
import { dayOf } from "./periods.ts";
import {
  isSelected,
  type StoredAnswer,
  type UsageFilter,
  type UsageTotal,
  type Used,
} from "./usage-database.ts";

/** The answers that are not written yet, and what they add to the totals. */
export interface WaitingAnswers {
  add(answer: StoredAnswer): void;
  readonly answers: readonly StoredAnswer[];
  readonly totals: readonly UsageTotal[];
  /** Call it when all are written. */
  clear(): void;
  /** Gives up the oldest, beyond the most that are held. The totals keep them. */
  shorten(): void;
  used(filter: UsageFilter, firstDay: string): Used;
}

/** The most answers that are held, while the database cannot be written. */
const MAX_WAITING = 10_000;

type Total = { -readonly [Member in keyof UsageTotal]: UsageTotal[Member] };

export function createWaitingAnswers(): WaitingAnswers {
  const answers: StoredAnswer[] = [];
  const totals: Total[] = [];

  return {
    add(answer) {
      answers.push(answer);
      const { at, key, session, tokens, nano } = answer;
      const day = dayOf(at);
      const total = totals.find((one) => one.session === session && one.key === key && one.day === day);
      if (total) {
        total.tokens += tokens;
        total.nano += nano;
      } else totals.push({ day, key, session, tokens, nano });
    },
    answers,
    totals,
    clear() {
      answers.length = 0;
      totals.length = 0;
    },
    shorten: () => void answers.splice(0, Math.max(0, answers.length - MAX_WAITING)),
    used(filter, firstDay) {
      const selected = totals.filter((total) => total.day >= firstDay && isSelected(filter, total));
      return {
        tokens: selected.reduce((sum, { tokens }) => sum + tokens, 0),
        credits: selected.reduce((sum, { nano }) => sum + nano, 0) / NANO,
      };
    },
  };
}
