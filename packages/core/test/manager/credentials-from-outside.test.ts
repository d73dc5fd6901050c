import { createTokenManager } from "@tokenflow/core";
import { grantEnvVar, readEnvCredential, tokenEnvVar } from "@tokenflow/core/environment";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createSharedStore } from "../support/shared-store.ts";
import { fresh } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

test("a static token needs no store and no request", async () => {
  const clock = createFakeClock();
  const shared = createSharedStore({ clock });
  const handle = shared.open("host/1/0");
  handle.fault = () => "fail";
  const script = createScriptedFetch();
  const provider = createTestProvider();
  const manager = createTokenManager({
    provider,
    store: handle,
    staticToken: "given",
    clock,
    fetch: script.fetch,
  });
  const token = await manager.getToken({ forceRefresh: true, minValidity: 3_600_000 });
  manager.reject(token);
  expect((await manager.getToken()).accessToken).toBe("given");
  expect(await manager.acquire()).toMatchObject({ status: "authorized" });
  await clock.advance(365 * 86_400_000);
  expect(manager.peek()?.accessToken).toBe("given");
  expect(script.requests).toEqual([]);
});

test("signing in or out with a static token names the variable to unset", async () => {
  const manager = createTokenManager({ provider: createTestProvider(), staticToken: "given" });
  const misconfigured = {
    code: "provider.misconfigured",
    hint: expect.stringContaining("TOKENFLOW_TEST_TOKEN"),
  };
  await expect(manager.signIn({ onUserCode: () => undefined })).rejects.toMatchObject(misconfigured);
  await expect(manager.signOut()).rejects.toMatchObject(misconfigured);
  await expect(manager.usage()).rejects.toMatchObject({ code: "provider.misconfigured" });
});

test("a given grant is redeemed as usual and kept in memory, for any content of the store", async () => {
  const clock = createFakeClock();
  const shared = createSharedStore({ clock });
  const script = createScriptedFetch(fresh({ access_token: "first" }), fresh({ access_token: "second" }));
  const manager = createTokenManager({
    provider: createTestProvider(),
    store: shared.open("host/1/0"),
    grant: { refresh_token: "given-grant" },
    clock,
    fetch: script.fetch,
  });
  expect((await manager.getToken()).accessToken).toBe("first");
  expect(script.requests[0]?.body).toBe('{"refresh_token":"given-grant"}');
  await clock.advance(3_600_000);
  expect((await manager.getToken()).accessToken).toBe("second");
  expect(shared.writes).toEqual([]);
  expect(await manager.status()).toMatchObject({ origin: "environment" });
});

test("the variables are named after the provider's id", () => {
  expect(tokenEnvVar("copilot")).toBe("TOKENFLOW_COPILOT_TOKEN");
  expect(grantEnvVar("oauth:login.example.org")).toBe("TOKENFLOW_OAUTH_LOGIN_EXAMPLE_ORG_GRANT");
});

test("a token wins over the service's own key, a key over a grant, and an empty variable is ignored", () => {
  const env = {
    TOKENFLOW_HYPER_TOKEN: "  \n",
    HYPER_API_KEY: " key\n",
    TOKENFLOW_HYPER_GRANT: "grant",
    TOKENFLOW_OAUTH_LOGIN_EXAMPLE_ORG_GRANT: "refresh",
  };
  const keyVariable = "HYPER_API_KEY";
  expect(readEnvCredential("hyper", { ...env, TOKENFLOW_HYPER_TOKEN: "token" }, { keyVariable })).toEqual({
    variable: "TOKENFLOW_HYPER_TOKEN",
    kind: "token",
    secret: "token",
  });
  expect(readEnvCredential("hyper", env, { keyVariable })).toMatchObject({ kind: "token", secret: "key" });
  expect(readEnvCredential("hyper", env)).toMatchObject({ kind: "grant", secret: "grant" });
  expect(readEnvCredential("oauth:login.example.org", env)?.secret).toBe("refresh");
  expect(readEnvCredential("copilot", env)).toBeUndefined();
});

test("a token that the provider does not accept is refused with the provider's hint; a grant is not checked", () => {
  const acceptsToken = (text: string): string | undefined =>
    text.startsWith("grant-") ? "This is a grant: set TOKENFLOW_ACME_GRANT to it instead." : undefined;
  const read = (env: Record<string, string>) => readEnvCredential("acme", env, { acceptsToken });
  expect(() => read({ TOKENFLOW_ACME_TOKEN: "grant-1" })).toThrow(
    expect.objectContaining({
      code: "provider.misconfigured",
      message: "TOKENFLOW_ACME_TOKEN holds a token that acme does not accept",
      hint: "This is a grant: set TOKENFLOW_ACME_GRANT to it instead.",
    }),
  );
  expect(read({ TOKENFLOW_ACME_TOKEN: "token-1" })?.secret).toBe("token-1");
  expect(read({ TOKENFLOW_ACME_GRANT: "grant-1" })?.secret).toBe("grant-1");
});
