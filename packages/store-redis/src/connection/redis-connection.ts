import { type Clock, isTokenFlowError } from "@tokenflow/core";
import { withTimeout } from "@tokenflow/core/store";
import type { RedisClient } from "./redis-client.ts";
import { redisError, replyOf, TimedOut } from "./redis-error.ts";

/** Replies after which the next call needs a new connection, perhaps to another server. */
const RECONNECT_REPLIES: ReadonlySet<string> = new Set(["READONLY", "MASTERDOWN", "LOADING", "CLUSTERDOWN"]);

export interface RedisConnection {
  /**
   * Runs `act` within the timeout, which includes connecting.
   * @param limit a shorter timeout, in milliseconds
   * @throws `store.unavailable`
   */
  ask<T>(act: (client: RedisClient) => Promise<T>, limit?: number): Promise<T>;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly clock: Clock;
  /** The longest time for a whole call, in milliseconds. */
  readonly timeout: number;
  /** The server's address without secrets, for messages. */
  readonly address: string;
}

/**
 * Connects at the first call. A client that failed is discarded, and the next call creates another. Waiting for a
 * connection that hangs would take a quarter of an hour, until the system gives up on it.
 */
export function createRedisConnection(
  open: (onLost: () => void) => Promise<RedisClient>,
  { clock, timeout, address }: RedisConnectionOptions,
): RedisConnection {
  interface Opened {
    readonly client: Promise<RedisClient>;
    readonly ready: Promise<RedisClient>;
  }
  let opened: Opened | undefined;

  const drop = (lost: Opened | undefined): void => {
    if (opened === lost) opened = undefined;
    lost?.client.then((client) => client.destroy()).catch(() => undefined);
  };

  const connect = (): Opened => {
    const client = open(() => drop(connection));
    const ready = client.then(async (opening) => {
      await opening.connect();
      return opening;
    });
    ready.catch(() => undefined);
    const connection: Opened = { client, ready };
    return connection;
  };

  return {
    async ask(act, limit = timeout) {
      opened ??= connect();
      const current = opened;
      try {
        // Outside the timeout: loading the library on a busy machine may take longer than any server's answer.
        await current.client;
        // This timer keeps the process alive, since the connection does not.
        return await withTimeout(current.ready.then(act), {
          clock,
          timeout: Math.min(limit, timeout),
          onTimeout: () => {
            throw new TimedOut();
          },
        });
      } catch (error) {
        if (!isReply(error)) drop(current);
        throw redisError(error, address, timeout);
      }
    },
    close: () => drop(opened),
  };
}

/** Returns `true` if the server answered, with a refusal or with bytes that are no text: the connection is good. */
function isReply(error: unknown): boolean {
  if (isTokenFlowError(error, "store.corrupt")) return true;
  const code = replyOf(error);
  return code !== undefined && !RECONNECT_REPLIES.has(code);
}
