import type { Command, RedisClient } from "./redis-client.ts";
import { unconfirmed } from "./redis-error.ts";
import { REPLACE, toArgument } from "./redis-script.ts";

/** One replica has it, or half a second is over. */
const WAIT_FOR_REPLICA: Command = ["WAIT", "1", "500"];

/** What was asked to be written at one key, and is not known to be safe. */
interface UnconfirmedWrite {
  readonly previous: string | undefined;
  readonly written: Set<string | undefined>;
}

/** Values that count as stored once a replica has them, where the server names one as online. */
export interface ReplicatedValues {
  get(client: RedisClient, key: string): Promise<string | undefined>;
  replace(
    client: RedisClient,
    key: string,
    previous: string | undefined,
    next: string | undefined,
  ): Promise<boolean>;
  /** Notes that a `replace` failed, and that nobody knows what became of it. */
  markUnconfirmed(key: string, previous: string | undefined, next: string | undefined): void;
  /** Forgets what was in doubt, since something else is about to be written there. */
  clearUnconfirmed(key: string): void;
}

/**
 * A write that no replica confirmed throws, and stands on the primary all the same: whoever then reads there, to
 * find out what became of it, must not be told that it is done. So a value in doubt is written anew and confirmed
 * before `get` answers it, and for `replace` it counts as what it was to replace.
 */
export function createReplicatedValues(place: string): ReplicatedValues {
  const doubts = new Map<string, UnconfirmedWrite>();

  const command = (
    key: string,
    next: string | undefined,
    expected: Iterable<string | undefined>,
  ): Command => ["EVAL", REPLACE, "1", key, ...[next, ...expected].map(toArgument)];

  /** Over one connection: WAIT asks about the writes of its own only. Answers false where the value has moved. */
  const confirm = async (client: RedisClient, key: string, value: string | undefined): Promise<boolean> => {
    const [replicas, confirming] = await client.sendTogether(key, [
      command(key, value, [value]),
      WAIT_FOR_REPLICA,
    ]);
    if (Number(replicas) < 0) return false;
    if (Number(replicas) > 0 && !(Number(confirming) > 0)) throw unconfirmed(place);
    doubts.delete(key);
    return true;
  };

  return {
    async get(client, key) {
      for (;;) {
        const value = asText(await client.send(key, ["GET", key]));
        if (!doubts.get(key)?.written.has(value) || (await confirm(client, key, value))) return value;
      }
    },
    async replace(client, key, previous, next) {
      const doubt = doubts.get(key);
      const written = doubt && doubt.previous === previous ? [...doubt.written] : [];
      // An absence in doubt is a sign-out: nothing is written over that.
      const expected = [previous, ...written.filter((value) => value !== undefined)];
      const replicas = Number(await client.send(key, command(key, next, expected)));
      if (replicas < 0) return false;
      if (replicas === 0) doubts.delete(key);
      else if (!(await confirm(client, key, next))) throw unconfirmed(place);
      return true;
    },
    markUnconfirmed(key, previous, next) {
      const before = doubts.get(key);
      const written = before && before.previous === previous ? before.written : new Set<string | undefined>();
      doubts.set(key, { previous, written: written.add(next) });
    },
    clearUnconfirmed: (key) => void doubts.delete(key),
  };
}

function asText(reply: unknown): string | undefined {
  return typeof reply === "string" ? reply : undefined;
}
