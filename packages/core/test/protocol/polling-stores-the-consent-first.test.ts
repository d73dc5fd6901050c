import { createMemoryStore, pollForToken, requestDeviceCode } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { approved, createStage, fresh, type Stage } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const stored = async ({ store }: Stage): Promise<Record<string, unknown>> =>
  JSON.parse(String((await store.get("test/default")) ?? "{}"));

const paths = ({ script }: Stage): string[] => script.requests.map(({ url }) => new URL(url).pathname);

/** Answers to the first redemption that bring no token for now. */
const failures: Readonly<Record<string, { readonly answer: Answer; readonly code: string }>> = {
  "a reset": { answer: { error: "ECONNRESET" }, code: "provider.unavailable" },
  "a refused connection": { answer: { error: "ECONNREFUSED" }, code: "provider.unavailable" },
  "a hang": { answer: { hang: true }, code: "provider.unavailable" },
  "a 500": { answer: { status: 500 }, code: "provider.unavailable" },
  "a 429": { answer: { status: 429 }, code: "provider.rate_limited" },
  "an OAuth error": {
    answer: { status: 400, json: { error: "invalid_scope" } },
    code: "provider.misconfigured",
  },
  "a page": { answer: { status: 404, text: "<html>" }, code: "provider.malformed" },
  "a token that is over": { answer: fresh({ expires_in: 0 }), code: "provider.malformed" },
};

test("the consent is stored before the grant is sent for the first time", async () => {
  let seen: Record<string, unknown> = {};
  const stage: Stage = createStage({}, ...approved(), async () => {
    seen = await stored(stage);
    return fresh();
  });
  const signedIn = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(7_000);
  await signedIn;
  expect(seen["grant"]).toEqual({ refresh_token: "grant-1" });
  expect(seen).not.toHaveProperty("access_token");
  expect(paths(stage)).toEqual(["/device", "/poll", "/token"]);
});

describe("after the approval a sign-in does not reject, for any answer to the redemption:", () => {
  for (const [name, { answer, code }] of Object.entries(failures)) {
    test(`${name}, by the manager, which keeps the consent and redeems it later`, async () => {
      const stage = createStage({}, ...approved(), answer, fresh());
      const signedIn = stage.manager.signIn({ onUserCode: () => undefined });
      await stage.clock.advance(40_000);
      const session = await signedIn;
      expect(session.token).toBeUndefined();
      expect(session.failure).toMatchObject({ code });
      expect(await stored(stage)).toHaveProperty("grant");
      await stage.clock.advance(20_000);
      expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
      expect(paths(stage).filter((path) => path === "/poll")).toHaveLength(1);
    });

    test(`${name}, by pollForToken, which hands out the grant`, async () => {
      const clock = createFakeClock();
      const options = { clock, fetch: createScriptedFetch(...approved(), answer).fetch };
      const provider = createTestProvider();
      const polling = pollForToken(provider, await requestDeviceCode(provider, options), options);
      await clock.advance(40_000);
      const session = await polling;
      expect(session.token).toBeUndefined();
      expect(session.failure).toMatchObject({ code });
      expect(session.grant).toBeDefined();
    });
  }
});

test("a sign-in reports that the first redemption was refused", async () => {
  const stage = createStage({}, ...approved(), { status: 400, json: { error: "invalid_grant" } });
  const signedIn = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(7_000);
  expect((await signedIn).failure).toMatchObject({ code: "session.revoked" });
  expect(await stage.manager.status()).toMatchObject({ state: "revoked" });
});

test("an abort after the approval does not lose the consent", async () => {
  const abort = new AbortController();
  const stage = createStage({}, ...approved(), { hang: true }, fresh());
  const signedIn = stage.manager.signIn({ onUserCode: () => undefined, signal: abort.signal });
  signedIn.catch(() => undefined);
  await stage.clock.advance(7_000);
  expect(paths(stage)).toEqual(["/device", "/poll", "/token"]);
  abort.abort(new Error("closed the lid"));
  await stage.clock.advance(60_000);
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
});

test("a grant that is renewed before its first token is stored", async () => {
  const clock = createFakeClock();
  const step: Answer = { json: { refresh_token: "grant-2" } };
  const script = createScriptedFetch(...approved(), step, fresh({ refresh_token: "grant-3" }));
  const options = { clock, fetch: script.fetch };
  const provider = createTestProvider();
  const polling = pollForToken(provider, await requestDeviceCode(provider, options), options);
  await clock.advance(7_000);
  const session = await polling;
  expect(session.grant).toEqual({ refresh_token: "grant-3" });
  expect(session.token?.isAlive(clock.now())).toBe(true);
  expect(JSON.parse(script.requests.at(-1)?.body ?? "")).toEqual({ refresh_token: "grant-2" });
});

test("after endless new grants the consent is stored, and the failure tells why there is no token", async () => {
  const clock = createFakeClock();
  const script = createScriptedFetch(...approved(), () => ({
    json: { refresh_token: `grant-${script.requests.length}` },
  }));
  const options = { clock, fetch: script.fetch };
  const provider = createTestProvider();
  const polling = pollForToken(provider, await requestDeviceCode(provider, options), options);
  await clock.advance(7_000);
  const session = await polling;
  expect(session).toMatchObject({ failure: { code: "provider.malformed" } });
  expect(session.grant).toEqual({ refresh_token: `grant-${script.requests.length}` });
  expect(script.requests).toHaveLength(5);
});

test("a consent is not lost if the store is unavailable for a moment", async () => {
  const store = createMemoryStore();
  const replace = store.replace.bind(store);
  let broken = true;
  const fails = async (): Promise<never> => {
    throw new Error("disk full");
  };
  Object.assign(store, {
    replace: (...args: Parameters<typeof replace>) => (broken ? fails() : replace(...args)),
  });
  const stage = createStage({ store }, ...approved(), fresh());
  const signedIn = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(7_000);
  expect(await stage.manager.status()).toMatchObject({ unsaved: true });
  broken = false;
  await stage.clock.advance(20_000);
  const session = await signedIn;
  expect(await stored(stage)).toHaveProperty("grant");
  expect(session.grant).toBeDefined();
  expect((await stage.manager.getToken()).isAlive(stage.clock.now())).toBe(true);
  expect(stage.types()).toEqual(expect.arrayContaining(["session.unsaved", "session.saved"]));
});

test("five concurrent sign-ins share one code", async () => {
  const stage = createStage({}, ...approved(), fresh());
  const codes: string[] = [];
  const onUserCode = ({ userCode }: { readonly userCode: string }): void => void codes.push(userCode);
  const signedIn = Promise.all([1, 2, 3, 4, 5].map(() => stage.another().signIn({ onUserCode })));
  await stage.clock.advance(7_000);
  const sessions = await signedIn;
  expect(new Set(codes).size).toBe(1);
  expect(new Set(sessions.map(({ token }) => token?.accessToken)).size).toBe(1);
  expect(paths(stage)).toEqual(["/device", "/poll", "/token"]);
});

test("a code is not polled again after a success, not even an hour later", async () => {
  const stage = createStage({}, ...approved(), fresh());
  const signedIn = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(3_600_000);
  await signedIn;
  expect(paths(stage)).toEqual(["/device", "/poll", "/token"]);
});

test("polling ends when another process stores a session, which is adopted", async () => {
  const elsewhere = createStage({}, ...approved("grant-2"), fresh());
  const there = elsewhere.manager.signIn({ onUserCode: () => undefined });
  await elsewhere.clock.advance(7_000);
  const [code] = approved();
  const pending: Answer = { status: 400, json: { error: "authorization_pending" } };
  const stage = createStage({}, code ?? pending, pending);
  const here = stage.manager.signIn({ onUserCode: () => undefined });
  await stage.clock.advance(7_000);
  await stage.store.set("test/default", JSON.stringify(await stored(elsewhere)));
  await stage.clock.advance(6_000);
  expect((await here).token?.accessToken).toBe((await there).token?.accessToken);
  expect(paths(stage)).toEqual(["/device", "/poll"]);
  await stage.clock.settle();
  expect(stage.clock.pending).toEqual([]);
});
