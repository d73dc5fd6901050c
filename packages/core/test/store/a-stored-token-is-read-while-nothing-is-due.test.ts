import { createMemoryStore, createTokenManager, importSession, Token } from "@tokenflow/core";
import { readFreshToken } from "@tokenflow/core/store";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

test("it is the manager's token until that is due", async () => {
  const clock = createFakeClock();
  const store = createMemoryStore({ clock });
  const { fetch } = createScriptedFetch(...approved(), fresh());
  const manager = createTokenManager({ provider: createTestProvider(), store, clock, fetch });
  const done = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  const { token } = await done;
  const stored = String(await store.get("test/default"));
  const host = "elsewhere";
  expect(readFreshToken(stored, { host, clock })?.accessToken).toBe(token?.accessToken);

  const { dueAt = 0 } = await manager.status();
  await clock.advance(dueAt - clock.now() - 1);
  expect(readFreshToken(stored, { host, clock })?.accessToken).toBe(token?.accessToken);
  await clock.advance(1);
  expect(readFreshToken(stored, { host, clock })).toBeUndefined();
});

test("the token of another client's session is not returned", async () => {
  const store = createMemoryStore();
  const provider = { ...createTestProvider(), client: "issuer app-1" };
  const token = new Token({ accessToken: "token-1", issuedAt: Date.now() });
  await importSession({ provider, store, token });
  const stored = String(await store.get("test/default"));
  const options = { host: "here" };
  expect(readFreshToken(stored, { ...options, client: "issuer app-1" })?.accessToken).toBe("token-1");
  expect(readFreshToken(stored, { ...options, client: "issuer app-2" })).toBeUndefined();
  expect(readFreshToken(stored, options)).toBeUndefined();
});

test("a session that has only a grant gives no token", async () => {
  const store = createMemoryStore();
  await importSession({ provider: createTestProvider(), store, grant: { refresh_token: "grant-1" } });
  expect(readFreshToken(String(await store.get("test/default")), { host: "here" })).toBeUndefined();
});

test("a cache whose token has expired and a record with a changed byte give no token", () => {
  const cache =
    '{"access_token":"a","token_type":"Bearer","expires_in":60,"expires_at":"2001-01-01T00:00:00Z"}';
  expect(readFreshToken(cache, { host: "here" })).toBeUndefined();
  expect(() => readFreshToken('{"tokenflow_encrypted":1}', { host: "here" })).toThrow(
    expect.objectContaining({ code: "store.corrupt" }),
  );
});
