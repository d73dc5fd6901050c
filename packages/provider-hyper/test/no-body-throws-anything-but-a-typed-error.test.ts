import { createHttp, isTokenFlowError, Token } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const start = Date.UTC(2026, 0, 1);
const grant = { refreshToken: "r1" };
const code = { deviceCode: "d", userCode: "u", verificationUri: "https://example.org", lifetime: 1 };
const token = new Token({ accessToken: "a", issuedAt: start });
const session = { provider: "hyper", account: "default", grant, token };

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
const likely = fc.constantFrom(200, 200, 200, 200, 400, 401, 403);
const statuses = fc.constantFrom(200, 200, 201, 302, 304, 400, 401, 403, 404, 429, 500, 503);

/** What Hyper answers to each question, where all is well; and its two refusals. */
const right: readonly (readonly [questions: readonly number[], body: unknown])[] = [
  [
    [0],
    {
      device_code: "d",
      user_code: "U",
      verification_url: "https://hyper.charm.land/device",
      expires_in: 900,
      interval: 5,
    },
  ],
  [[1], { refresh_token: "r2", user_id: "u1", team_id: "t1", team_name: "Octo" }],
  [
    [2],
    {
      access_token: "a1",
      token_type: "bearer",
      refresh_token: "r2",
      expiry: "2026-01-01T01:00:00Z",
      expires_in: 900,
      expires_at: start / 1000 + 900,
    },
  ],
  [[3], { active: true, sub: "user_1", org_id: "t1", exp: start / 1000 }],
  [
    [4],
    {
      name: "Hyper",
      models: [
        { id: "kimi", name: "Kimi", context_window: 1, can_reason: true, supports_attachments: false },
      ],
    },
  ],
  [[5], { balance: 1, balance_usd: 2 }],
  [[1, 2, 3, 4, 5], { error: "could not get refresh token: not found" }],
  [[2, 3, 4, 5], { error: { message: "no", type: "x", code: null } }],
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

/** Asks one of the questions. Throws what is no error of ours. */
async function ask(kind: number, text: string, status: number): Promise<void> {
  const clock = createFakeClock(start);
  const { fetch } = createScriptedFetch({ text, status });
  const call = { http: createHttp({ fetch, clock }), clock };
  const provider = createHyperProvider();
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
}

describe("no body throws anything but a typed error", () => {
  test("whatever is asked", async () => {
    await fc.assert(fc.asyncProperty(fc.nat(5), bodies, statuses, ask), { numRuns: 400 });
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

  test("whatever the API says", () => {
    const { upstream } = createHyperProvider();
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
  if (!("token" in value)) return "grant" in value && isText(value.grant, "refreshToken");
  return isText(value.token, "accessToken");
}

function isText(record: unknown, name: string): boolean {
  const value = typeof record === "object" ? Object(record)[name] : undefined;
  return typeof value === "string" && value !== "";
}
