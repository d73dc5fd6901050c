import type { RedisConnection } from "./connection/redis-connection.ts";
import { ADD_SUMS, READ_SUMS } from "./redis-script.ts";

/** Numbers that many processes add to. They are kept beside the sessions, and expire. */
export interface RedisSums {
  /**
   * Adds to the fields of one name, all or none.
   * @param amounts whole numbers
   * @param ttl how long the name is kept after this call, in milliseconds
   * @throws `store.unavailable`; they may have been added all the same
   */
  addToSums(name: string, amounts: Readonly<Record<string, number>>, ttl: number): Promise<void>;
  /**
   * Returns the fields of one name; none if nothing was added yet.
   * @throws `store.unavailable`
   */
  readSums(name: string): Promise<Readonly<Record<string, number>>>;
  /**
   * Deletes all fields of one name.
   * @throws `store.unavailable`
   */
  deleteSums(name: string): Promise<void>;
}

export function createRedisSums(connection: RedisConnection, keyOf: (name: string) => string): RedisSums {
  return {
    async addToSums(name, amounts, ttl) {
      const key = keyOf(name);
      const fields = Object.entries(amounts).flatMap(([field, amount]) => [field, String(amount)]);
      await connection.ask((client) =>
        client.send(key, ["EVAL", ADD_SUMS, "1", key, String(ttl), ...fields]),
      );
    },
    async readSums(name) {
      const key = keyOf(name);
      const reply = await connection.ask((client) => client.send(key, ["EVAL", READ_SUMS, "1", key]));
      const list = Array.isArray(reply) ? (reply as readonly unknown[]).map(String) : [];
      const sums: Record<string, number> = {};
      for (let index = 0; index + 1 < list.length; index += 2) {
        sums[list[index] ?? ""] = Number(list[index + 1]);
      }
      return sums;
    },
    async deleteSums(name) {
      const key = keyOf(name);
      await connection.ask((client) => client.send(key, ["DEL", key]));
    },
  };
}
