import type { AnsweredCall } from "../observe/proxy-usage.ts";

/** The amounts that an answer adds to a budget. */
export interface Figures {
  readonly tokens: number;
  /** Billionths of a credit. */
  readonly nano: number;
}

/** The sum of the answers of one model whose figures are known. */
export interface KnownSum extends Figures, Pick<AnsweredCall, "session" | "model"> {
  readonly answers: number;
}

/** Estimates answers that broke off, by those of the same model that did not, and by their size. */
export interface Estimates {
  learn(call: AnsweredCall, figures: Figures): void;
  /**
   * Returns the most of what is known: the figures that were told, the mean of the model's answers, and what a call of
   * this size takes. A model without answers takes the mean of its session's.
   */
  atLeast(call: AnsweredCall, figures: Figures): Figures;
}

interface Sum {
  answers: number;
  tokens: number;
  nano: number;
}

/** A model's name may come from the caller. */
const MAX_MODELS = 1_000;
/** Bytes of a request for each token, and of an answer: most of a stream's bytes are not the model's. */
const REQUEST_BYTES = 4;
const ANSWER_BYTES = 100;

/** @param known the sums of earlier answers */
export function createEstimates(known: readonly KnownSum[] = []): Estimates {
  const sums = new Map<string, Sum>();
  const sumOf = (name: string): Sum => {
    if (!sums.has(name) && sums.size >= MAX_MODELS) sums.clear();
    const sum = sums.get(name) ?? { answers: 0, tokens: 0, nano: 0 };
    sums.set(name, sum);
    return sum;
  };
  const add = ({ session, model, answers, tokens, nano }: KnownSum): void => {
    for (const name of [session, nameOf(session, model)]) {
      const sum = sumOf(name);
      sum.answers += answers;
      sum.tokens += tokens;
      sum.nano += nano;
    }
  };
  for (const sum of known) add(sum);
  return {
    learn: ({ session, model }, figures) => add({ session, model, answers: 1, ...figures }),
    atLeast({ session, model, requestBytes = 0, answerBytes = 0 }, figures) {
      const bySize = requestBytes / REQUEST_BYTES + answerBytes / ANSWER_BYTES;
      const sum = sums.get(nameOf(session, model)) ?? sums.get(session);
      const { answers, tokens, nano } = sum ?? { answers: 1, tokens: 0, nano: 0 };
      const most = Math.max(figures.tokens, Math.round(tokens / answers), Math.round(bySize));
      const price = tokens === 0 ? 0 : nano / tokens;
      return {
        tokens: most,
        nano: Math.max(figures.nano, Math.round(nano / answers), Math.round(most * price)),
      };
    },
  };
}

function nameOf(session: string, model: string | undefined): string {
  return `${session} ${model}`;
}
