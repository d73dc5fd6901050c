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
const likely = fc.constantFrom(200, 200, 200, 200, 400, 401, 403);
const statuses = fc.constantFrom(200, 200, 201, 302, 304, 400, 401, 403, 404, 429, 500, 503);

/** What the service answers to each question, where all is well; and a refusal. */
const right: readonly (readonly [questions: readonly number[], body: unknown])[] = [
  [
    [0],
    {
      device_code: "d",
      user_code: "U",
      verification_uri: "https://github.com/login/device",
      expires_in: 899,
      interval: 5,
    },
  ],
  [
    [1, 3],
    {
      access_token: "ghu_1",
      token_type: "bearer",
      scope: "a,b",
      expires_in: 28_800,
      refresh_token: "ghr_2",
      refresh_token_expires_in: 15_811_200,
    },
  ],
  [
    [2],
    {
      token: "tid=1:mac",
      expires_at: start / 1000 + 1800,
      refresh_in: 1500,
      sku: "yearly_subscriber",
      individual: true,
      endpoints: { api: "https://api.githubcopilot.com", proxy: "https://proxy.githubcopilot.com" },
      enterprise_list: [1],
      organization_list: ["a"],
      limited_user_quotas: { chat: 1, completions: 2 },
      limited_user_reset_date: start / 1000,
      user_notification: {
        message: "m",
        notification_id: "subscription_ending",
        title: "t",
        url: "https://github.com",
      },
      chat_enabled: true,
    },
  ],
  [[5], { login: "octocat", id: 1 }],
  [
    [6],
    {
      object: "list",
      data: [
        {
          id: "gpt",
          name: "GPT",
          vendor: "OpenAI",
          supported_endpoints: ["/responses"],
          policy: { state: "enabled" },
          capabilities: {
            type: "chat",
            limits: { max_context_window_tokens: 1, max_output_tokens: 2 },
            supports: { vision: true, tool_calls: true, reasoning_effort: ["low"] },
          },
        },
      ],
    },
  ],
  [
    [4, 7],
    {
      copilot_plan: "business",
      quota_reset_date_utc: "2026-02-01T00:00:00.000Z",
      quota_snapshots: { chat: { entitlement: 300, remaining: 2, unlimited: false, percent_remaining: 1 } },
      limited_user_quotas: { chat: 1 },
      monthly_quotas: { chat: 2 },
      endpoints: { api: "https://api.githubcopilot.com" },
    },
  ],
  [
    [2, 4, 5, 6, 7],
    {
      can_signup_for_limited: true,
      error_details: {
        message: "m",
        notification_id: "no_copilot_access",
        title: "t",
        url: "https://github.com",
      },
      message: "Resource not accessible by integration",
    },
  ],
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

/** Asks one of the questions. Answers what came of it, or throws what is no error of ours. */
async function ask(kind: number, text: string, status: number): Promise<void> {
  const clock = createFakeClock(start);
  const { fetch } = createScriptedFetch({ text, status });
  const call = { http: createHttp({ fetch, clock }), clock };
  const provider = createCopilotProvider();
  const direct = createCopilotProvider({ direct: true });
  const asked = [
    () => provider.requestDeviceCode(call),
    () => provider.pollDeviceCode(code, call),
    () => provider.redeem(grant, call),
    () => provider.redeem({ ...grant, expiresAt: 0 }, call),
    () => direct.redeem(grant, call),
    () => provider.ownerOf(grant, call),
    () => provider.upstream.models?.(token, call),
    () => provider.upstream.usage?.(session, call),
  ][kind];
  try {
    const answer = await asked?.();
    if (kind >= 2 && kind <= 4) expect(isRedemption(answer)).toBe(true);
  } catch (error) {
    if (!isTokenFlowError(error)) throw error;
    expect(error.hint).not.toBe("");
  }
}

describe("no body throws anything but a typed error", () => {
  test("whatever is asked", async () => {
    await fc.assert(fc.asyncProperty(fc.nat(7), bodies, statuses, ask), { numRuns: 500 });
  });

  test("a right body in which something is wrong, or missing from some point on", async () => {
    const asked = fc
      .constantFrom(...right)
      .chain(([questions, body]) => fc.tuple(fc.constantFrom(...questions), spoilt(body), fc.nat()));
    const property = fc.asyncProperty(asked, likely, async ([question, body, end], status) => {
      const text = JSON.stringify(body);
      await ask(question, end % 4 === 0 ? text.slice(0, end % text.length) : text, status);
    });
    await fc.assert(property, { numRuns: 800 });
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
  if (!("token" in value)) return "grant" in value && isText(value.grant, "githubToken");
  return isText(value.token, "accessToken");
}

function isText(record: unknown, name: string): boolean {
  const value = typeof record === "object" ? Object(record)[name] : undefined;
  return typeof value === "string" && value !== "";
}
