import { createTokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const KEY = "test/default";

/** A manager over an adapter whose reads may be older than its writes, as those of DynamoDB and Cloudflare's KV. */
function createBehind() {
  const values = new Map<string, unknown>();
  const adapter = createPlainAdapter(values);
  const clock = createFakeClock();
  const script = createScriptedFetch(...approved(), fresh(), fresh(), fresh(), fresh());
  /** The value that reads return while they are behind. */
  let old: unknown;
  Object.assign(adapter, { get: async (key: string) => old ?? values.get(key) });
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: adapter,
    clock,
    fetch: script.fetch,
  });
  const signIn = async (): Promise<void> => {
    const done = manager.signIn({ onUserCode: () => undefined });
    await clock.advance(6_000);
    await done;
  };
  const fallBehind = (text: unknown): void => {
    old = text;
  };
  const sentGrants = (): unknown[] =>
    script.requests.filter(({ url }) => url.endsWith("/token")).map(({ body }) => body);
  return { values, clock, manager, signIn, fallBehind, sentGrants };
}

test("a read that returns what this process has replaced spends no grant twice, and loses none", async () => {
  const { values, clock, manager, signIn, fallBehind, sentGrants } = createBehind();
  await signIn();
  const first = values.get(KEY);
  await clock.advance(3_700_000);
  await manager.getToken();
  fallBehind(first);
  await manager.getToken({ forceRefresh: true });
  fallBehind(undefined);
  await clock.advance(3_700_000);
  await manager.getToken();
  expect(sentGrants()).toHaveLength(4);
  expect(new Set(sentGrants()).size).toBe(4);
});

test("a read that returns the session after a sign-out does not bring it back", async () => {
  const { values, manager, signIn, fallBehind, sentGrants } = createBehind();
  await signIn();
  const session = values.get(KEY);
  await manager.signOut();
  fallBehind(session);
  await expect(manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "session.signed_out",
  });
  expect([values.size, sentGrants().length]).toEqual([0, 1]);
});

test("an old session that somebody restored later is the session", async () => {
  const { values, clock, manager, signIn } = createBehind();
  await signIn();
  const session = values.get(KEY);
  const { accessToken } = await manager.getToken();
  await manager.signOut();
  await clock.advance(61_000);
  values.set(KEY, session);
  expect((await manager.getToken()).accessToken).toBe(accessToken);
});

test("a session that was removed elsewhere is gone at once", async () => {
  const { values, manager, signIn } = createBehind();
  await signIn();
  values.clear();
  await expect(manager.getToken({ forceRefresh: true })).rejects.toMatchObject({
    code: "session.signed_out",
  });
});
