import { copilotApiError, createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";

const { upstream } = createCopilotProvider();
const answer = (
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Parameters<typeof upstream.isTokenRejected>[0] => ({ status, body, headers: new Headers(headers) });

const sse = (data: unknown): string => `: ping\n\ndata: ${JSON.stringify(data)}\n\n`;

describe("a rejected token is distinguished from a refused person", () => {
  test.each([
    [401, "", true],
    [401, "unauthorized: token expired", true],
    [401, "unauthorized: unauthorized: AuthenticateToken authentication failed", true],
    [401, '{"error":{"message":"x","authorize_url":"https://github.com/x"}}', false],
    [403, "IDE token expired: unauthorized: token expired", true],
    [403, '{"error":{"message":"token expired"}}', true],
    [403, '{"message":"token is expired","code":"x"}', true],
    [403, '{"error":{"message":"model not allowed by your organization"}}', false],
    [403, "", false],
    [200, sse({ error: { message: "IDE token expired: unauthorized: token expired" } }), true],
    [200, sse({ choices: [{ delta: { content: "your token expired" } }] }), false],
    [200, sse({ error: { message: "the model is overloaded" } }), false],
    [200, '{"error":null,"x":"token expired"}', false],
    [402, "quota exceeded\n", false],
    [429, '{"error":{"message":"token expired"}}', false],
  ])("%i %s: %s", (status, body, refused) => {
    expect(upstream.isTokenRejected(answer(status, body))).toBe(refused);
  });

  test.each([
    [
      "an object",
      429,
      '{"error":{"message":"Slow down","code":"user_global_rate_limited:edu"}}',
      "provider.rate_limited",
      "user_global_rate_limited",
      "Slow down",
    ],
    [
      "a flat object",
      402,
      '{"message":"Out","code":"quota_exceeded"}',
      "provider.no_entitlement",
      "quota_exceeded",
      "Out",
    ],
    ["plain text", 402, "quota exceeded\n", "provider.no_entitlement", undefined, "quota exceeded"],
    ["a page", 502, "<html>Bad gateway</html>", "provider.unavailable", undefined, "502"],
    [
      "an unsupported model",
      400,
      '{"error":{"code":"model_not_supported","message":"No"}}',
      "provider.misconfigured",
      "model_not_supported",
      "No",
    ],
    ["a client too old", 466, "{}", "provider.client_not_allowed", undefined, "466"],
    ["a dead token", 401, "unauthorized: token expired", "token.rejected", undefined, "token expired"],
    [
      "a provider behind it",
      503,
      '{"error":{"code":"upstream_provider_rate_limit","message":"busy"}}',
      "provider.unavailable",
      "upstream_provider_rate_limit",
      "busy",
    ],
  ])("%s is an error of ours", (_, status, body, code, reason, words) => {
    const error = copilotApiError(answer(status, body, { "retry-after": "45" }));
    expect(error).toMatchObject({ code, reason, status });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain("<html>");
  });

  test("Retry-After is seconds or a date", () => {
    const now = Date.UTC(2026, 0, 1);
    const date = new Date(now + 90_000).toUTCString();
    expect(copilotApiError(answer(429, "", { "retry-after": "45" }), now).retryAfter).toBe(45_000);
    expect(copilotApiError(answer(429, "", { "retry-after": date }), now).retryAfter).toBe(90_000);
  });
});
