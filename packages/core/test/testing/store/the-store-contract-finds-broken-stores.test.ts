import { createMemoryStore, TokenFlowError } from "@tokenflow/core";
import {
  createLockingStore,
  isLockingStore,
  type Lock,
  type LockingStore,
  type LockOptions,
  type StoreBackend,
} from "@tokenflow/core/store";
import { type StoreCapability, storeContract } from "@tokenflow/core/testing";
import { expect, test } from "vitest";

const locked = (): TokenFlowError => new TokenFlowError("store.locked", "in use", { hint: "Wait." });

/** A backend without faults, and the values in it. */
function soundBackend(): StoreBackend & { readonly values: Map<string, string> } {
  const values = new Map<string, string>();
  const memory = createMemoryStore();
  return {
    values,
    owner: "test",
    get: async (name) => values.get(name),
    set: async (name, value) => void values.set(name, value),
    delete: async (name) => values.delete(name),
    replace: async (name, previous, next) => {
      if (values.get(name) !== previous) return false;
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return true;
    },
    lock: (name, options) => memory.lock(name, options),
    async *names() {
      yield* [...values.keys()];
    },
  };
}

type Fault = (backend: ReturnType<typeof soundBackend>) => Partial<StoreBackend>;

/** Each fault breaks one promise, as real stores do. */
const faults: Readonly<Record<string, Fault>> = {
  "ignores case": ({ values }) => ({
    get: async (name) => values.get(name.toLowerCase()),
    set: async (name, value) => void values.set(name.toLowerCase(), value),
  }),
  "normalises Unicode": ({ values }) => ({
    get: async (name) => values.get(name.normalize("NFC")),
    set: async (name, value) => void values.set(name.normalize("NFC"), value),
  }),
  "cuts long keys": ({ values }) => ({
    get: async (name) => values.get(name.slice(0, 255)),
    set: async (name, value) => void values.set(name.slice(0, 255), value),
  }),
  "cuts at NUL": ({ values }) => ({
    get: async (name) => values.get(name.split("\0")[0] ?? ""),
    set: async (name, value) => void values.set(name.split("\0")[0] ?? "", value),
  }),
  "cuts big values": ({ values }) => ({
    set: async (name, value) => void values.set(name, value.slice(0, 65_535)),
  }),
  "trims values": ({ values }) => ({ set: async (name, value) => void values.set(name, value.trim()) }),
  "takes an empty value for absence": ({ values }) => ({
    get: async (name) => values.get(name) || undefined,
  }),
  "never deletes": () => ({ delete: async () => true }),
  "replaces whatever is there": ({ values }) => ({
    replace: async (name, _, next) => {
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return true;
    },
  }),
  "reads, waits, then writes": ({ values }) => ({
    replace: async (name, previous, next) => {
      if (values.get(name) !== previous) return false;
      await Promise.resolve();
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return true;
    },
  }),
  "replaces by what JSON means": ({ values }) => ({
    replace: async (name, previous, next) => {
      const compact = (text: string | undefined): string | undefined => text?.replaceAll(" ", "");
      if (compact(values.get(name)) !== compact(previous)) return false;
      if (next === undefined) values.delete(name);
      else values.set(name, next);
      return true;
    },
  }),
  "keeps what replace should remove": ({ values }) => ({
    replace: async (name, previous, next) => {
      if (values.get(name) !== previous) return false;
      if (next !== undefined) values.set(name, next);
      return true;
    },
  }),
  "locks nobody out": () => ({ lock: async () => fakeLock() }),
  "locks all keys at once": ({ lock }) => ({ lock: (_, options) => lock("", options) }),
  "never frees a lock": ({ lock }) => ({
    lock: async (name, options) => {
      const inner = await lock(name, options);
      let held = true;
      const release = async (): Promise<void> => {
        held = false;
      };
      return { signal: inner.signal, held: () => held, release, [Symbol.asyncDispose]: release };
    },
  }),
  "frees another's lock by a second release": ({ lock }) => {
    let current: Lock | undefined;
    return {
      lock: async (name, options) => {
        const mine = await lock(name, options);
        current = mine;
        let held = true;
        const release = async (): Promise<void> => {
          held = false;
          await (current ?? mine).release();
        };
        return { signal: mine.signal, held: () => held, release, [Symbol.asyncDispose]: release };
      },
    };
  },
  "does not wait": ({ lock }) => ({ lock: (name, { signal }) => lock(name, { signal, timeout: 0 }) }),
  "answers an abort with a refusal": ({ lock }) => ({
    lock: (name, options) =>
      lock(name, options).catch((error: unknown) => {
        throw options.signal?.aborted ? locked() : error;
      }),
  }),
  "locks although it was told not to": ({ lock }) => ({
    lock: (name, { timeout }) => lock(name, { timeout }),
  }),
  "lists its locks": ({ values, lock }) => ({
    lock: async (name, options) => {
      const inner = await lock(name, options);
      values.set(`${name}.lock`, "held");
      return inner;
    },
  }),
};

test.each(Object.entries(faults))("a store that %s is detected", async (_, fault) => {
  expect(await brokenCases(() => faulty(fault))).not.toEqual([]);
});

test("a store without faults passes", async () => {
  expect(await brokenCases(() => faulty(() => ({})))).toEqual([]);
});

test("a lock that reports to be held while its signal fires is detected", async () => {
  const lose = async (honest: boolean): Promise<string[]> => {
    const lost = new AbortController();
    let held = true;
    const lock = async (): Promise<Lock> => ({ ...fakeLock(), signal: lost.signal, held: () => held });
    return brokenCases(
      () => faulty(() => ({ lock })),
      ["loss", "lock"],
      /a lost lock/,
      async () => {
        if (honest) held = false;
        lost.abort();
      },
    );
  };
  expect(await lose(false)).toHaveLength(1);
  expect(await lose(true)).toEqual([]);
});

test("cases are left out without the capability that they need", () => {
  const createStore = () => ({ store: createMemoryStore() });
  const all: readonly StoreCapability[] = ["iterator", "replace", "lock", "clock", "death", "loss"];
  const counts = [[], ["replace"], ["replace", "lock"], all].map(
    (capabilities) => storeContract({ createStore, capabilities: capabilities as StoreCapability[] }).length,
  );
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(new Set(counts).size).toBe(counts.length);
  expect(isLockingStore(createStore().store)).toBe(true);
});

function faulty(fault: Fault): LockingStore {
  const backend = soundBackend();
  return createLockingStore({ ...backend, ...fault(backend) });
}

async function brokenCases(
  createLocking: () => LockingStore,
  capabilities: readonly StoreCapability[] = ["iterator", "replace", "lock"],
  only = /./,
  loseLock?: () => Promise<void>,
): Promise<string[]> {
  const createStore = () => ({ store: createLocking(), ...(loseLock ? { loseLock } : {}) });
  const broken: string[] = [];
  for (const { name, run } of storeContract({ createStore, capabilities, bigValue: 100_000 })) {
    if (!only.test(name)) continue;
    // A store that hangs is broken too.
    const deadline = new Promise((_, reject) => setTimeout(reject, 2000).unref());
    await Promise.race([run(), deadline]).catch(() => broken.push(name));
    if (broken.length > 0) break;
  }
  return broken;
}

function fakeLock(_options?: LockOptions): Lock {
  let held = true;
  const release = async (): Promise<void> => {
    held = false;
  };
  return { signal: new AbortController().signal, held: () => held, release, [Symbol.asyncDispose]: release };
}
