import type { Model } from "@tokenflow/core";

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
