import { type Clock, createTokenManager, type Provider, type TokenManager } from "@tokenflow/core";
import { createFakeClock, type FakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const HOUR = 3_600_000;
/** Both clocks are read together this often, in milliseconds. */
const CALM = 100;

interface Watched {
  readonly manager: TokenManager;
  readonly clock: FakeClock;
  /** How often each clock was read since the last call. */
  looks(): { readonly wall: number; readonly monotonic: number };
}

/** A manager with a fresh token, and a count of its looks at the clocks. */
async function openManager(): Promise<Watched> {
  const clock = createFakeClock();
  let wall = 0;
  let monotonic = 0;
  const counting: Clock = {
    now() {
      wall += 1;
      return clock.now();
    },
    monotonicNow() {
      monotonic += 1;
      return clock.monotonicNow();
    },
    sleep: clock.sleep,
  };
  let count = 0;
  const provider: Provider = {
    ...createTestProvider(),
    async redeem() {
      count += 1;
      return { token: { accessToken: `token-${count}`, tokenType: "bearer", lifetime: HOUR } };
    },
  };
  const manager = createTokenManager({ provider, grant: { secret: "grant" }, clock: counting });
  await manager.getToken();
  return {
    manager,
    clock,
    looks() {
      const seen = { wall, monotonic };
      wall = 0;
      monotonic = 0;
      return seen;
    },
  };
}

test("a thousand calls in a row look at the wall clock once each, and at the other not at all", async () => {
  const { manager, looks } = await openManager();
  manager.peek();
  looks();
  for (let call = 0; call < 1_000; call += 1) manager.peek();
  expect(looks()).toEqual({ wall: 1_000, monotonic: 0 });
  for (let call = 0; call < 1_000; call += 1) await manager.getToken();
  expect(looks()).toEqual({ wall: 1_000, monotonic: 0 });
});

test("a call that can be aborted costs no more", async () => {
  const { manager, looks } = await openManager();
  const { signal } = new AbortController();
  manager.peek();
  looks();
  for (let call = 0; call < 100; call += 1) await manager.getToken({ signal });
  expect(looks()).toEqual({ wall: 100, monotonic: 0 });
});

test("requirements beyond the cached token are checked in the same moment, too", async () => {
  const { manager } = await openManager();
  manager.peek();
  const gone = manager.getToken({ signal: AbortSignal.abort(new Error("gone")) });
  await expect(gone).rejects.toThrow("gone");
  expect((await manager.getToken({ forceRefresh: true })).accessToken).toBe("token-2");
});

test("a cached token that expires too soon for a call is not served to it", async () => {
  const { manager, clock } = await openManager();
  await clock.advance(HOUR / 2);
  await manager.getToken();
  await clock.settle();
  manager.peek();
  expect((await manager.getToken({ minValidity: 0.75 * HOUR })).accessToken).toBe("token-2");
});

test("a rejected token is not handed out again in the same moment", async () => {
  const { manager } = await openManager();
  const token = await manager.getToken();
  manager.reject(token);
  expect(manager.peek()).toBeUndefined();
  expect((await manager.getToken()).accessToken).toBe("token-2");
});

test("a token is due to the millisecond, however calm the moment before was", async () => {
  const { manager, clock, looks } = await openManager();
  const { dueAt = 0 } = await manager.getToken();
  await clock.advance(dueAt - clock.now() - 1);
  // The first call looks at the store behind its answer, and the second is calm again.
  await manager.getToken();
  await clock.settle();
  await manager.getToken();
  looks();
  await manager.getToken();
  expect(looks()).toEqual({ wall: 1, monotonic: 0 });
  await clock.advance(1);
  looks();
  await manager.getToken();
  expect(looks().monotonic).toBeGreaterThan(0);
});

test("a sleep is noticed at the first look", async () => {
  const { manager, clock } = await openManager();
  manager.peek();
  await clock.suspend(9 * HOUR);
  expect(manager.peek()).toBeUndefined();
});

test("a clock that is set back does not make an old token young", async () => {
  const { manager, clock } = await openManager();
  manager.peek();
  await clock.advance(2 * HOUR);
  clock.jump(-2 * HOUR - 1);
  expect(manager.peek()).toBeUndefined();
});

test("one set back into the very moment of the last look deceives for no longer than that moment", async () => {
  const { manager, clock } = await openManager();
  manager.peek();
  await clock.advance(2 * HOUR);
  clock.jump(-2 * HOUR);
  await clock.advance(CALM);
  expect(manager.peek()).toBeUndefined();
});

test("looks at the token do not put off the look at the store", async () => {
  const { manager, clock, looks } = await openManager();
  for (let passed = 0; passed < 60_000; passed += CALM / 2) {
    manager.peek();
    await clock.advance(CALM / 2);
  }
  manager.peek();
  looks();
  manager.peek();
  // The store is to be looked at: nothing is calm until somebody did.
  expect(looks().monotonic).toBeGreaterThan(0);
});
