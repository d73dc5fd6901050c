import { createTokenManager } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createPlainAdapter } from "../support/plain-adapter.ts";
import { approved, fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const FORMS: Readonly<Record<string, (text: string) => unknown>> = {
  "bytes, as stores of blobs do": (text) => Buffer.from(text),
  "parsed JSON, as clients of Upstash do": (text) => JSON.parse(text) as unknown,
};

test.each(Object.keys(FORMS))("an adapter that returns %s keeps a session", async (name) => {
  const values = new Map<string, unknown>();
  const adapter = createPlainAdapter(values);
  adapter.get = async <Value>(key: string) => {
    const text = values.get(key);
    return (typeof text === "string" ? FORMS[name]?.(text) : undefined) as Value | undefined;
  };
  const clock = createFakeClock();
  const script = createScriptedFetch(...approved(), fresh(), fresh());
  const open = () =>
    createTokenManager({ provider: createTestProvider(), store: adapter, clock, fetch: script.fetch });
  const manager = open();
  const signedIn = manager.signIn({ onUserCode: () => undefined });
  await clock.advance(6_000);
  expect(await signedIn).not.toHaveProperty("failure");
  await clock.advance(3_700_000);
  const { accessToken } = await manager.getToken();
  expect((await open().getToken()).accessToken).toBe(accessToken);
  expect(script.requests.filter(({ url }) => url.endsWith("/token"))).toHaveLength(2);
  await manager.signOut();
  expect([...values.keys()]).toEqual([]);
});
