import { createHmac, createPrivateKey, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryStore, createTokenManager, importSession, type TokenManager } from "@tokenflow/core";
import { createFakeClock } from "@tokenflow/core/testing";
import { actionsToken, createWorkloadProvider, envToken } from "@tokenflow/provider-oauth";
import { hasAuthlib, startAuthlib, startOidcServer } from "@tokenflow/services";
import { expect, test } from "vitest";

interface Asked {
  readonly form: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  /** The next answers of the token endpoint; afterwards each request gets a token. */
  readonly answers: { readonly status: number; readonly body: unknown }[];
}

/** Starts an authorization server that takes every proof, and the token service of a job of Actions. */
async function startStandIn(): Promise<StandIn> {
  const asked: Asked[] = [];
  const answers: { status: number; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    response.setHeader("content-type", "application/json");
    const url = new URL(request.url ?? "", "http://server");
    if (url.pathname === "/actions") {
      const isJob = request.headers.authorization === "Bearer the-jobs-request-token";
      response.writeHead(isJob ? 200 : 401);
      response.end(JSON.stringify({ value: `id-token-for-${url.searchParams.get("audience")}`, count: 1 }));
      return;
    }
    let text = "";
    for await (const chunk of request) text += String(chunk);
    asked.push({ form: Object.fromEntries(new URLSearchParams(text)), headers: request.headers });
    const { status = 200, body } = answers.shift() ?? {};
    response.writeHead(status);
    const token = { access_token: `token-${asked.length}`, token_type: "Bearer", expires_in: 3600 };
    response.end(JSON.stringify(body ?? token));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const endpointsOf = ({ url }: StandIn): { readonly endpoints: { readonly token: string } } => ({
  endpoints: { token: `${url}/token` },
});

async function textOf(manager: TokenManager): Promise<string> {
  return (await manager.getToken()).accessToken;
}

test("an assertion is read before each redemption, and sent as RFC 7523 says", async () => {
  await using server = await startStandIn();
  const env = { ID_TOKEN: "first-assertion" };
  const provider = createWorkloadProvider({
    ...endpointsOf(server),
    grant: "jwt-bearer",
    assertion: envToken(env, "ID_TOKEN"),
    scope: "api.read",
  });
  await using manager = createTokenManager({ provider, grant: provider.grant });
  expect(await textOf(manager)).toBe("token-1");
  env.ID_TOKEN = "second-assertion\n";
  await manager.getToken({ forceRefresh: true });
  const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  expect(server.asked.map(({ form }) => form)).toEqual([
    { grant_type, assertion: "first-assertion", scope: "api.read" },
    { grant_type, assertion: "second-assertion", scope: "api.read" },
  ]);
  // Nobody sent a client's id, since none was given.
  expect(server.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

test("a token is exchanged as RFC 8693 says, and a refresh token in the answer is not used", async () => {
  await using server = await startStandIn();
  const provider = createWorkloadProvider({
    ...endpointsOf(server),
    grant: "token-exchange",
    clientId: "job",
    assertion: async () => "subject",
    audience: "https://api.example.org",
    requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
  });
  const issued = {
    access_token: "exchanged",
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "N_A",
    expires_in: 60,
    refresh_token: "not-for-a-workload",
  };
  server.answers.push({ status: 200, body: issued });
  const store = createMemoryStore();
  await importSession({ provider, store, grant: provider.grant });
  await using manager = createTokenManager({ provider, store });
  expect(await textOf(manager)).toBe("exchanged");
  await manager.getToken({ forceRefresh: true });
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_id: "job",
    subject_token: "subject",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: "https://api.example.org",
  };
  expect(server.asked.map((one) => one.form)).toEqual([form, form]);
  const stored: unknown[] = [];
  for await (const key of store.keys()) stored.push(await store.get(key));
  expect(JSON.stringify(stored)).not.toMatch(/subject|not-for-a-workload/);
});

test("a client proves itself by its secret, or by an assertion in place of one", async () => {
  await using server = await startStandIn();
  const common = { ...endpointsOf(server), grant: "client_credentials", clientId: "job" } as const;
  const bySecret = createWorkloadProvider({ ...common, clientSecret: "s3cret:of-job" });
  await using first = createTokenManager({ provider: bySecret, grant: bySecret.grant });
  await first.getToken();
  const byAssertion = createWorkloadProvider({ ...common, clientAssertion: async () => "proof" });
  await using second = createTokenManager({ provider: byAssertion, grant: byAssertion.grant });
  await second.getToken();
  expect(server.asked.map(({ form }) => form)).toEqual([
    { grant_type: "client_credentials", client_id: "job" },
    {
      grant_type: "client_credentials",
      client_id: "job",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "proof",
    },
  ]);
  expect(server.asked[0]?.headers.authorization).toBe(`Basic ${btoa("job:s3cret%3Aof-job")}`);
  expect(server.asked[1]?.headers.authorization).toBeUndefined();
});

test("a job of Actions asks its platform for a token, with the audience that the service expects", async () => {
  await using server = await startStandIn();
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${server.url}/actions?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "the-jobs-request-token",
  };
  const open = (given: Readonly<Record<string, string>>): TokenManager => {
    const provider = createWorkloadProvider({
      ...endpointsOf(server),
      grant: "jwt-bearer",
      assertion: actionsToken(given, "api://AzureADTokenExchange"),
    });
    return createTokenManager({ provider, grant: provider.grant });
  };
  await using manager = open(env);
  await manager.getToken();
  expect(server.asked[0]?.form["assertion"]).toBe("id-token-for-api://AzureADTokenExchange");
  for (const wrong of [{}, { ...env, ACTIONS_ID_TOKEN_REQUEST_TOKEN: "another" }]) {
    await using refused = open(wrong);
    await expect(refused.getToken()).rejects.toMatchObject({
      code: "provider.misconfigured",
      hint: expect.stringContaining("id-token: write"),
    });
  }
  expect(server.asked).toHaveLength(1);
});

test("a refusal keeps the grant and the session, and the next token of the platform is tried after a pause", async () => {
  await using server = await startStandIn();
  const clock = createFakeClock();
  let assertion = "expired-assertion-of-the-platform";
  const provider = createWorkloadProvider({
    ...endpointsOf(server),
    grant: "jwt-bearer",
    assertion: async () => assertion,
  });
  const store = createMemoryStore();
  await importSession({ provider, store, clock, grant: provider.grant });
  await using manager = createTokenManager({ provider, store, clock });
  const refusals = ["invalid_grant", "unsupported_grant_type", "invalid_client"];
  for (const [index, error] of refusals.entries()) {
    server.answers.push({
      status: 400,
      body: { error, error_description: `the assertion ${assertion} has expired` },
    });
    const failure = await manager.getToken().catch((reason: unknown) => reason);
    expect.soft(failure, error).toMatchObject({ code: "provider.misconfigured", reason: error });
    expect.soft(String(failure), error).not.toContain(assertion);
    expect.soft(server.asked, error).toHaveLength(index + 1);
    // A caller in a loop does not reach the server again.
    await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.misconfigured" });
    expect.soft(server.asked, error).toHaveLength(index + 1);
    await clock.advance(15_000);
  }
  assertion = "fresh-assertion";
  expect(await textOf(manager)).toBe("token-4");
  expect(new Set(server.asked.map(({ form }) => form["grant_type"])).size).toBe(1);
});

test("nothing is sent without a proof, and no session of another grant is used", async () => {
  await using server = await startStandIn();
  const common = endpointsOf(server);
  for (const grant of ["client_credentials", "jwt-bearer", "token-exchange"] as const)
    expect(() => createWorkloadProvider({ ...common, grant })).toThrow("needs");
  for (const text of ["", "two words", "line\nline", "\u0000"]) {
    const provider = createWorkloadProvider({ ...common, grant: "jwt-bearer", assertion: async () => text });
    await using manager = createTokenManager({ provider, grant: provider.grant });
    await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.misconfigured" });
  }
  const store = createMemoryStore();
  const assertion = async (): Promise<string> => "proof";
  const old = createWorkloadProvider({ ...common, grant: "jwt-bearer", assertion });
  await importSession({ provider: old, store, grant: old.grant });
  const other = createWorkloadProvider({ ...common, grant: "token-exchange", assertion });
  await using manager = createTokenManager({ provider: other, store });
  await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.misconfigured" });
  await using empty = createTokenManager({ provider: other, store: createMemoryStore() });
  await expect(empty.signIn({ onUserCode: () => undefined })).rejects.toMatchObject({
    message: expect.stringContaining("without a person"),
  });
  expect(server.asked).toEqual([]);
});

test("a certified server gives tokens for a secret, and for an assertion that the client signs", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "ES256", use: "sig" };
  await using server = await startOidcServer({
    clients: [
      { id: "by-secret", secret: "s3cret:with spaces", isMachine: true },
      { id: "by-key", publicKeys: [key], isMachine: true },
    ],
  });
  const { issuer } = server;
  const bySecret = createWorkloadProvider({
    issuer,
    grant: "client_credentials",
    clientId: "by-secret",
    clientSecret: "s3cret:with spaces",
  });
  await using first = createTokenManager({ provider: bySecret, grant: bySecret.grant });
  expect((await first.getToken()).tokenType).toBe("Bearer");

  const byKey = createWorkloadProvider({
    issuer,
    grant: "client_credentials",
    clientId: "by-key",
    clientAssertion: async () =>
      signAssertion(privateKey.export({ format: "pem", type: "pkcs8" }).toString(), issuer),
  });
  await using second = createTokenManager({ provider: byKey, grant: byKey.grant });
  const token = await second.getToken();
  // The server takes an assertion once: the second redemption needs another one.
  expect((await second.getToken({ forceRefresh: true })).accessToken).not.toBe(token.accessToken);
});

/** Signs an assertion as a platform does, with an id of its own. */
function signAssertion(pem: string, audience: string): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const claims = { iss: "by-key", sub: "by-key", aud: audience, jti: randomUUID(), iat: now, exp: now + 60 };
  const text = `${encode({ alg: "ES256", kid: "one" })}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(text), {
    key: createPrivateKey(pem),
    dsaEncoding: "ieee-p1363",
  });
  return `${text}.${signature.toString("base64url")}`;
}

test.skipIf(!hasAuthlib())(
  "a server made of Authlib takes a platform's token, and refuses what is wrong with one",
  async () => {
    const secret = randomUUID();
    await using server = await startAuthlib(secret);
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: "platform", sub: "job", aud: server.issuer, iat: now, exp: now + 300 };
    const signed = (claims: object, key: string = secret): string => {
      const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
      const text = `${encode({ alg: "HS256" })}.${encode(claims)}`;
      return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
    };
    const tokenFor = async (assertion: string): Promise<string> => {
      const provider = createWorkloadProvider({
        issuer: server.issuer,
        grant: "jwt-bearer",
        assertion: async () => assertion,
      });
      await using manager = createTokenManager({ provider, grant: provider.grant });
      return await textOf(manager);
    };
    const first = await tokenFor(signed(right));
    expect(first).not.toBe("");
    expect(await tokenFor(signed(right))).not.toBe(first);
    const wrong = [
      signed(right, "another key"),
      signed({ ...right, aud: "https://another.example.org" }),
      signed({ ...right, exp: now - 300 }),
      signed({ ...right, iss: "another platform" }),
      signed({ ...right, sub: "another job" }),
    ];
    for (const [index, assertion] of wrong.entries()) {
      const failure = await tokenFor(assertion).catch((error: unknown) => error);
      expect.soft(failure, String(index)).toMatchObject({ code: "provider.misconfigured" });
      expect.soft(String(failure), String(index)).not.toContain(assertion);
    }
  },
);
