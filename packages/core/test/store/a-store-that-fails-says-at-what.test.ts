import { createMemoryStore, importSession, TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, openNote } from "@tokenflow/core/store";
import { createFakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "#note";
const unavailable = (message: string): object => ({
  code: "store.unavailable",
  message,
  hint: "Check that the store can be reached and written.",
});
const lost = async (): Promise<never> => {
  throw new Error("the connection was lost");
};

describe("an adapter", () => {
  const open = () => {
    const values = new Map<string, unknown>([[KEY, '{"a":1}']]);
    const adapter = createPlainAdapter(values);
    const clock = createFakeClock();
    return { values, adapter, clock, note: openNote(adapter, "note", { clock }) };
  };

  test.each([
    ["get", "failed to read", undefined],
    ["set", "failed to write", { b: 2 }],
    ["delete", "failed to write", undefined],
  ] as const)("whose `%s` rejects %s", async (operation, message, next) => {
    const { adapter, note } = open();
    Object.assign(adapter, { [operation]: lost });
    const work = operation === "get" ? note.read() : note.write(next);
    await expect(work).rejects.toMatchObject(unavailable(`The store ${message}`));
    expect(adapter.listenerCount("error")).toBe(0);
  });

  test("that refuses to write says so", async () => {
    const { adapter, note } = open();
    adapter.set = async () => false;
    await expect(note.write({ b: 2 })).rejects.toMatchObject(unavailable("The store refused to write"));
  });

  test("that emits an error and returns nothing failed to read", async () => {
    const { adapter, note } = open();
    adapter.get = async () => void adapter.emit("error", new Error("lost"));
    await expect(note.read()).rejects.toMatchObject(unavailable("The store failed to read"));
  });

  test("that emits an error beside a value has read it", async () => {
    const { adapter, note, values } = open();
    Object.assign(adapter, {
      get: async (key: string) => {
        adapter.emit("error", new Error("another connection was lost"));
        return values.get(key);
      },
    });
    expect(await note.read()).toEqual({ a: 1 });
    expect(adapter.listenerCount("error")).toBe(0);
  });

  test("without events is read and written", async () => {
    const { adapter, note } = open();
    Object.assign(adapter, { on: undefined, off: undefined });
    await note.write({ b: 2 });
    expect(await note.read()).toEqual({ b: 2 });
  });

  test("that does not answer did not read within 10 s", async () => {
    const { adapter, clock, note } = open();
    adapter.get = () => new Promise<never>(() => undefined);
    const work = note.read().catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await work).toMatchObject(unavailable("The store did not read within 10 s"));
  });

  test("that answers after the machine has slept has read the value", async () => {
    const { adapter, clock, note } = open();
    const answer = Promise.withResolvers<string>();
    Object.assign(adapter, { get: () => answer.promise });
    const work = note.read().catch((error: unknown) => error);
    await clock.suspend(3_600_000);
    answer.resolve('{"a":1}');
    expect(await work).toEqual({ a: 1 });
  });

  test("that does not answer for one key holds up no other", async () => {
    const { adapter, clock, values } = open();
    const set = adapter.set.bind(adapter);
    Object.assign(adapter, {
      set: (key: string, value: unknown) => (key === KEY ? new Promise(() => undefined) : set(key, value)),
    });
    void openNote(adapter, "note", { clock })
      .write({ b: 2 })
      .catch(() => undefined);
    await clock.settle();
    void openNote(adapter, "other", { clock }).write({ c: 3 });
    await clock.settle();
    expect(values.get("#other")).toBe('{"c":3}');
  });

  test("whose value changes before a write keeps the other one", async () => {
    const { adapter, values } = open();
    const get = adapter.get.bind(adapter);
    Object.assign(adapter, {
      get: async (key: string) => {
        const value = await get(key);
        values.set(key, "theirs");
        return value;
      },
    });
    const grant = { refresh_token: "ours" };
    await expect(
      importSession({ provider: createTestProvider(), store: adapter, grant }),
    ).rejects.toMatchObject({ message: "There is already a session of Test Service" });
    expect(values.get("test/default")).toBe("theirs");
  });
});

describe.each<readonly [string, () => object, "replace" | "set"]>([
  ["a store that locks", createMemoryStore, "replace"],
  ["any Keyv adapter", createPlainAdapter, "set"],
])("a write to %s", (_, create, operation) => {
  const open = (takesEffect: boolean) => {
    const store = create() as LockingStore;
    const write = store[operation].bind(store) as (...args: unknown[]) => Promise<boolean>;
    Object.assign(store, {
      [operation]: async (...args: unknown[]) => {
        if (takesEffect) await write(...args);
        return lost();
      },
    });
    return store;
  };
  const grant = { refresh_token: "ours" };

  test("whose answer is lost has succeeded if it took effect", async () => {
    const store = open(true);
    await importSession({ provider: createTestProvider(), store, grant });
    expect(await store.get("test/default")).toContain("ours");
  });

  test("that took no effect has failed", async () => {
    const work = importSession({ provider: createTestProvider(), store: open(false), grant });
    await expect(work).rejects.toMatchObject(unavailable("The store failed to write"));
  });
});

test("a removal that fails, after which nothing can be read, has failed", async () => {
  const store = createMemoryStore();
  await store.set(KEY, '{"a":1}');
  Object.assign(store, {
    replace: () => {
      Object.assign(store, { get: lost });
      return lost();
    },
  });
  await expect(openNote(store, "note").write(undefined)).rejects.toMatchObject(
    unavailable("The store failed to write"),
  );
});

test("a removal that fails while nothing is stored has failed", async () => {
  const store = Object.assign(createMemoryStore(), { replace: lost });
  await expect(openNote(store, "note").write(undefined)).rejects.toMatchObject(
    unavailable("The store failed to write"),
  );
});

describe("a lock", () => {
  const lockOf = (error: unknown) => {
    const lock = async (): Promise<never> => {
      throw error;
    };
    return openNote(Object.assign(createMemoryStore(), { lock }), "note").lock();
  };

  test("that the store cannot take says so", async () => {
    await expect(lockOf(new Error("lost"))).rejects.toMatchObject(
      unavailable("The store could not be locked"),
    );
  });

  test("that somebody holds is store.locked as the store says it", async () => {
    const locked = new TokenFlowError("store.locked", "Process 7 holds it");
    await expect(lockOf(locked)).rejects.toBe(locked);
  });
});

describe("a store with a quarantine", () => {
  const open = (read?: () => Promise<string>, quarantine?: () => Promise<void>) => {
    const values = new Map<string, string>([[KEY, "{damaged"]]);
    const moved: string[] = [];
    const locks = createMemoryStore();
    const store = createLockingStore({
      owner: "host/1/1",
      lock: (name, options) => locks.lock(name, options),
      get: async (name) => (read && values.get(name) === "{damaged" ? read() : values.get(name)),
      set: async (name, value) => void values.set(name, value),
      delete: async (name) => values.delete(name),
      replace: async (name, previous, next) => {
        if (values.get(name) !== previous) return false;
        if (next === undefined) values.delete(name);
        else values.set(name, next);
        return true;
      },
      quarantine:
        quarantine ??
        (async (name) => {
          moved.push(name);
          values.delete(name);
        }),
      async *names() {
        yield* values.keys();
      },
    });
    return { store, values, moved, note: openNote(store, "note") };
  };
  const corrupt = async (): Promise<never> => {
    throw new TokenFlowError("store.corrupt", "Its checksum does not match");
  };

  test.each([
    ["that is damaged", undefined],
    ["that it cannot read itself", corrupt],
  ])("moves a value there %s", async (_, read) => {
    const { values, moved, note } = open(read);
    await note.write({ b: 2 });
    expect(moved).toEqual([KEY]);
    expect([...values]).toEqual([[KEY, '{"b":2}']]);
  });

  test("moves nothing there while it is unavailable", async () => {
    const { values, moved, note } = open(lost);
    await expect(note.write({ b: 2 })).rejects.toMatchObject(unavailable("The store failed to read"));
    expect([moved, [...values.keys()]]).toEqual([[], [KEY]]);
  });

  test("that fails to move a value says so, and keeps it", async () => {
    const { values, note } = open(undefined, lost);
    await expect(note.write({ b: 2 })).rejects.toMatchObject(
      unavailable("The store failed to set the old session aside"),
    );
    expect(values.get(KEY)).toBe("{damaged");
  });

  test("is needed to replace what the store cannot read itself", async () => {
    const { store, note } = open(corrupt);
    Object.assign(store, { quarantine: undefined });
    await expect(note.write({ b: 2 })).rejects.toMatchObject({ code: "store.corrupt" });
    const plain = Object.assign(createPlainAdapter(), { get: corrupt });
    await expect(openNote(plain, "note").write({ b: 2 })).rejects.toMatchObject({ code: "store.corrupt" });
  });
});
