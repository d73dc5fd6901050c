import type { LockingStore } from "../../contracts/store.ts";
import { ensure, ensureEqual } from "../ensure.ts";
import type { StoreCase } from "./case.ts";

const KEY = "acme/default";
const requires = ["replace"] as const;

export const replaceCases: readonly StoreCase[] = [
  {
    name: "replace of absence writes only if nothing is stored",
    requires,
    check: async ({ locking: [store, other] }) => {
      ensureEqual(await store.replace(KEY, undefined, "one"), true, "the first replace");
      ensureEqual(await other.replace(KEY, undefined, "two"), false, "a replace of what is no longer absent");
      ensureEqual(await other.get(KEY), "one", "what is stored");
    },
  },
  {
    name: "replace compares the exact value, and changes nothing if it differs",
    requires,
    check: async ({ locking: [store, other] }) => {
      const value = '{"a":1, "b":"é"}';
      await store.set(KEY, value);
      for (const wrong of ["", '{"a":1,"b":"é"}', `${value} `, value.slice(1), value.toUpperCase()]) {
        ensureEqual(await other.replace(KEY, wrong, "x"), false, `a replace of ${JSON.stringify(wrong)}`);
        ensureEqual(await other.replace(KEY, wrong, undefined), false, "a removal of a wrong value");
      }
      ensureEqual(await other.get(KEY), value, "what is stored");
      ensureEqual(await other.replace(KEY, value, "next"), true, "a replace of the exact value");
      ensureEqual(await store.get(KEY), "next", "what is stored, as one reads whose answer was lost");
    },
  },
  {
    name: "replace by undefined removes, and is true for an absent value too",
    requires,
    check: async ({ locking: [store, other] }) => {
      await store.set(KEY, "one");
      ensureEqual(await store.replace(KEY, "one", undefined), true, "the removal");
      ensureEqual(await other.has(KEY), false, "whether it is still there");
      ensureEqual(await other.replace(KEY, "one", "two"), false, "a replace of what was removed");
      ensureEqual(await other.replace(KEY, undefined, undefined), true, "nothing replaced by nothing");
      ensureEqual(await store.has(KEY), false, "whether it is there");
    },
  },
  {
    name: "replace treats an empty string as a value",
    requires,
    check: async ({ locking: [store] }) => {
      ensureEqual(await store.replace(KEY, undefined, ""), true, "writing the empty string");
      ensureEqual(await store.get(KEY), "", "what is stored");
      ensureEqual(await store.replace(KEY, undefined, "x"), false, "a replace of absence");
      ensureEqual(await store.replace(KEY, "", "x"), true, "a replace of the empty string");
    },
  },
  {
    name: "replace takes big values",
    requires,
    check: async ({ locking: [store, other], bigValue }) => {
      const [first, second] = ["a".repeat(bigValue), `${"a".repeat(bigValue - 1)}b`];
      ensureEqual(await store.replace(KEY, undefined, first), true, "the first");
      ensureEqual(await other.replace(KEY, second, first), false, "a replace of one that differs at the end");
      ensureEqual(await other.replace(KEY, first, second), true, "the second");
      ensure((await store.get(KEY)) === second, "the second is stored");
    },
  },
  {
    name: "replace stays in its namespace",
    requires,
    check: async ({ locking: [store] }) => {
      await store.set(KEY, "outside");
      store.namespace = "inside";
      ensureEqual(await store.replace(KEY, "outside", "x"), false, "a replace of another namespace's value");
      ensureEqual(await store.replace(KEY, undefined, "inside"), true, "a replace in the namespace");
      store.namespace = undefined;
      ensureEqual(await store.get(KEY), "outside", "the other value");
    },
  },
  {
    name: "of concurrent writers that saw nothing stored, exactly one wins",
    requires,
    check: async ({ locking }) => ensureOneWinner(locking, undefined),
  },
  {
    name: "of concurrent writers that saw the same value, exactly one wins",
    requires,
    check: async ({ locking }) => {
      await locking[0].set(KEY, "seen");
      await ensureOneWinner(locking, "seen");
    },
  },
  {
    name: "concurrent writers that retry lose no change",
    requires,
    check: async ({ locking: [store, other] }) => {
      await store.set(KEY, "0");
      const count = async (handle: LockingStore, times: number): Promise<void> => {
        for (let done = 0; done < times; ) {
          const seen = await handle.get(KEY);
          ensure(typeof seen === "string", "the count is there at every moment");
          if (await handle.replace(KEY, seen, String(Number(seen) + 1))) done += 1;
        }
      };
      await Promise.all([store, other, store, other].map((handle) => count(handle, 5)));
      ensureEqual(await store.get(KEY), "20", "the count of 4 writers and 5 changes each");
    },
  },
  {
    name: "replace waits for no lock",
    requires: ["replace", "lock"],
    check: async ({ locking: [store, other] }) => {
      const lock = await store.lock(KEY);
      ensureEqual(await store.replace(KEY, undefined, "by the holder"), true, "the holder's replace");
      ensureEqual(await other.replace(KEY, "by the holder", "by another"), true, "another's replace");
      ensure(lock.held(), "the lock is held all the while");
      await lock.release();
      ensureEqual(await store.get(KEY), "by another", "what is stored");
    },
  },
];

async function ensureOneWinner(
  [store, other]: readonly [LockingStore, LockingStore],
  seen: string | undefined,
): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: 16 }, (_, index) => (index % 2 ? store : other).replace(KEY, seen, `by ${index}`)),
  );
  const winners = answers.flatMap((won, index) => (won ? [`by ${index}`] : []));
  ensureEqual(winners.length, 1, "the number of winners");
  ensureEqual(await store.get(KEY), winners[0], "what is stored");
}
