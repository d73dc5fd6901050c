import { ensure, ensureEqual, ensureFails, ensureRejects } from "../ensure.ts";
import type { StoreCase } from "./case.ts";

const KEY = "acme/default";
const requires = ["lock"] as const;

/** In milliseconds: long enough for a waiter to be waiting, short enough for a real clock. */
const SHORT = 80;

export const lockCases: readonly StoreCase[] = [
  {
    name: "a lock excludes every other, also of the same handle",
    requires,
    check: async ({ locking: [store, other] }) => {
      const lock = await store.lock(KEY);
      ensure(lock.held() && !lock.signal.aborted, "a lock that was given is held");
      for (const handle of [store, other]) {
        const error = await ensureFails(handle.lock(KEY, { timeout: 0 }), "store.locked", "a second lock");
        ensure((error.hint ?? "") !== "", "the refusal has a hint");
      }
      ensure(lock.held(), "the first lock is still held");
      await lock.release();
    },
  },
  {
    name: "locks of different keys and namespaces are independent",
    requires,
    check: async ({ locking: [store, other] }) => {
      const locks = [await store.lock(KEY), await other.lock("acme/work", { timeout: 0 })];
      store.namespace = "elsewhere";
      locks.push(await store.lock(KEY, { timeout: 0 }));
      for (const lock of locks) await lock.release();
    },
  },
  {
    name: "a released lock is free at once, and no longer held",
    requires,
    check: async ({ locking: [store, other] }) => {
      for (const handle of [store, other, other, store]) {
        const lock = await handle.lock(KEY, { timeout: 0 });
        await lock.release();
        ensure(!lock.held(), "a released lock is not held");
      }
    },
  },
  {
    name: "await using releases",
    requires,
    check: async ({ locking: [store, other] }) => {
      const lock = await store.lock(KEY);
      await lock[Symbol.asyncDispose]();
      ensure(!lock.held(), "a disposed lock is not held");
      await (await other.lock(KEY, { timeout: 0 })).release();
    },
  },
  {
    name: "releasing twice takes nothing from the next holder",
    requires,
    check: async ({ locking: [store, other] }) => {
      const first = await store.lock(KEY);
      await first.release();
      const second = await other.lock(KEY, { timeout: 0 });
      await first.release();
      ensure(second.held(), "the next holder holds it");
      await ensureFails(store.lock(KEY, { timeout: 0 }), "store.locked", "a third lock");
      await second.release();
    },
  },
  {
    name: "a wait ends with store.locked, and leaves nothing behind",
    requires,
    check: async ({ locking: [store, other], settle }) => {
      const lock = await store.lock(KEY);
      for (const handle of [store, other]) {
        await ensureFails(
          settle(handle.lock(KEY, { timeout: SHORT })),
          "store.locked",
          "a lock after its wait",
        );
      }
      await lock.release();
      await (await other.lock(KEY, { timeout: 0 })).release();
    },
  },
  {
    name: "a waiter gets the lock when it is released",
    requires,
    check: async ({ locking: [store, other], settle }) => {
      for (const handle of [store, other]) {
        const lock = await store.lock(KEY);
        const waiting = handle.lock(KEY, { timeout: 60_000 });
        const [next] = await settle(Promise.all([waiting, lock.release()]));
        ensure(next.held() && !lock.held(), "the waiter holds it, and it alone");
        await next.release();
      }
    },
  },
  {
    name: "an abort while waiting rejects with the signal's reason, and leaves nothing behind",
    requires,
    check: async ({ locking: [store, other], settle }) => {
      const lock = await store.lock(KEY);
      for (const handle of [store, other]) {
        const abort = new AbortController();
        const waiting = handle.lock(KEY, { timeout: 60_000, signal: abort.signal });
        await ensureFails(settle(store.lock(KEY, { timeout: SHORT })), "store.locked", "another waiter");
        const reason = new Error("not wanted any more");
        abort.abort(reason);
        ensure((await ensureRejects(settle(waiting), "the waiter")) === reason, "the reason is the signal's");
      }
      await lock.release();
      await (await other.lock(KEY, { timeout: 0 })).release();
    },
  },
  {
    name: "a signal that has already fired rejects with its reason, and takes no lock",
    requires,
    check: async ({ locking: [store, other] }) => {
      const reason = new Error("too late");
      const refused = store.lock(KEY, { signal: AbortSignal.abort(reason) });
      ensure((await ensureRejects(refused, "the lock")) === reason, "the reason is the signal's");
      await (await other.lock(KEY, { timeout: 0 })).release();
    },
  },
  {
    name: "contenders hold the lock one after the other, and each gets its turn",
    requires,
    check: async ({ locking: [store, other], settle }) => {
      let inside = 0;
      let turns = 0;
      const contend = async (_: unknown, index: number): Promise<void> => {
        const handle = index % 2 ? store : other;
        const lock = await handle.lock(KEY, { timeout: 60_000 });
        inside += 1;
        ensureEqual(inside, 1, "the number of holders");
        const seen = await handle.get<string>(KEY);
        await handle.set(KEY, `${Number(seen ?? 0) + 1}`);
        ensureEqual(inside, 1, "the number of holders");
        inside -= 1;
        turns += 1;
        await lock.release();
      };
      await settle(Promise.all(Array.from({ length: 12 }, contend)));
      ensureEqual([turns, await store.get(KEY)], [12, "12"], "turns taken and turns counted");
    },
  },
  {
    name: "a lock and the value of its key are independent",
    requires,
    check: async ({ locking: [store, other] }) => {
      await store.set(KEY, "value");
      const lock = await store.lock(KEY);
      ensureEqual(await other.get(KEY), "value", "the value while it is locked");
      await other.set(KEY, "next");
      await other.delete(KEY);
      await other.clear();
      ensureEqual(await store.has(KEY), false, "whether it is there after clear");
      ensure(lock.held(), "the lock is held after clear");
      await ensureFails(other.lock(KEY, { timeout: 0 }), "store.locked", "a second lock after clear");
      await lock.release();
    },
  },
  {
    name: "locks are not listed",
    requires: ["lock", "iterator"],
    check: async ({ locking: [store, other] }) => {
      await using lock = await store.lock(KEY);
      const found: unknown[] = [];
      for await (const [key] of other.iterator?.<unknown>() ?? []) found.push(key);
      ensureEqual(found, [], "what is listed");
      ensure(lock.held(), "the lock is held");
    },
  },
  {
    name: "the lock of a dead holder is free",
    requires: ["lock", "death"],
    check: async ({ locking: [store], storeUnderTest, settle }) => {
      const kill = await storeUnderTest.holdElsewhere?.(KEY);
      ensure(kill !== undefined, "the store under test can hold a lock in another process");
      await ensureFails(store.lock(KEY, { timeout: 0 }), "store.locked", "a lock that lives elsewhere");
      await kill();
      await (await settle(store.lock(KEY, { timeout: 60_000 }))).release();
    },
  },
  {
    name: "a lost lock is not held by the time its signal fires",
    requires: ["lock", "loss"],
    check: async ({ locking: [store], storeUnderTest, settle }) => {
      ensure(storeUnderTest.loseLock !== undefined, "the store under test can lose a lock");
      const lock = await store.lock(KEY);
      const seen = new Promise<boolean>((resolve) => {
        lock.signal.addEventListener("abort", () => resolve(lock.held()), { once: true });
      });
      await settle(storeUnderTest.loseLock(KEY));
      ensureEqual(await settle(seen), false, "whether it was held when the signal fired");
      await lock.release();
    },
  },
];
