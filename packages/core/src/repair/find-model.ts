import type { Model } from "../contracts/upstream.ts";

/** The date that clients append to a model's name: `-20250929`, `-2025-04-14`, `@20250929`, or `-latest`. */
const DATE = /[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2}|latest)$/;

/**
 * Finds the model that a name means: `claude-sonnet-4-5-20250929` matches `claude-sonnet-4.5`.
 * @returns `undefined` if no model matches, or more than one
 */
export function findModel(name: string, models: readonly Model[]): Model | undefined {
  // Most callers use the exact name.
  const exact = models.find(({ id }) => id === name);
  if (exact) return exact;
  for (const wanted of [name, name.replace(DATE, "")].map(normalize)) {
    const matches = models.filter(({ id }) => normalize(id) === wanted);
    if (matches.length > 0) return matches.length === 1 ? matches[0] : undefined;
  }
  return undefined;
}

/** Removes what varies in a version: some clients write dots between its digits, others dashes or nothing. */
function normalize(name: string): string {
  return name.toLowerCase().replace(/(?<=\d)[.-](?=\d)/g, "");
}
