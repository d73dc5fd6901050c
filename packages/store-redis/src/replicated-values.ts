import { corruptStored, decodeStored, MAX_STORED_BYTES, requireStoredSize } from "@tokenflow/core/store";
import type { Command, RedisClient } from "./connection/redis-client.ts";
import { replyOf, unconfirmedError, unsteadyError } from "./connection/redis-error.ts";
import { IS_STORED, REPLACE, toArgument } from "./redis-script.ts";

/** How often a value is read that changes meanwhile. */
const MAX_TRIES = 5;

/** Waits for one replica, at most half a second. */
const WAIT_FOR_REPLICA: Command = ["WAIT", "1", "500"];

/** The values of writes to one key that are not known to be replicated. */
interface UnconfirmedWrite {
  readonly previous: string | undefined;
  readonly written: Set<string | undefined>;
}

/** Values that count as stored only after a replica has confirmed them, if one is online. */
export interface ReplicatedValues {
  get(client: RedisClient, key: string): Promise<string | undefined>;
  replace(
    client: RedisClient,
    key: string,
    previous: string | undefined,
    next: string | undefined,
  ): Promise<boolean>;
  /** Marks a `replace` whose outcome is unknown. */
  markUnconfirmed(key: string, previous: string | undefined, next: string | undefined): void;
  /** Clears the intent, before another value is written. */
  clearUnconfirmed(key: string): void;
}

/**
 * A write that no replica confirmed throws, but the primary may have it. A caller that then reads, to find out, must not
 * take it for stored. So an unconfirmed value is written again and confirmed before `get` returns it, and `replace`
 * treats it as the value that it was to replace.
 */
export function createReplicatedValues(address: string): ReplicatedValues {
  const unconfirmed = new Map<string, UnconfirmedWrite>();

  const command = (
    key: string,
    next: string | undefined,
    expected: Iterable<string | undefined>,
  ): Command => ["EVAL", REPLACE, "1", key, ...[next, ...expected].map(toArgument)];

  /** Uses one connection, since WAIT counts only that connection's writes. Returns false if another value is stored. */
  const confirm = async (client: RedisClient, key: string, value: string | undefined): Promise<boolean> => {
    const [replicas, confirming] = await client.sendTogether(key, [
      command(key, value, [value]),
      WAIT_FOR_REPLICA,
    ]);
    if (Number(replicas) < 0) return false;
    if (Number(replicas) > 0 && !(Number(confirming) > 0)) throw unconfirmedError(address);
    unconfirmed.delete(key);
    return true;
  };

  return {
    async get(client, key) {
      let isText = true;
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const value = await readBounded(client, key);
        // The sign that a client decodes bytes to that are not UTF-8. It may also be in the text itself.
        isText = !value?.includes("\ufffd") || (await isStored(client, key, value));
        if (!isText) continue;
        if (!unconfirmed.get(key)?.written.has(value) || (await confirm(client, key, value))) return value;
      }
      throw isText ? unsteadyError(address) : corruptStored("is not valid UTF-8 text", nameOf(key));
    },
    async replace(client, key, previous, next) {
      const pending = unconfirmed.get(key);
      const written = pending && pending.previous === previous ? [...pending.written] : [];
      // An unconfirmed absence is a sign-out, which nothing may overwrite.
      const expected = [previous, ...written.filter((value) => value !== undefined)];
      const replicas = Number(await client.send(key, command(key, next, expected)));
      if (replicas < 0) return false;
      if (replicas === 0) unconfirmed.delete(key);
      else if (!(await confirm(client, key, next))) throw unconfirmedError(address);
      return true;
    },
    markUnconfirmed(key, previous, next) {
      const before = unconfirmed.get(key);
      const written = before && before.previous === previous ? before.written : new Set<string | undefined>();
      unconfirmed.set(key, { previous, written: written.add(next) });
    },
    clearUnconfirmed: (key) => void unconfirmed.delete(key),
  };
}

/** Returns false if the stored bytes are not those of the text, or no longer. */
async function isStored(client: RedisClient, key: string, text: string): Promise<boolean> {
  return Number(await client.send(key, ["EVAL", IS_STORED, "1", key, text])) === 1;
}

/** Reads no more than a session may have, whatever is stored. */
async function readBounded(client: RedisClient, key: string): Promise<string | undefined> {
  const read = async (command: Command): Promise<string | undefined> =>
    asText(key, await client.send(key, command).catch((error: unknown) => rethrow(key, error)));
  const value = await read(["GETRANGE", key, "0", String(MAX_STORED_BYTES)]);
  // GETRANGE has one answer for nothing and for an empty value.
  if (value === "" || value === undefined) return read(["GET", key]);
  if (value.length * 3 > MAX_STORED_BYTES && Buffer.byteLength(value) > MAX_STORED_BYTES)
    requireStoredSize(Number(await client.send(key, ["STRLEN", key])), nameOf(key));
  return value;
}

/** A client of one's own may return bytes. */
function asText(key: string, reply: unknown): string | undefined {
  if (reply === null || reply === undefined) return undefined;
  if (reply instanceof Uint8Array) return decodeStored(reply, nameOf(key));
  if (typeof reply === "string") return reply;
  throw corruptStored("is not text", nameOf(key));
}

function rethrow(key: string, error: unknown): never {
  if (replyOf(error) !== "WRONGTYPE") throw error;
  throw corruptStored("is not text, but another type of Redis", nameOf(key));
}

function nameOf(key: string): string {
  return `The Redis key ${key}`;
}
