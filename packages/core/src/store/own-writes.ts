import type { Clock } from "../base/clock.ts";

/** Remembers what this process has replaced in a store that may return it once more. */
export interface OwnWrites {
  note(previous: string | undefined, next: string | undefined): void;
  /** Returns what was written last instead of a text that it has replaced. */
  newest(value: unknown): unknown;
}

/**
 * How long a store may return what was replaced, in milliseconds: that of Cloudflare's KV, the longest in use. After it,
 * an old text is one that somebody has restored.
 */
const MAX_STALENESS = 60_000;
/** A refresh replaces two. */
const MAX_REPLACED = 16;

/**
 * Creates the memory of one key, for a store whose reads may be older than its writes. An old grant is perhaps spent, and
 * what is written after an old read would replace the only live one. A miss is never called old: the session may have
 * been removed elsewhere.
 */
export function createOwnWrites(clock: Clock): OwnWrites {
  let replaced: readonly string[] = [];
  let last: { readonly text: string | undefined; readonly at: number } | undefined;
  const isRecent = (): boolean => last !== undefined && clock.monotonicNow() - last.at < MAX_STALENESS;
  return {
    note(previous, next) {
      const known = isRecent() ? replaced : [];
      replaced = [...known, ...(previous === undefined ? [] : [previous])]
        .filter((text) => text !== next)
        .slice(-MAX_REPLACED);
      last = { text: next, at: clock.monotonicNow() };
    },
    newest(value) {
      return typeof value === "string" && isRecent() && replaced.includes(value) ? last?.text : value;
    },
  };
}
