import { createBrowser } from "@tokenflow/browser";
import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { createOAuthProvider, type OAuthProviderOptions } from "@tokenflow/provider-oauth";
import { type OidcServer, startOidcServer } from "@tokenflow/services";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const CALLBACK = "http://127.0.0.1:7001/callback";
const ISSUER = "https://id.test";
type Options = Partial<Omit<Extract<OAuthProviderOptions, { issuer: string }>, "issuer">>;

const noCode = (): void => expect.unreachable("a code was shown");

describe("at a certified server", () => {
  let server: OidcServer;
  beforeAll(async () => {
    server = await startOidcServer({
      clients: [
        { id: "app", redirectUris: ["http://127.0.0.1/callback"] },
        {
          id: "basic",
          secret: "basic-secret-of-32-characters-xx",
          redirectUris: ["http://127.0.0.1/callback"],
        },
      ],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const manage = (options: Options = {}): TokenManager =>
    createTokenManager({
      provider: createOAuthProvider({
        clientId: "app",
        scope: "openid offline_access",
        ...options,
        issuer: server.issuer,
      }),
    });

  test.each<[string, Options]>([
    ["a public client", {}],
    ["a confidential client", { clientId: "basic", clientSecret: "basic-secret-of-32-characters-xx" }],
  ])("%s signs in, and the session is refreshed like any other", async (_, options) => {
    await using manager = manage(options);
    const browser = createBrowser({
      isLocal: true,
      show: () => undefined,
      open: (url) => void server.visit(url),
    });
    const { token } = await manager.signIn({ browser, onUserCode: noCode });
    expect(token?.isAlive()).toBe(true);
    const next = await manager.getToken({ forceRefresh: true });
    expect(next.accessToken).not.toBe(token?.accessToken);
    await manager.signOut({ revoke: true });
  });

  test("an address of another machine's browser is pasted", async () => {
    await using manager = manage({ redirectUri: undefined });
    const shown = Promise.withResolvers<string>();
    const browser = createBrowser({
      isLocal: false,
      show: (url) => shown.resolve(url),
      async ask() {
        // The browser elsewhere ends at an address where nothing listens, and the person copies it.
        const url = new URL(await shown.promise);
        const back = new URL(url.searchParams.get("redirect_uri") ?? "");
        const seen: string[] = [];
        const { fetch } = globalThis;
        globalThis.fetch = async (input, init) => {
          if (String(input).startsWith(back.href)) {
            seen.push(String(input));
            return new Response("");
          }
          return fetch(input, init);
        };
        await server.visit(url.href).finally(() => (globalThis.fetch = fetch));
        return seen[0];
      },
    });
    const { token } = await manager.signIn({ browser, prefer: "browser", onUserCode: noCode });
    expect(token?.isAlive()).toBe(true);
  });
});

interface Fake {
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly token?: unknown;
  readonly options?: Options;
}

/** Prepares a sign-in at a server that answers as it is told, and records the forms that its token endpoint gets. */
async function prepare({
  metadata = {},
  token = { access_token: "at", refresh_token: "rt" },
  options = {},
}: Fake = {}) {
  const forms: URLSearchParams[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    if (request.method === "GET") {
      const own = {
        issuer: ISSUER,
        token_endpoint: `${ISSUER}/token`,
        authorization_endpoint: `${ISSUER}/authorize`,
      };
      return Response.json({ ...own, ...metadata });
    }
    forms.push(new URLSearchParams(await request.text()));
    return Response.json(token);
  };
  const provider = createOAuthProvider({
    clientId: "app",
    ...options,
    issuer: ISSUER,
  });
  const call = { http: createHttp({ fetch: send }), clock: systemClock };
  const asked: (string | undefined)[] = [];
  const begin = async () => {
    const request = await provider.authorize?.(async (fixed) => {
      asked.push(fixed);
      return fixed ?? CALLBACK;
    }, call);
    if (!request) return expect.unreachable("it has no sign-in in the browser");
    const complete = (answer: Record<string, string> | [string, string][]) =>
      request.complete(new URLSearchParams(answer), call);
    return { url: new URL(request.url), state: request.state, complete };
  };
  return { begin, forms, asked };
}

test("the page gets a challenge and a state, and the code is redeemed with their secrets", async () => {
  const { begin, forms } = await prepare({
    options: { scope: "openid offline_access", audience: "https://api.test", resource: "https://mcp.test/" },
  });
  const { url, state, complete } = await begin();
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    response_type: "code",
    client_id: "app",
    redirect_uri: CALLBACK,
    scope: "openid offline_access",
    prompt: "consent",
    state,
    code_challenge_method: "S256",
    audience: "https://api.test",
    resource: "https://mcp.test/",
  });
  expect(state).toMatch(/^[\w-]{43}$/);
  await complete({ code: "c1" });
  expect(Object.fromEntries(forms[0] ?? [])).toMatchObject({
    grant_type: "authorization_code",
    code: "c1",
    redirect_uri: CALLBACK,
    client_id: "app",
    resource: "https://mcp.test/",
  });
  const verifier = forms[0]?.get("code_verifier") ?? "";
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  expect(url.searchParams.get("code_challenge")).toBe(Buffer.from(hash).toString("base64url"));
  const again = await begin();
  expect(again.state).not.toBe(state);
});

test("a fixed redirect address is asked for", async () => {
  const { begin, asked } = await prepare({ options: { redirectUri: "http://localhost:8085/cb" } });
  const { url } = await begin();
  expect(asked).toEqual(["http://localhost:8085/cb"]);
  expect(url.searchParams.get("redirect_uri")).toBe("http://localhost:8085/cb");
});

test.each<[string, Fake["metadata"], [string, string][]]>([
  ["another issuer", {}, [["iss", "https://evil.test"]]],
  ["a slash more", {}, [["iss", `${ISSUER}/`]]],
  ["another spelling", {}, [["iss", "HTTPS://id.test"]]],
  [
    "two issuers",
    {},
    [
      ["iss", ISSUER],
      ["iss", "https://evil.test"],
    ],
  ],
  ["no issuer, though it is promised", { authorization_response_iss_parameter_supported: true }, []],
])(
  "%s in the answer ends the sign-in, and neither its code nor its error is looked at",
  async (_, metadata, iss) => {
    for (const rest of [
      ["code", "c1"],
      ["error", "shown-by-a-stranger"],
    ] satisfies [string, string][]) {
      const { begin, forms } = await prepare({ metadata });
      const { complete } = await begin();
      const ended = complete([rest, ["error_description", "visit evil.test"], ...iss]);
      await expect(ended).rejects.toMatchObject({ code: "provider.malformed" });
      await expect(ended).rejects.not.toMatchObject({ message: expect.stringMatching(/evil|stranger/) });
      expect(forms).toEqual([]);
    }
  },
);

test("the right issuer is accepted", async () => {
  const { begin, forms } = await prepare({
    metadata: { authorization_response_iss_parameter_supported: true },
  });
  await (await begin()).complete({ iss: ISSUER, code: "c1" });
  expect(forms).toHaveLength(1);
});

test.each<[Record<string, string>, string, string]>([
  [{ error: "access_denied" }, "device.denied", "The sign-in was denied (access_denied)"],
  [
    { error: "invalid_scope", error_description: "no such scope" },
    "provider.misconfigured",
    "id.test refuses the sign-in (invalid_scope): no such scope",
  ],
  [
    { error: "temporarily_unavailable" },
    "provider.unavailable",
    "id.test refuses the sign-in (temporarily_unavailable)",
  ],
  [{ code: "" }, "provider.malformed", "id.test returned the browser without a code"],
])("%o is %s", async (answer, code, message) => {
  const { begin, forms } = await prepare();
  await expect((await begin()).complete(answer)).rejects.toMatchObject({ code, message });
  expect(forms).toEqual([]);
});

test("a refusal of the code speaks of PKCE without being told that it was missing", async () => {
  const token = { error: "invalid_grant", error_description: "PKCE verification failed" };
  const { begin } = await prepare({ token });
  const ended = (await begin()).complete({ code: "c1" });
  await expect(ended).rejects.toMatchObject({
    code: "device.unknown",
    message: "id.test does not accept the code of this sign-in: PKCE verification failed",
  });
  const { complete } = await begin();
  await expect(
    complete({ error: "invalid_request", error_description: "bad code_challenge" }),
  ).rejects.toMatchObject({ message: "id.test refuses the sign-in (invalid_request): bad code_challenge" });
});

test.each(["invalid_grant", "expired_token"])(
  "a code that the server no longer takes (%s) is not blamed on the settings",
  async (error) => {
    const { begin } = await prepare({ token: { error } });
    await expect((await begin()).complete({ code: "c1" })).rejects.toMatchObject({
      code: "device.unknown",
      message: "id.test does not accept the code of this sign-in",
      hint: "Start the sign-in again.",
      reason: error,
    });
  },
);

test("two codes are none", async () => {
  const { begin } = await prepare();
  const ended = (await begin()).complete([
    ["code", "c1"],
    ["code", "c2"],
  ]);
  await expect(ended).rejects.toMatchObject({ code: "provider.malformed" });
});

test("a server elsewhere cannot make the browser open a page on this machine", async () => {
  const { begin } = await prepare({ metadata: { authorization_endpoint: "http://127.0.0.1:9/admin" } });
  await expect(begin()).rejects.toThrow("The metadata at id.test names a page at 127.0.0.1:9");
  const script = await prepare({ metadata: { authorization_endpoint: "javascript:alert(1)" } });
  await expect(script.begin()).rejects.toMatchObject({ code: "provider.misconfigured" });
});

test("a server without the page says so, with the standard's word", async () => {
  const { begin } = await prepare({ metadata: { authorization_endpoint: undefined } });
  await expect(begin()).rejects.toMatchObject({
    message: "id.test has no authorization endpoint",
    reason: "unsupported_response_type",
  });
});
