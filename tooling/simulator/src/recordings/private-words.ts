import { isJsonObject } from "@tokenflow/conformance/server";

/** The words of one run that must not be recorded: credentials, and the names of a person and of their account. */
export interface PrivateWords {
  add(...words: readonly string[]): void;
  /** Adds the names and ids in an answer about a person. */
  learn(answer: unknown): void;
  /** Returns a text without these words. */
  remove(text: string): string;
}

/** Members of GitHub's answers whose values name a person, an organization or an enterprise. */
const NAMES: ReadonlySet<string> = new Set([
  "login",
  "name",
  "email",
  "notification_email",
  "id",
  "node_id",
  "slug",
  "tracking_id",
  "analytics_tracking_id",
  "organization_list",
  "organization_login_list",
  "enterprise_list",
]);
/** Shorter words are removed only as whole words, since they may be a part of any other. */
const MIN_PART = 4;

export function createPrivateWords(): PrivateWords {
  const known = new Set<string>();
  let pattern: RegExp | undefined;

  const add = (...words: readonly string[]): void => {
    for (const word of words) if (word.trim() !== "") known.add(word.trim());
    // Of two words that begin alike the longer one is tried first.
    const sorted = [...known].toSorted((one, other) => other.length - one.length).map(toPattern);
    pattern = sorted.length === 0 ? undefined : new RegExp(sorted.join("|"), "giu");
  };

  const learn = (value: unknown, isName = false): void => {
    if (isName && (typeof value === "string" || typeof value === "number")) add(String(value));
    else if (Array.isArray(value)) for (const one of value) learn(one, isName);
    else if (isJsonObject(value))
      for (const [name, one] of Object.entries(value)) learn(one, NAMES.has(name));
  };

  return {
    add,
    learn: (answer) => learn(answer),
    remove: (text) => (pattern ? text.replace(pattern, "…") : text),
  };
}

function toPattern(word: string): string {
  const escaped = word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return word.length < MIN_PART ? `(?<![\\p{L}\\p{N}_])${escaped}(?![\\p{L}\\p{N}_])` : escaped;
}
