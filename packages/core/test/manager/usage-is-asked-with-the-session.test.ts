import {
  createTokenManager,
  type Session,
  TokenFlowError,
  type TokenManager,
  type Usage,
} from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const USAGE: Usage = { plan: "free", quotas: [{ name: "chat", remaining: 3 }] };

function openManager(usage: ((session: Session) => Promise<Usage>) | undefined): TokenManager {
  const upstream = {
    baseUrl: "https://api.example.org",
    address: () => "https://api.example.org",
    headers: () => ({}),
    isTokenRejected: () => false,
    ...(usage ? { usage } : {}),
  };
  return createTokenManager({
    provider: { ...createTestProvider(), upstream },
    grant: { refresh_token: "given-grant" },
    clock: createFakeClock(),
    fetch: createScriptedFetch(fresh()).fetch,
  });
}

test("the provider gets the grant and the token, and the caller only the usage", async () => {
  const seen: Session[] = [];
  const manager = openManager(async (session) => {
    seen.push(session);
    return USAGE;
  });
  expect(await manager.usage()).toBe(USAGE);
  expect(seen[0]?.grant).toMatchObject({ refresh_token: expect.any(String) });
  expect(seen[0]?.token?.accessToken).toBe((await manager.getToken()).accessToken);
});

test("a failure is the provider's own, an unexpected error is replaced, and a provider without usage is misconfigured", async () => {
  const forbidden = new TokenFlowError("provider.forbidden", "No plan");
  await expect(openManager(() => Promise.reject(forbidden)).usage()).rejects.toBe(forbidden);
  const mistake = new TypeError("token-secret");
  await expect(openManager(() => Promise.reject(mistake)).usage()).rejects.toMatchObject({
    code: "provider.malformed",
    message: expect.not.stringContaining("token-secret"),
  });
  await expect(openManager(undefined).usage()).rejects.toMatchObject({ code: "provider.misconfigured" });
});

test("usage of a signed-out session sends no request", async () => {
  const manager = openManager(async () => USAGE);
  await manager.signOut();
  await expect(manager.usage()).rejects.toMatchObject({ code: "session.signed_out" });
});
