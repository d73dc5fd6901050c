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
const statuses = fc.constantFrom(200, 200, 201, 302, 304, 400, 401, 403, 404, 429, 500, 503);

describe("no body throws anything but a typed error", () => {
  test("whatever is asked", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, statuses, fc.nat(11), async (text, status, kind) => {
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
      }),
      { numRuns: 400 },
    );
  });
});

function isRedemption(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!("token" in value)) return "grant" in value;
  const { token: redeemed } = value;
  return (
    typeof redeemed === "object" &&
    redeemed !== null &&
    "accessToken" in redeemed &&
    typeof redeemed.accessToken === "string"
  );
}
