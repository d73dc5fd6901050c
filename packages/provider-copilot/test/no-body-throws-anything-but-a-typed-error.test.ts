import { createHttp, isTokenFlowError, Token } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const start = Date.UTC(2026, 0, 1);
const grant = { githubToken: "gho_1", refreshToken: "ghr_1", expiresAt: start + 3_600_000 };
const code = { deviceCode: "d", userCode: "u", verificationUri: "https://example.org", lifetime: 1 };
const token = new Token({ accessToken: "a", issuedAt: start });
const session = { provider: "copilot", account: "default", grant, token };

/** Names of the wire, so that random bodies come near to right ones. */
const names = fc.constantFrom(
  ...[
    "access_token",
    "token",
    "expires_at",
    "expires_in",
    "refresh_in",
    "refresh_token",
    "error",
    "message",
    "scope",
  ],
  ...[
    "error_details",
    "notification_id",
    "url",
    "endpoints",
    "api",
    "login",
    "active",
    "sub",
    "balance",
    "data",
    "id",
  ],
  ...[
    "models",
    "quota_snapshots",
    "limited_user_quotas",
    "device_code",
    "user_code",
    "verification_uri",
    "expiry",
  ],
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
      fc.asyncProperty(bodies, statuses, fc.nat(5), async (text, status, kind) => {
        const clock = createFakeClock(start);
        const { fetch } = createScriptedFetch({ text, status });
        const call = { http: createHttp({ fetch, clock }), clock };
        const provider = createCopilotProvider();
        const asked = [
          () => provider.requestDeviceCode(call),
          () => provider.pollDeviceCode(code, call),
          () => provider.redeem(grant, call),
          () => provider.identify?.(session, call),
          () => provider.upstream.models?.(token, call),
          () => provider.upstream.usage?.(session, call),
        ][kind];
        try {
          const answer = await asked?.();
          if (kind === 2) expect(isRedemption(answer)).toBe(true);
        } catch (error) {
          if (!isTokenFlowError(error)) throw error;
          expect(error.hint).not.toBe("");
        }
      }),
      { numRuns: 400 },
    );
  });

  test("whatever the API says", () => {
    const { upstream } = createCopilotProvider();
    fc.assert(
      fc.property(bodies, statuses, (body, status) => {
        expect(upstream.refused({ status, body, headers: new Headers() })).toBeTypeOf("boolean");
        for (const value of Object.values(upstream.headers({ path: "/", headers: {}, body }))) {
          expect(value).toBeTypeOf("string");
        }
      }),
      { numRuns: 300 },
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
