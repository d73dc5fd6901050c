import { createMemoryStore, createTokenManager, type TokenFlowEvent } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const CODE = { json: { device_code: "secret-code", user_code: "ABCD-EFGH", expires_in: 900, interval: 5 } };
const PENDING = { status: 400, json: { error: "authorization_pending" } };

test("a sign-in shows the code, polls until the approval, stores the consent and fetches a token", async () => {
  const clock = createFakeClock();
  const script = createScriptedFetch(
    CODE,
    PENDING,
    { json: { refresh_token: "grant-1" } },
    { json: { access_token: "token-1", refresh_token: "grant-2", expires_in: 3600 } },
  );
  const events: TokenFlowEvent[] = [];
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: createMemoryStore({ clock }),
    clock,
    fetch: script.fetch,
    onEvent: (event) => events.push(event),
  });
  let userCode = "";
  const session = manager.signIn({ onUserCode: (code) => void (userCode = code.userCode) });
  await clock.advance(1);
  expect(userCode).toBe("ABCD-EFGH");
  await clock.advance(13_000);
  expect((await session).token?.accessToken).toBe("token-1");
  expect(manager.peek()?.accessToken).toBe("token-1");
  expect(events.map(({ type }) => type)).toEqual([
    "signin.started",
    "refresh.started",
    "grant.rotated",
    "token.refreshed",
    "signin.finished",
  ]);
  expect(clock.pending).toEqual([]);
});

test("a code that could not be shown ends the sign-in with the listener's own error", async () => {
  const clock = createFakeClock();
  const manager = createTokenManager({
    provider: createTestProvider(),
    clock,
    fetch: createScriptedFetch(CODE).fetch,
  });
  const session = manager.signIn({
    onUserCode: () => {
      throw new Error("the terminal is gone");
    },
  });
  await expect(session).rejects.toThrow("the terminal is gone");
  await clock.settle();
  expect(clock.pending).toEqual([]);
});

test("a refresh during a sign-in does not take the place of the person's consent", async () => {
  const [code, consent] = approved("grant-of-another-account");
  if (!code || !consent) throw new Error("no answers");
  const stage = createStage({}, ...approved(), fresh(), code, fresh(), consent, fresh());
  await signIn(stage);
  const { manager, clock, script } = stage;

  const again = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(1);
  await manager.getToken({ forceRefresh: true });
  await clock.advance(6_000);
  await again;

  const sent = script.requests.map(({ body }) => body).filter((body) => body.includes("refresh_token"));
  expect(sent.at(-1)).toContain("grant-of-another-account");
  expect(script.requests).toHaveLength(7);
});

test("a store that cannot be read at first does not end the sign-in with the session that was there before", async () => {
  const [code, consent] = approved("grant-of-another-account");
  if (!code || !consent) throw new Error("no answers");
  const stage = createStage({}, ...approved(), fresh(), code, consent, fresh());
  await signIn(stage);
  const { manager, clock, store, script } = stage;

  const get = store.get.bind(store);
  let fails = true;
  Object.assign(store, {
    get: async (key: string) => {
      if (fails) throw new Error("away");
      return get(key);
    },
  });
  const again = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(1);
  fails = false;
  await clock.advance(6_000);
  await again;
  expect(script.requests.map(({ body }) => body).at(-1)).toContain("grant-of-another-account");
});
