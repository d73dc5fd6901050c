import type { AnsweredCall } from "../observe/proxy-usage.ts";

/** The amounts that an answer adds to a budget. */
export interface Figures {
  readonly tokens: number;
  /** Billionths of a credit. */
  readonly nano: number;
}

/** Estimates answers that broke off, by those of the same model that did not. */
export interface Estimates {
  learn(call: AnsweredCall, figures: Figures): void;
  /** Returns the mean of the model's answers, or the figures that are known already if they are higher. */
  atLeast(call: AnsweredCall, figures: Figures): Figures;
}

/** A model's name may come from the caller. */
const MAX_MODELS = 1_000;

export function createEstimates(): Estimates {
  const sums = new Map<string, { answers: number; tokens: number; nano: number }>();
  return {
    learn({ session, model }, { tokens, nano }) {
      const name = `${session} ${model}`;
      if (!sums.has(name) && sums.size >= MAX_MODELS) sums.clear();
      const sum = sums.get(name) ?? { answers: 0, tokens: 0, nano: 0 };
      sum.answers += 1;
      sum.tokens += tokens;
      sum.nano += nano;
      sums.set(name, sum);
    },
    atLeast({ session, model }, figures) {
      const sum = sums.get(`${session} ${model}`);
      if (!sum) return figures;
      return {
        tokens: Math.max(figures.tokens, Math.round(sum.tokens / sum.answers)),
        nano: Math.max(figures.nano, Math.round(sum.nano / sum.answers)),
      };
    },
  };
}
