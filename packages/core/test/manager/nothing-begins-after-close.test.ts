import { createTokenManager, type TokenFlowEvent } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { approved, createStage, fresh, type Stage, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

/** A token of one hour is due after 54 minutes. The background refresh follows within a second. */
const DUE = 54 * 60_000;

async function withDueToken(): Promise<Stage> {
  const stage = createStage({}, ...approved(), fresh(), fresh(), fresh());
  await signIn(stage);
  await stage.clock.advance(54 * 60_000 - (stage.clock.now() % 1));
  return stage;
}

const redemptions = ({ script }: Stage): number =>
  script.requests.filter(({ url }) => url.endsWith("/token")).length;

test("a background refresh that was scheduled does not begin after close()", async () => {
  const stage = await withDueToken();
  await stage.manager.getToken();
  await stage.manager.close();
  await stage.clock.advance(10_000);
  expect(redemptions(stage)).toBe(1);
  expect(stage.clock.pending).toEqual([]);
});

test("a refresh that has begun is stored before close() resolves", async () => {
  const stage = await withDueToken();
  await stage.clock.advance(2_000);
  await stage.manager.getToken();
  await stage.manager.close();
  expect(redemptions(stage)).toBe(2);
  const record = JSON.parse(String(await stage.store.get("test/default")));
  expect(record).not.toHaveProperty("mark");
  expect(record.revision).toMatch(/:3$/);
});

test("a manager that is made for one request refreshes a due token at once", async () => {
  const stage = await withDueToken();
  await stage.manager.close();
  await stage.clock.advance(2_000);
  const next = stage.another();
  await next.getToken();
  await next.close();
  expect(redemptions(stage)).toBe(2);
});

test("what a closed manager had scheduled passes to an open one, and its listener hears of it", async () => {
  const stage = await withDueToken();
  const heard: TokenFlowEvent[] = [];
  const other = createTokenManager({
    provider: createTestProvider(),
    store: stage.store,
    clock: stage.clock,
    fetch: stage.script.fetch,
    onEvent: (event) => heard.push(event),
  });
  await stage.manager.getToken();
  await stage.manager.close();
  await stage.clock.advance(2_000);
  expect(redemptions(stage)).toBe(2);
  expect(heard.map(({ type }) => type)).toContain("token.refreshed");
  await other.close();
});

test("close() ends the waiting for another process's lock", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  await stage.clock.advance(2 * DUE);
  await using _held = await stage.store.lock("test/default");
  const waiting = stage.manager.getToken();
  const outcome = waiting.catch((error: unknown) => error);
  await stage.clock.advance(1_000);
  await stage.manager.close();
  expect(await outcome).toMatchObject({ code: "manager.closed" });
  expect(redemptions(stage)).toBe(1);
  expect(stage.clock.pending).toEqual([]);
});

test("a closed manager hands out nothing and starts nothing", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  await stage.manager.close();
  await stage.manager.close();
  const closed = { code: "manager.closed" };
  await expect(stage.manager.getToken()).rejects.toMatchObject(closed);
  await expect(stage.manager.usage()).rejects.toMatchObject(closed);
  await expect(stage.manager.start()).rejects.toMatchObject(closed);
  await expect(stage.manager.signIn({ onUserCode: () => undefined })).rejects.toMatchObject(closed);
  expect(await stage.manager.acquire()).toMatchObject({ status: "failed", error: closed });
  expect(stage.script.requests).toHaveLength(3);
});

test("closing one manager twice does not close the other", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const other = stage.another();
  await stage.manager.close();
  await stage.manager.close();
  expect(await other.getToken()).toMatchObject({ tokenType: "Bearer" });
  await other.close();
});

test("a write that close() has tried again is not tried once more by its timer", async () => {
  const clock = createFakeClock();
  const shared = createSharedStore({ clock });
  const store = shared.open("one/1/1");
  const stage = createStage({ clock, store }, ...approved(), fresh(), fresh());
  await signIn(stage);
  await clock.advance(DUE + 2_000);
  let mayFail = 1;
  store.fault = (operation) => {
    const isSession = operation === "replace" && shared.values.get("test/default")?.includes('"mark"');
    return isSession && mayFail-- > 0 ? "fail" : "pass";
  };
  await stage.manager.getToken();
  await clock.settle();
  expect(stage.types()).toContain("session.unsaved");
  await stage.manager.close();
  expect(stage.types().filter((type) => type === "session.saved")).toHaveLength(1);
  expect(clock.pending).toEqual([]);

  // Somebody signs out elsewhere. The late timer once took that for a session that came too late.
  shared.values.delete("test/default");
  await clock.advance(10_000);
  expect(stage.types()).not.toContain("session.dropped");
});
