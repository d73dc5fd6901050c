import type { Dialect } from "../base/dialect.ts";

/** The last segment of a path in a catalog. */
const PATHS: Readonly<Record<string, Dialect>> = {
  "chat/completions": "chat",
  responses: "responses",
  messages: "messages",
};

/** The dialects that lose least on the way from another one come first. */
const PREFERENCES: Readonly<Record<Dialect, readonly Dialect[]>> = {
  chat: ["responses", "messages"],
  responses: ["messages", "chat"],
  messages: ["responses", "chat"],
};

/** Returns the dialect of a path, below any prefix. @example dialectOfPath("/v1/messages") // "messages" */
export function dialectOfPath(path: string): Dialect | undefined {
  const [, last = ""] = /(?:^|\/)(chat\/completions|responses|messages)$/.exec(path) ?? [];
  return PATHS[last];
}

/**
 * Chooses the dialect to translate to.
 * @param served the paths that serve the model, or the dialects
 * @returns `undefined` if the model is served in the caller's dialect, or in none
 */
export function chooseDialect(from: Dialect, served: readonly string[]): Dialect | undefined {
  const dialects = new Set(served.map((path) => dialectOfPath(path) ?? path));
  if (dialects.has(from)) return undefined;
  return PREFERENCES[from].find((dialect) => dialects.has(dialect));
}
