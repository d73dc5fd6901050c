import { UsageError } from "../messages/usage-error.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;

/** Names the form in messages. */
export const DURATION_FORM = "a duration such as 90s, 5m or 1h30m";

/** Reads `90s`, `500ms`, `1h30m` or `2d` as milliseconds. A bare number is seconds. Returns `undefined` for other text. */
export function readDuration(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const parts = [...text.matchAll(PART)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? 0), 0);
}

/**
 * Reads a duration as {@link readDuration} does.
 * @param name what the message calls the value: `--wait`
 * @throws UsageError for other text
 */
export function parseDuration(text: string, name: string): number {
  const milliseconds = readDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new UsageError(`${name} must be ${DURATION_FORM}, not "${text}"`);
}
