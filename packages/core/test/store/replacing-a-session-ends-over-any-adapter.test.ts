import { createMemoryStore, createTokenManager, isTokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, openNote } from "@tokenflow/core/store";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import type { KeyvStorageAdapter } from "keyv";
import { describe, expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";
const ASIDE = `#corrupt/${KEY}`;
const ENDS = { timeout: 10_000 };

/** An adapter over a map, and the number of times that it was asked. */
interface Odd {
  readonly adapter: KeyvStorageAdapter;
  readonly values: Map<string, unknown>;
  readonly calls: () => number;
}

/** A store with compare-and-set whose `get` may return another text than what `replace` compares. */
function createLocking(read: (value: string) => string): Odd {
  const values = new Map<string, unknown>();
  const locks = createMemoryStore();
  let calls = 0;
  const adapter: LockingStore = createLockingStore({
    owner: "host/1/1",
    lock: (key, options) => locks.lock(key, options),
    get: async (key) => {
      calls += 1;
      const value = values.get(key);
      return typeof value === "string" ? read(value) : undefined;
    },
    set: async (key, value) => void values.set(key, value),
    delete: async (key) => values.delete(key),
    replace: async (key, previous, next) => {
      if (values.get(key) !== previous) return false;
      if (next === undefined) values.delete(key);
      else values.set(key, next);
      return true;
    },
    async *names() {},
  });
  return { adapter, values, calls: () => calls };
}

/** A plain Keyv adapter. */
function createPlain(read: (value: unknown) => unknown): Odd {
  const values = new Map<string, unknown>();
  let calls = 0;
  const get = async (key: string): Promise<unknown> => {
    calls += 1;
    return values.has(key) ? read(values.get(key)) : undefined;
  };
  return { adapter: Object.assign(createPlainAdapter(values), { get }), values, calls: () => calls };
}

const LONG = "x".repeat(17 * 1024 * 1024);
let reads = 0;
const ODD: Readonly<Record<string, { readonly create: () => Odd; readonly value: unknown }>> = {
  "a store that replaces what is no text": {
    create: () => createLocking((value) => value.replaceAll("\xff", "\ufffd")),
    value: '{"access_token":"\xff"}',
  },
  "a store that trims what it returns": {
    create: () => createLocking((value) => value.trim()),
    value: "{broken\n",
  },
  "a store that holds an expired value": {
    create: () => createLocking((value) => value),
    value: '{"tokenflow_keyv":1,"expires":1,"value":"old"}',
  },
  "a Keyv adapter that returns another text every time": {
    create: () => createPlain((value) => `${String(value)}${(reads += 1)}`),
    value: "{broken",
  },
  "a Keyv adapter that holds 17 MiB": {
    create: () => createPlain((value) => value),
    value: LONG,
  },
  "a Keyv adapter that holds an object": {
    create: () => createPlain((value) => value),
    value: { access_token: "of another program" },
  },
};

const manage = ({ adapter }: Odd) => {
  const clock = createFakeClock();
  const script = createScriptedFetch(...approved(), fresh());
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: adapter,
    clock,
    fetch: script.fetch,
  });
  return { clock, manager, script };
};

describe.each(Object.keys(ODD))("over %s", (name) => {
  const odd = ODD[name];
  const open = (): Odd => {
    if (!odd) throw new Error(name);
    const opened = odd.create();
    opened.values.set(KEY, odd.value);
    return opened;
  };
  const isKept = !name.includes("expired");

  test("a sign-out ends, and keeps what it replaced", ENDS, async () => {
    const opened = open();
    const { manager } = manage(opened);
    await manager.signOut();
    expect(opened.values.has(KEY)).toBe(false);
    expect(opened.values.has(ASIDE)).toBe(isKept);
    expect(opened.calls()).toBeLessThan(40);
  });

  test("a sign-in ends, and its session is stored", ENDS, async () => {
    const opened = open();
    const { clock, manager } = manage(opened);
    const done = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(20_000);
    await done;
    expect(opened.values.get(KEY)).toContain("grant");
    expect(opened.values.has(ASIDE)).toBe(isKept);
  });
});

test("a value that is too long is store.corrupt with its size", async () => {
  const odd = createPlain((value) => value);
  odd.values.set(KEY, LONG);
  await expect(manage(odd).manager.getToken()).rejects.toMatchObject({
    code: "store.corrupt",
    message: `The stored session ${KEY} has ${LONG.length} bytes, more than the 16777216 that a session may have`,
  });
});

test("a value that is no text is store.corrupt, and says so", async () => {
  const odd = createPlain((value) => value);
  odd.values.set(KEY, { access_token: "of another program" });
  await expect(manage(odd).manager.getToken()).rejects.toMatchObject({
    code: "store.corrupt",
    message: `The stored session ${KEY} is not text`,
  });
});

test.each([
  ["a store that locks is read again under its lock", createLocking, "served"],
  ["any Keyv adapter is store.corrupt at once", createPlain, "store.corrupt"],
] as const)("half a session in %s", async (_, create, expected) => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  let isTorn = true;
  const odd = create((value: unknown) => {
    const text = String(value);
    const read = isTorn ? text.slice(0, 40) : text;
    isTorn = false;
    return read;
  });
  odd.values.set(KEY, await stage.store.get(KEY));
  const { clock } = stage;
  const manager = createTokenManager({ provider: createTestProvider(), store: odd.adapter, clock });
  const outcome = await manager.getToken().then(
    () => "served",
    (error: unknown) => (isTokenFlowError(error) ? error.code : error),
  );
  expect(outcome).toBe(expected);
});

test("a value that was set aside is the one that was stored", async () => {
  const odd = createPlain((value) => value);
  odd.values.set(KEY, "{broken");
  await manage(odd).manager.signOut();
  expect(odd.values.get(ASIDE)).toBe("{broken");
});

/** Keeps what is written under a key. */
const watch = ({ adapter }: Odd, watched: string, onWrite?: () => void): unknown[] => {
  const written: unknown[] = [];
  const set = adapter.set.bind(adapter);
  adapter.set = (key, value) => {
    if (key !== watched) return set(key, value);
    written.push(value);
    onWrite?.();
    return set(key, value);
  };
  return written;
};

test.each<readonly [string, unknown]>([
  ["text", "{broken"],
  ["an object that is another one at each read", { access_token: "of another program" }],
  ["17 MiB", LONG],
])("%s is set aside once", async (_, value) => {
  const odd = createPlain((stored) => structuredClone(stored));
  odd.values.set(KEY, value);
  const written = watch(odd, ASIDE);
  await manage(odd).manager.signOut();
  expect(written).toEqual([value]);
});

test("a value that another program writes while one is set aside is set aside as well", async () => {
  const odd = createPlain((value) => value);
  odd.values.set(KEY, "{broken");
  let others = ["{broken by another"];
  const written = watch(odd, ASIDE, () => {
    for (const other of others) odd.values.set(KEY, other);
    others = [];
  });
  await manage(odd).manager.signOut();
  expect(odd.values.has(KEY)).toBe(false);
  expect(written).toEqual(["{broken", "{broken by another"]);
});

test("a value that lost ten comparisons is set aside, and replaced without one", async () => {
  const store = createMemoryStore();
  await store.set("#note", '{"a":1}');
  let comparisons = 0;
  store.replace = async () => {
    comparisons += 1;
    return false;
  };
  await openNote(store, "note").write({ b: 2 });
  expect(comparisons).toBe(10);
  expect([await store.get("#note"), await store.get("#corrupt/#note")]).toEqual(['{"b":2}', '{"a":1}']);
});

test("in an adapter without an owner a session names this process by a random id", async () => {
  const odd = createPlain((value) => value);
  const written = watch(odd, KEY);
  const { clock, manager } = manage(odd);
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(20_000);
  await done;
  expect(written.join("\n")).toMatch(/"process\/[0-9a-f]{8}-[0-9a-f-]{27}"/);
});

test("a refresh that cannot note its intent ends, and sends no grant", ENDS, async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const odd = createLocking((value) => `${value}\n`);
  odd.values.set(KEY, await stage.store.get(KEY));
  const { manager, script } = manage(odd);
  await expect(manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "store.unavailable",
    message: "The store compares other values than it returns",
  });
  expect(script.requests).toEqual([]);
  expect(odd.calls()).toBe(11);
});
