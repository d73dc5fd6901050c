import { type Model, TokenFlowError } from "@tokenflow/core";

/**
 * Reads aliases as settings write them: `gpt-4o=gpt-4.1,fast=hyper/kimi-k2.5`.
 * @throws `provider.misconfigured` for anything else, or a name given twice
 */
export function parseAliases(text: string): Readonly<Record<string, string>> {
  const pairs = text
    .split(",")
    .filter((pair) => pair.trim() !== "")
    .map((pair) => /^([^=]+)=([^=]+)$/.exec(pair.trim()) ?? misread(pair))
    .map(([, name = "", model = ""]) => [name.trim(), model.trim()] as const);
  const aliases = new Map(pairs);
  if (aliases.size < pairs.length || aliases.has("") || [...aliases.values()].includes("")) misread(text);
  return Object.fromEntries(aliases);
}

function misread(text: string): never {
  throw new TokenFlowError("provider.misconfigured", `"${text}" is no list of aliases`, {
    hint: "Write them as name=model, with commas between.",
  });
}

/** The date that clients put behind a model's name: `-20250929`, `-2025-04-14`, `@20250929`, or `-latest`. */
const DATE = /[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest)$/;

/**
 * The model of a catalogue that a name means: `claude-sonnet-4-5-20250929` is its `claude-sonnet-4.5`.
 * @returns `undefined` where it could be none of them, or more than one
 */
export function findModel(name: string, models: readonly Model[]): Model | undefined {
  // Most callers know the name; the others are worth a closer look.
  const exact = models.find(({ id }) => id === name);
  if (exact) return exact;
  for (const wanted of [name, name.replace(DATE, "")].map(simplified)) {
    const alike = models.filter(({ id }) => simplified(id) === wanted);
    if (alike.length > 0) return alike.length === 1 ? alike[0] : undefined;
  }
  return undefined;
}

/** Versions are written with dots, dashes or nothing between their digits. */
function simplified(name: string): string {
  return name.toLowerCase().replace(/(?<=\d)[.-](?=\d)/g, "");
}
