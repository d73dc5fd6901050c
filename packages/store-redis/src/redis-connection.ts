import type { Clock } from "@tokenflow/core";
import type { RedisClient } from "./redis-client.ts";
import { Overdue, redisError, replyOf } from "./redis-error.ts";

/** Replies after which another server is to be asked, or this one anew. */
const MOVED_ON: ReadonlySet<string> = new Set(["READONLY", "MASTERDOWN", "LOADING", "CLUSTERDOWN"]);

export interface RedisConnection {
  /**
   * Asks within the time-out, a connection that must be made first included.
   * @param limit a shorter time-out, in milliseconds
   * @throws `store.unavailable`
   */
  ask<T>(act: (client: RedisClient) => Promise<T>, limit?: number): Promise<T>;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly clock: Clock;
  /** For a whole call, in milliseconds. */
  readonly timeout: number;
  /** Where the server is, as it may be shown. */
  readonly address: string;
}

/**
 * Connects at the first call. A client that failed is thrown away and the next call makes another: a connection
 * that hangs would be waited for until the system gives up on it, which takes it a quarter of an hour.
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
    const client = open(() => drop(mine));
    const ready = client.then(async (opening) => {
      await opening.connect();
      return opening;
    });
    ready.catch(() => undefined);
    const mine: Opened = { client, ready };
    return mine;
  };

  return {
    async ask(act, limit = timeout) {
      opened ??= connect();
      const mine = opened;
      const over = new AbortController();
      try {
        // Loading the library may take a busy machine longer than any server takes to answer.
        await mine.client;
        // In the foreground: the connection itself keeps no process alive.
        const overdue = clock.sleep(Math.min(limit, timeout), { signal: over.signal }).then(() => {
          throw new Overdue();
        });
        return await Promise.race([mine.ready.then(act), overdue]);
      } catch (error) {
        if (!isReply(error)) drop(mine);
        throw redisError(error, address, timeout);
      } finally {
        over.abort();
      }
    },
    close: () => drop(opened),
  };
}

/** The server is there and says no; the connection is good. */
function isReply(error: unknown): boolean {
  const word = replyOf(error);
  return word !== undefined && !MOVED_ON.has(word);
}
