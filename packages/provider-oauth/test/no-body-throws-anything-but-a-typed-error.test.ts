import { createHttp, isTokenFlowError, Token } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { createOAuthProvider } from "@tokenflow/provider-oauth";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { options } from "./oauth-contract.ts";

const start = Date.UTC(2026, 0, 1);
const grant = { refreshToken: "r1" };
const code = { deviceCode: "d", userCode: "u", verificationUri: "https://example.org", lifetime: 1 };
const token = new Token({ accessToken: "a", issuedAt: start });
const session = { provider: "oauth:login.example.org", account: "default", grant, token };

/** Names of the wire, so that random bodies come near to right ones. */
const names = fc.constantFrom(
  ...["issuer", "token_endpoint", "device_authorization_endpoint", "token_endpoint_auth_methods_supported"],
  ...["device_code", "user_code", "verification_uri", "verification_uri_complete", "interval", "expires_in"],
  ...["access_token", "token_type", "refresh_token", "id_token", "scope", "error", "error_description"],
  ...["active", "username", "sub", "exp"],
);
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.jsonValue({ maxDepth: 1 }),
    tie("object"),
    fc.array(tie("object"), { maxLength: 2 }),
  ),
  object: fc.dictionary(names, tie("value"), { maxKeys: 6 }),
}));
const bodies = fc.oneof(
  values.object.map((value) => JSON.stringify(value)),
  fc.tuple(values.object, fc.nat()).map(([value, cut]) => JSON.stringify(value).slice(0, cut % 40)),
  fc.string(),
);
const likely = fc.constantFrom(200, 200, 200, 200, 400, 401, 403);
const statuses = fc.constantFrom(200, 200, 201, 302, 304, 400, 401, 403, 404, 429, 500, 503);

/** What a server answers to each question, where all is well; and a refusal. */
const right: readonly (readonly [questions: readonly number[], body: unknown])[] = [
  [
    [0, 2, 4, 6, 8, 10],
    {
      issuer: "https://login.example.org",
      token_endpoint: "https://login.example.org/token",
      device_authorization_endpoint: "https://login.example.org/device",
      revocation_endpoint: "https://login.example.org/revoke",
      introspection_endpoint: "https://login.example.org/introspect",
      token_endpoint_auth_methods_supported: ["client_secret_post"],
    },
  ],
  [
    [1],
    {
      device_code: "d",
      user_code: "U",
      verification_uri: "https://login.example.org/device",
      verification_uri_complete: "https://login.example.org/device?code=U",
      expires_in: 900,
      interval: 5,
    },
  ],
  [
    [3, 5],
    {
      access_token: "e30.eyJleHAiOjF9.sig",
      token_type: "bearer",
      refresh_token: "r2",
      id_token: "e30.eyJzdWIiOiIxIn0.sig",
      scope: "openid",
      expires_in: "900",
    },
  ],
  [[7, 9], { active: true, username: "somebody", sub: "1", scope: "openid", exp: start / 1000 }],
  [[3, 5, 7, 9, 11], { error: "invalid_grant", error_description: "no" }],
];

/** The value, or now and then something else in its place, at any depth. */
function spoilt(value: unknown): fc.Arbitrary<unknown> {
  const whole = Array.isArray(value)
    ? fc.tuple(...value.map(spoilt))
    : typeof value === "object" && value !== null
      ? fc.record(Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, spoilt(entry)])))
      : fc.constant(value);
  return fc.oneof({ weight: 9, arbitrary: whole }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) });
}

/** Asks one of the questions, with endpoints that are known or that are asked for. Throws what is no error of ours. */
async function ask(kind: number, text: string, status: number): Promise<void> {
  const clock = createFakeClock(start);
  const { fetch } = createScriptedFetch(() => ({ text, status }));
  const call = { http: createHttp({ fetch, clock }), clock };
  const provider = createOAuthProvider(
    kind % 2 ? options : { issuer: "https://login.example.org", clientId: "c" },
  );
  const asked = [
    () => provider.requestDeviceCode(call),
    () => provider.pollDeviceCode(code, call),
    () => provider.redeem(grant, call),
    () => provider.identify?.(session, call),
    () => provider.introspect(token, call),
    () => provider.revoke?.(session, call),
  ][kind >> 1];
  try {
    const answer = await asked?.();
    if (kind >> 1 === 2) expect(isRedemption(answer)).toBe(true);
  } catch (error) {
    if (!isTokenFlowError(error)) throw error;
    expect(error.hint).not.toBe("");
  }
}

describe("no body throws anything but a typed error", () => {
  test("whatever is asked", async () => {
    await fc.assert(fc.asyncProperty(fc.nat(11), bodies, statuses, ask), { numRuns: 400 });
  });

  test("a right body in which something is wrong, or missing from some point on", async () => {
    const asked = fc
      .constantFrom(...right)
      .chain(([questions, body]) => fc.tuple(fc.constantFrom(...questions), spoilt(body), fc.nat()));
    const property = fc.asyncProperty(asked, likely, async ([question, body, end], status) => {
      const text = JSON.stringify(body);
      await ask(question, end % 4 === 0 ? text.slice(0, end % text.length) : text, status);
    });
    await fc.assert(property, { numRuns: 600 });
  });
});

function isRedemption(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!("token" in value)) return "grant" in value && isText(value.grant, "refreshToken");
  return isText(value.token, "accessToken");
}

function isText(record: unknown, name: string): boolean {
  const value = typeof record === "object" ? Object(record)[name] : undefined;
  return typeof value === "string" && value !== "";
}
