import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Start the Redis server, or correct its address.",
  ENOTFOUND: "Correct the address of the Redis server.",
  WRONGPASS: "Correct the user name and password of the Redis server.",
  NOAUTH: "Set the user name and password of the Redis server.",
  NOPERM: "Allow the Redis user the commands that the README of @tokenflow/store-redis lists.",
  OOM: "The Redis server is full. Raise its maxmemory, or delete what is not needed.",
  MISCONF: "The Redis server cannot write to its disk. Free some space there.",
  READONLY: "This Redis server is a replica. Use the address of the primary, or the sentinels.",
  CLUSTERDOWN: "A part of the Redis cluster is down. Run: redis-cli cluster info",
};

/** A call that took longer than its timeout. */
export class TimedOut extends Error {}

/**
 * Turns a failed call into `store.unavailable`. Only a code is kept of the client's error: its message may quote the
 * address, which may contain a password.
 */
export function redisError(error: unknown, address: string, timeout: number): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  if (error instanceof TimedOut)
    return unavailable(`Redis at ${address} did not answer within ${timeout / 1000} s`);
  const reason = reasonOf(error);
  return unavailable(`Redis at ${address} failed${reason === undefined ? "" : ` (${reason})`}`, reason);
}

/** Makes the error for a write that no replica has confirmed. */
export function unconfirmedError(address: string): TokenFlowError {
  return unavailable(`No replica of Redis at ${address} has confirmed the write`, "unconfirmed");
}

/** Makes the error for a value that changes at every read. */
export function unsteadyError(address: string): TokenFlowError {
  return unavailable(`A session in Redis at ${address} changes too often to be read`);
}

/** Returns the code that a server's refusal begins with, such as `OOM`; `undefined` for any other error. */
export function replyOf(error: unknown): string | undefined {
  // An error of the system has a code.
  if (!(error instanceof Error) || "code" in error || "errors" in error) return undefined;
  return /^([A-Z]{3,20})(?= )/.exec(error.message)?.[1];
}

/** Returns the system's code, else the server's. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = systemCode(error);
  if (code !== undefined) return code;
  const { errors } = error as { errors?: unknown };
  if (Array.isArray(errors)) return errors.map(reasonOf).find((reason) => reason !== undefined);
  return replyOf(error);
}

function unavailable(message: string, reason?: string): TokenFlowError {
  const hint = HINTS[reason ?? ""] ?? "Check that the Redis server is reachable and writable.";
  return new TokenFlowError("store.unavailable", message, { reason, hint });
}
