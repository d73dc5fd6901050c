import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Start the Redis server, or correct its address.",
  ENOTFOUND: "Correct the address of the Redis server.",
  WRONGPASS: "Correct the user name and password of the Redis server.",
  NOAUTH: "Give the user name and password of the Redis server.",
  NOPERM: "Give the Redis user the commands that the README of @tokenflow/store-redis names.",
  OOM: "The Redis server is full. Raise its maxmemory, or delete what is not needed.",
  MISCONF: "The Redis server cannot write to its disk. Free some space there.",
  READONLY: "This Redis server is a replica. Give the address of the primary, or the sentinels.",
  CLUSTERDOWN: "A part of the Redis cluster is down. Look at: redis-cli cluster info",
};

/** No answer came in time. */
export class Overdue extends Error {}

/**
 * A failed call as `store.unavailable`. Of the client's error only a word is kept that is surely none of ours: its
 * message may quote the address, which may hold a password.
 */
export function redisError(error: unknown, place: string, timeout: number): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  if (error instanceof Overdue)
    return unavailable(`Redis at ${place} did not answer within ${timeout / 1000} s`);
  const reason = reasonOf(error);
  return unavailable(`Redis at ${place} failed${reason === undefined ? "" : ` (${reason})`}`, reason);
}

/** What was written, and no replica has confirmed. */
export function unconfirmed(place: string): TokenFlowError {
  return unavailable(`No replica of Redis at ${place} has confirmed the write`, "unconfirmed");
}

/** The word that a server's own refusal begins with, `OOM`; `undefined` where it was none. */
export function replyOf(error: unknown): string | undefined {
  // What the system says has a code.
  if (!(error instanceof Error) || "code" in error || "errors" in error) return undefined;
  return /^([A-Z]{3,20})(?= )/.exec(error.message)?.[1];
}

/** The system's code, else the server's own word. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = systemCode(error);
  if (code !== undefined) return code;
  const { errors } = error as { errors?: unknown };
  if (Array.isArray(errors)) return errors.map(reasonOf).find((reason) => reason !== undefined);
  return replyOf(error);
}

function unavailable(message: string, reason?: string): TokenFlowError {
  const hint = HINTS[reason ?? ""] ?? "Check that the Redis server can be reached and written.";
  return new TokenFlowError("store.unavailable", message, { reason, hint });
}
