import { createTokenManager, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import type { GrantReplay } from "@tokenflow/core/provider";
import { type Answer, createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createSharedStore, type Handle, type SharedStore } from "../support/shared-store.ts";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

interface Process {
  readonly handle: Handle;
  readonly manager: TokenManager;
  readonly events: TokenFlowEvent[];
  readonly asked: () => number;
}

interface World {
  readonly clock: FakeClock;
  readonly shared: SharedStore;
  start(owner: string, ...answers: Answer[]): Process;
  record(): Record<string, unknown>;
}

function createWorld(replay: GrantReplay = "never", ttl?: number): World {
  const clock = createFakeClock();
  const shared = createSharedStore({ clock, ttl });
  const provider = createTestProvider({ replay });
  return {
    clock,
    shared,
    start(owner, ...answers) {
      const handle = shared.open(owner);
      const script = createScriptedFetch(...answers);
      const events: TokenFlowEvent[] = [];
      const manager = createTokenManager({
        provider,
        store: handle,
        clock,
        fetch: script.fetch,
        onEvent: (event) => events.push(event),
      });
      const asked = (): number => script.requests.filter(({ url }) => url.endsWith("/token")).length;
      return { handle, manager, events, asked };
    },
    record: () => JSON.parse(shared.values.get("test/default") ?? "{}"),
  };
}

/** A world with one process that has signed in and died. */
async function signedIn(replay?: GrantReplay, ttl?: number): Promise<World> {
  const world = createWorld(replay, ttl);
  const { manager, handle } = world.start("host/1/0", ...approved(), fresh());
  const done = manager.signIn({ onUserCode: () => undefined });
  await world.clock.advance(6_000);
  await done;
  handle.crash();
  return world;
}

/** A process that dies while its redemption is under way: the intent stands, and nobody knows. */
async function interrupt(world: World): Promise<void> {
  const victim = world.start("host/2/0", { hang: true });
  victim.manager.getToken({ forceRefresh: true }).catch(() => undefined);
  await world.clock.settle();
  expect(world.record()).toHaveProperty("mark");
  victim.handle.crash();
  world.shared.lapse();
}

test("an intent stands in the record before the grant is sent, and goes with the write of the session", async () => {
  const world = await signedIn();
  let during: unknown;
  const process = world.start("host/2/0", () => {
    during = world.record()["mark"];
    return { json: { access_token: "token-next", refresh_token: "grant-next", expires_in: 3600 } };
  });
  await process.manager.getToken({ forceRefresh: true });
  expect(during).toMatchObject({ owner: "host/2/0", attempt: 1 });
  expect(world.record()).not.toHaveProperty("mark");
});

describe("after a death between the intent and the write", () => {
  test("a grant that is not single-use is sent again at once", async () => {
    const world = await signedIn("always");
    await interrupt(world);
    const next = world.start("host/3/0", fresh());
    await next.manager.getToken({ forceRefresh: true });
    expect(next.asked()).toBe(1);
  });

  test("a single-use grant is kept back while the token lives, and sent once when it has run out", async () => {
    const world = await signedIn("never");
    await interrupt(world);
    const next = world.start("host/3/0", fresh());
    await world.clock.advance(3_300_000);
    expect((await next.manager.getToken()).isAlive(world.clock.now())).toBe(true);
    await world.clock.advance(10_000);
    expect(next.asked()).toBe(0);
    expect(await next.manager.status()).toMatchObject({
      state: "due",
      interrupted: { owner: "host/2/0", resumes: "token_end" },
    });
    expect(next.events.map(({ type }) => type)).toContain("session.interrupted");
    await world.clock.advance(300_000);
    await next.manager.getToken();
    expect(next.asked()).toBe(1);
  });

  test("a forgiving service is asked again within its time, and not after it", async () => {
    const inTime = await signedIn({ within: 10_000 });
    await interrupt(inTime);
    await inTime.clock.advance(9_000);
    const quick = inTime.start("host/3/0", fresh());
    await quick.manager.getToken({ forceRefresh: true });
    expect(quick.asked()).toBe(1);

    const tooLate = await signedIn({ within: 10_000 });
    await interrupt(tooLate);
    await tooLate.clock.advance(11_000);
    const slow = tooLate.start("host/3/0", fresh());
    await expect(slow.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "provider.unavailable",
    });
    expect(slow.asked()).toBe(0);
    expect((await slow.manager.getToken()).isAlive(tooLate.clock.now())).toBe(true);
  });

  test("a process that stands still before it sends looks at the time again", async () => {
    const world = await signedIn({ within: 10_000 });
    await interrupt(world);
    await world.clock.advance(9_000);
    const before = world.record()["mark"];
    const next = world.start("host/3/0", fresh());
    let writes = 0;
    next.handle.fault = (operation) => {
      // It slept before it wrote down its intent.
      if (operation === "replace" && (writes += 1) === 1) world.clock.jump(2_000);
      return "pass";
    };
    await expect(next.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "provider.unavailable",
    });
    expect(next.asked()).toBe(0);
    expect(world.record()["mark"]).toEqual(before);
    expect((await next.manager.getToken()).isAlive(world.clock.now())).toBe(true);
  });

  test("a forgiving service counts from the first of several attempts", async () => {
    const world = await signedIn({ within: 10_000 });
    await interrupt(world);
    await world.clock.advance(6_000);
    await interrupt(world);
    await world.clock.advance(5_000);
    const late = world.start("host/3/0", fresh());
    await expect(late.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "provider.unavailable",
    });
    expect(late.asked()).toBe(0);
  });

  test("under a lock that can lapse, an intent may be a running redemption: it is waited for if a second use hurts", async () => {
    const world = await signedIn("never", 10_000);
    await interrupt(world);
    await world.clock.advance(3_600_000);
    const next = world.start("host/3/0", fresh());
    const asked = next.manager.getToken();
    await world.clock.advance(44_000);
    expect(next.asked()).toBe(0);
    await world.clock.advance(2_000);
    await asked;
    expect(next.asked()).toBe(1);
  });

  test("under a lock that can lapse, a grant that may be sent twice is sent at once", async () => {
    const world = await signedIn("always", 10_000);
    await interrupt(world);
    const next = world.start("host/3/0", fresh());
    await next.manager.getToken({ forceRefresh: true });
    expect(next.asked()).toBe(1);
  });

  test("a refusal then is a refusal: the session is revoked, and its token is served to its end", async () => {
    const world = await signedIn("always");
    await interrupt(world);
    const refused = { status: 400, json: { error: "invalid_grant" } };
    const next = world.start("host/3/0", refused);
    await expect(next.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "session.revoked",
    });
    expect(await next.manager.status()).toMatchObject({ state: "revoked" });
    expect((await next.manager.getToken()).isAlive(world.clock.now())).toBe(true);
    await world.clock.advance(3_600_000);
    await expect(next.manager.getToken()).rejects.toMatchObject({ code: "session.revoked" });
    expect(next.asked()).toBe(1);
  });
});

describe("whether the intent stays after a failure", () => {
  const cases: readonly [string, Answer, boolean][] = [
    ["the connection was refused: nothing left", { error: "ECONNREFUSED" }, false],
    ["the name was not found: nothing left", { error: "ENOTFOUND" }, false],
    ["429: the server said so", { status: 429, headers: { "retry-after": "7" } }, false],
    ["503 with Retry-After: the server said so", { status: 503, headers: { "retry-after": "7" } }, false],
    [
      "an OAuth error with 4xx: the server said so",
      { status: 400, json: { error: "invalid_client" } },
      false,
    ],
    ["a reset after sending: nobody knows", { error: "ECONNRESET" }, true],
    ["502: nobody knows", { status: 502, text: "<html>" }, true],
    ["503 alone: nobody knows", { status: 503 }, true],
    ["half an answer: nobody knows", { text: '{"access_token":"to' }, true],
  ];
  test.each(cases)("%s", async (_name, answer, stays) => {
    const world = await signedIn();
    const next = world.start("host/2/0", answer);
    await expect(next.manager.getToken({ forceRefresh: true })).rejects.toThrow();
    expect("mark" in world.record()).toBe(stays);
    expect("interrupted" in (await next.manager.status())).toBe(stays);
  });
});

test("a grant that outlived a redemption may be sent again, whatever the provider says", async () => {
  const world = await signedIn("never");
  const keeper = world.start("host/2/0", fresh({ refresh_token: undefined }));
  await keeper.manager.getToken({ forceRefresh: true });
  keeper.handle.crash();
  await interrupt(world);
  const next = world.start("host/4/0", fresh());
  await next.manager.getToken({ forceRefresh: true });
  expect(next.asked()).toBe(1);
});

describe("when the write after a redemption fails", () => {
  test("the session is served from memory, is unsaved, and is written when there is room again", async () => {
    const world = await signedIn();
    const process = world.start("host/2/0", fresh({ access_token: "kept-in-memory" }));
    let full = false;
    process.handle.fault = (operation) => {
      if (operation === "replace" && !full) {
        full = true;
        return "pass";
      }
      return operation === "replace" && full ? "fail" : "pass";
    };
    expect((await process.manager.getToken({ forceRefresh: true })).accessToken).toBe("kept-in-memory");
    expect(await process.manager.status()).toMatchObject({ unsaved: true });
    expect(process.manager.peek()?.accessToken).toBe("kept-in-memory");
    expect(world.record()).toHaveProperty("mark");
    await world.clock.advance(20_000);
    expect(world.record()["access_token"]).not.toBe("kept-in-memory");
    process.handle.fault = undefined;
    await world.clock.advance(5_000);
    expect(world.record()).toMatchObject({ access_token: "kept-in-memory" });
    expect(world.record()).not.toHaveProperty("mark");
    expect(process.events.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["session.unsaved", "session.saved"]),
    );
  });

  test("close() tries once more, and rejects with store.unavailable", async () => {
    const world = await signedIn();
    const process = world.start("host/2/0", fresh());
    let writes = 0;
    process.handle.fault = (operation) => (operation === "replace" && ++writes > 1 ? "fail" : "pass");
    await process.manager.getToken({ forceRefresh: true });
    const before = writes;
    await expect(process.manager.close()).rejects.toMatchObject({ code: "store.unavailable" });
    expect(writes).toBeGreaterThan(before);
    process.handle.fault = undefined;
    await process.manager.close();
    expect((await process.manager.status()).unsaved).toBeUndefined();
  });

  test("a write whose answer was lost is settled by reading", async () => {
    const world = await signedIn();
    const process = world.start("host/2/0", fresh({ access_token: "written-after-all" }));
    process.handle.fault = (operation) => (operation === "replace" ? "lose" : "pass");
    await process.manager.getToken({ forceRefresh: true });
    expect(world.record()).toMatchObject({ access_token: "written-after-all" });
    expect((await process.manager.status()).unsaved).toBeUndefined();
  });
});

describe("a holder whose lock was taken from it while it redeemed", () => {
  test("still saves the only living grant, though another holder left an intent and a failure", async () => {
    const world = await signedIn("always", 10_000);
    const process = world.start("host/2/0", async () => {
      world.shared.lapse();
      const other = world.start("other/9/0", { error: "ECONNRESET" });
      other.manager.getToken({ forceRefresh: true }).catch(() => undefined);
      await world.clock.advance(12_000);
      expect(world.record()["mark"]).toMatchObject({ owner: "other/9/0" });
      return { json: { access_token: "late-token", refresh_token: "late-grant", expires_in: 3600 } };
    });
    expect((await process.manager.getToken({ forceRefresh: true })).accessToken).toBe("late-token");
    expect(world.record()).toMatchObject({ grant: { refresh_token: "late-grant" } });
  });

  test("drops its session when somebody signed in meanwhile, and serves the new one", async () => {
    const world = await signedIn("never", 10_000);
    const process = world.start("host/2/0", async () => {
      world.shared.lapse();
      const other = world.start(
        "other/9/0",
        ...approved("grant-of-another-sign-in"),
        fresh({ access_token: "newer" }),
      );
      const signing = other.manager.signIn({ onUserCode: () => undefined });
      await world.clock.advance(6_000);
      await signing;
      return { json: { access_token: "late-token", refresh_token: "late-grant", expires_in: 3600 } };
    });
    expect((await process.manager.getToken({ forceRefresh: true })).accessToken).toBe("newer");
    expect(process.events).toContainEqual(
      expect.objectContaining({ type: "session.dropped", reason: "replaced" }),
    );
  });

  test("tells of no dropped session when the service keeps its grants", async () => {
    const world = await signedIn("always", 10_000);
    const kept = (token: string): Answer => ({ json: { access_token: token, expires_in: 3600 } });
    const process = world.start("host/2/0", async () => {
      world.shared.lapse();
      const other = world.start("other/9/0", kept("newer"));
      const getting = other.manager.getToken({ forceRefresh: true });
      await world.clock.advance(12_000);
      await getting;
      return kept("late-token");
    });
    await process.manager.getToken({ forceRefresh: true });
    expect(process.events.map(({ type }) => type)).not.toContain("session.dropped");
  });

  test("drops its session when somebody signed out meanwhile, and never re-creates it", async () => {
    const world = await signedIn("never", 10_000);
    const process = world.start("host/2/0", async () => {
      world.shared.lapse();
      await world.start("other/9/0").manager.signOut();
      return { json: { access_token: "late-token", refresh_token: "late-grant", expires_in: 3600 } };
    });
    await expect(process.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "session.signed_out",
    });
    expect(world.shared.values.size).toBe(0);
  });
});

test("grants renewed on the way to a token are stored before the next request", async () => {
  const world = await signedIn();
  const seen: unknown[] = [];
  const step = (grant: string): Answer => ({ json: { refresh_token: grant } });
  const process = world.start("host/2/0", step("step-1"), () => {
    seen.push(world.record()["grant"]);
    return { json: { access_token: "after-steps", refresh_token: "step-2", expires_in: 3600 } };
  });
  expect((await process.manager.getToken({ forceRefresh: true })).accessToken).toBe("after-steps");
  expect(seen).toEqual([{ refresh_token: "step-1" }]);
});

test("steps without end are three at most", async () => {
  const world = await signedIn();
  const process = world.start(
    "host/2/0",
    { json: { refresh_token: "a" } },
    { json: { refresh_token: "b" } },
    { json: { refresh_token: "c" } },
    { json: { refresh_token: "d" } },
  );
  await expect(process.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "provider.malformed",
  });
  expect(process.asked()).toBe(3);
  expect(world.record()).toMatchObject({ grant: { refresh_token: "c" } });
});

test("a write that was given up for lost and arrived after all is no dropped session", async () => {
  const world = await signedIn();
  const process = world.start("host/2/0", fresh({ access_token: "arrived-late" }));
  const replace = process.handle.replace.bind(process.handle);
  let writes = 0;
  process.handle.replace = async (key, previous, next) => {
    writes += 1;
    if (writes !== 2) return replace(key, previous, next);
    // After the 10 s that the store is given, and before the write is tried again.
    void world.clock.sleep(10_050).then(() => replace(key, previous, next));
    return new Promise<never>(() => undefined);
  };
  const forced = process.manager.getToken({ forceRefresh: true });
  await world.clock.advance(20_000);
  expect((await forced).accessToken).toBe("arrived-late");
  const types = process.events.map(({ type }) => type);
  expect(types).toContain("session.saved");
  expect(types).not.toContain("session.dropped");
});

test("a renewed grant that could not be stored yet is not redeemed on, and is not lost", async () => {
  const world = await signedIn();
  const process = world.start(
    "host/2/0",
    { json: { refresh_token: "step-1" } },
    fresh({ access_token: "after-the-step" }),
  );
  let writes = 0;
  process.handle.fault = (operation) => (operation === "replace" && ++writes > 1 ? "fail" : "pass");
  await expect(process.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "store.unavailable",
  });
  expect(process.asked()).toBe(1);
  process.handle.fault = undefined;
  await world.clock.advance(10_000);
  expect(world.record()).toMatchObject({ grant: { refresh_token: "step-1" } });
  expect((await process.manager.getToken({ forceRefresh: true })).accessToken).toBe("after-the-step");
});

test("an interruption is reported once, no matter how often it is read", async () => {
  const world = await signedIn("never");
  await interrupt(world);
  const next = world.start("host/3/0");
  await world.clock.advance(3_300_000);
  for (let second = 0; second < 10; second += 1) {
    await next.manager.getToken();
    await world.clock.advance(3_000);
  }
  expect(next.events.filter(({ type }) => type === "session.interrupted")).toHaveLength(1);
});

test("a redemption under way elsewhere is no interruption, and is one once its process is gone", async () => {
  const world = await signedIn("always");
  const redeeming = world.start("host/2/0", { hang: true });
  const ended = redeeming.manager.getToken({ forceRefresh: true });
  ended.catch(() => undefined);
  await world.clock.advance(0);
  expect("mark" in world.record()).toBe(true);
  const { manager } = world.start("host/3/0");
  const seen = await manager.status();
  expect(seen.state).toBe("refreshing");
  expect(seen.interrupted).toBeUndefined();
  redeeming.handle.crash();
  expect(await manager.status()).toMatchObject({
    state: "valid",
    interrupted: { owner: "host/2/0", resumes: "next_use" },
  });
});
