import { asObject, asString, type JsonObject, parseJson } from "@tokenflow/core/provider";
import { dayOf } from "./periods.ts";
import type { StoredAnswer } from "./usage-database.ts";

/** The figures of answers in the sums of a fleet. The price is in billionths of a credit. */
const FIGURES = ["answers", "unknown", "input", "cached", "output", "reasoning", "nano"] as const;
export type Figure = (typeof FIGURES)[number];

/** Callers choose the names of models and clients. Beyond this number in a day, a process leaves them out. */
const MAX_OWNERS = 1_000;

/** Returns a function that tells what an answer adds to the sums of its day. */
export function createFleetAmounts(): (answer: StoredAnswer) => Readonly<Record<string, number>> {
  const owners = new Set<string>();
  let currentDay = "";
  return (answer) => {
    const { at, model, key, session, client } = answer;
    const day = dayOf(at);
    if (day !== currentDay) owners.clear();
    currentDay = day;
    const named = JSON.stringify({ model, key, session, client });
    if (owners.size < MAX_OWNERS) owners.add(named);
    const owner = owners.has(named) ? named : JSON.stringify({ key, session });
    const amounts = Object.entries(figuresOf(answer)).filter(([, amount]) => amount !== 0);
    return Object.fromEntries(amounts.map(([figure, amount]) => [`${figure} ${owner}`, amount]));
  };
}

function figuresOf(answer: StoredAnswer): Partial<Record<Figure, number>> {
  if (!answer.isKnown) return { unknown: 1 };
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens, nano } = answer;
  return {
    answers: 1,
    input: inputTokens ?? 0,
    cached: cachedTokens ?? 0,
    output: outputTokens ?? 0,
    reasoning: reasoningTokens ?? 0,
    nano,
  };
}

/** Reads the name of a sum. Returns `undefined` for one that is none of these. */
export function readSumField(
  field: string,
): { readonly figure: Figure; readonly nameOf: (by: string) => string | null } | undefined {
  const [, word, json = ""] = /^(\w+) (.*)$/s.exec(field) ?? [];
  const figure = FIGURES.find((name) => name === word);
  const owner: JsonObject = asObject(parseJson(json));
  return figure && { figure, nameOf: (by) => asString(owner[by]) ?? null };
}
