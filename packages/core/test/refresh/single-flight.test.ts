import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";

const redemptions = (stage: ReturnType<typeof createStage>): number =>
  stage.script.requests.filter(({ url }) => url.endsWith("/token")).length;

test("a refresh reads once, and writes its intent and its token", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  const calls: string[] = [];
  const { get, replace } = stage.store;
  Object.assign(stage.store, {
    get: (key: string) => {
      calls.push("get");
      return get.call(stage.store, key);
    },
    replace: (...args: Parameters<typeof replace>) => {
      calls.push("replace");
      return replace.apply(stage.store, args);
    },
  });
  await stage.manager.getToken({ forceRefresh: true });
  expect(calls).toEqual(["get", "replace", "replace"]);
});

test("a thousand callers over many managers cause one redemption", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  await stage.clock.advance(3_600_000);
  const managers = [stage.manager, stage.another(), stage.another(), stage.another()];
  const tokens = await Promise.all(
    Array.from({ length: 250 }, () => managers.map((manager) => manager.getToken())).flat(),
  );
  expect(redemptions(stage)).toBe(2);
  expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
});

test("ten rejections of the same token cause one redemption", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  const old = await stage.manager.getToken();
  await stage.clock.advance(60_000);
  const tokens = await Promise.all(
    Array.from({ length: 10 }, () => {
      stage.manager.reject(old);
      return stage.manager.getToken();
    }),
  );
  expect(redemptions(stage)).toBe(2);
  expect(tokens.every((token) => token.accessToken !== old.accessToken)).toBe(true);
});

test("a rejection of an older token than the current one causes none", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  const old = await stage.manager.getToken();
  await stage.manager.getToken({ forceRefresh: true });
  stage.manager.reject(old);
  await stage.manager.getToken();
  expect(redemptions(stage)).toBe(2);
});

test("forced refreshes at the same time share one redemption, and the next one makes another", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh(), fresh());
  await signIn(stage);
  const force = { forceRefresh: true };
  await Promise.all([
    stage.manager.getToken(force),
    stage.another().getToken(force),
    stage.manager.getToken(force),
  ]);
  expect(redemptions(stage)).toBe(2);
  await stage.manager.getToken(force);
  expect(redemptions(stage)).toBe(3);
});

test("a caller's abort rejects in the same tick and leaves the shared redemption running", async () => {
  const stage = createStage({}, ...approved(), fresh(), fresh());
  await signIn(stage);
  await stage.clock.advance(3_600_000);
  const abort = new AbortController();
  const given = stage.manager.getToken({ signal: abort.signal });
  const patient = stage.manager.getToken();
  abort.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  expect((await patient).isAlive(stage.clock.now())).toBe(true);
  expect(redemptions(stage)).toBe(2);
});

test("a caller with an aborted signal gets no token, even if one is cached", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  await stage.manager.getToken();
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(stage.manager.getToken({ signal })).rejects.toThrow("enough");
});

test("twenty acquire() of a signed-out manager ask for one code, and answer without waiting for the poll", async () => {
  const stage = createStage({}, ...approved(), fresh());
  const before = stage.clock.monotonicNow();
  const answers = await Promise.all(Array.from({ length: 20 }, () => stage.manager.acquire()));
  expect(stage.clock.monotonicNow() - before).toBeLessThan(100);
  expect(stage.script.requests.map(({ url }) => new URL(url).pathname)).toEqual(["/device"]);
  expect(answers.map((answer) => answer.status === "pending" && answer.userCode)).toEqual(
    Array(20).fill("ABCD-EFGH"),
  );
  await stage.clock.advance(6_000);
  expect((await stage.manager.acquire()).status).toBe("authorized");
  await stage.clock.settle();
  expect(stage.clock.pending).toEqual([]);
});

test("a denial ends the flow, and the next acquire() begins another", async () => {
  const [code] = approved();
  if (!code) throw new Error("no code");
  const stage = createStage({}, code, { status: 400, json: { error: "access_denied" } }, code);
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending" });
  await stage.clock.advance(6_000);
  expect(stage.types()).toEqual(["signin.started", "signin.failed"]);
  expect(stage.clock.pending).toEqual([]);
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending" });
});

test("a device-code request that failed can be tried again", async () => {
  const [code] = approved();
  if (!code) throw new Error("no code");
  const stage = createStage({}, { error: "ECONNRESET" }, code);
  expect(await stage.manager.acquire()).toMatchObject({
    status: "failed",
    error: { code: "provider.unavailable" },
  });
  expect(await stage.manager.acquire()).toMatchObject({ status: "pending" });
});

test("getToken() of a signed-out manager never begins a sign-in", async () => {
  const stage = createStage({});
  await expect(stage.manager.getToken()).rejects.toMatchObject({ code: "session.signed_out" });
  expect(stage.script.requests).toEqual([]);
});
