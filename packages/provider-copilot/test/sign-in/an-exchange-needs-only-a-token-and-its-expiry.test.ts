import { Token } from "@tokenflow/core";
import { type Answer, createFakeCall, failureOf } from "@tokenflow/core/testing";
import { copilotTokenDetails, createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const grant = { githubToken: "gho_0123456789" };

async function redeem(
  answer: Answer,
  late = 0,
): ReturnType<ReturnType<typeof createCopilotProvider>["redeem"]> {
  const { call, clock } = createFakeCall(answer);
  clock.jump(late);
  return createCopilotProvider().redeem(grant, call);
}

describe("an exchange needs only a token and its expiry", () => {
  test("it returns a lifetime, the due time and the details", async () => {
    const { token } = await redeem(
      envelope({
        sku: "yearly_subscriber",
        endpoints: { api: "https://api.individual.githubcopilot.com", "origin-tracker": "https://o.example" },
        limited_user_quotas: { chat: 12, completions: 34 },
        limited_user_reset_date: start / 1000 + 86_400,
        chat_enabled: true,
        tracking_id: "personal",
        future_secret: "personal",
      }),
    );
    expect(token).toMatchObject({
      accessToken: "tid=1;exp=2:mac",
      tokenType: "Bearer",
      lifetime: 1_800_000,
      dueIn: 1_500_000,
    });
    expect(token?.details).toEqual({
      host: "github.com",
      mode: "exchange",
      sku: "yearly_subscriber",
      endpoints: { api: "https://api.individual.githubcopilot.com", originTracker: "https://o.example" },
      quotas: { chat: 12, completions: 34 },
      quotasResetAt: start + 86_400_000,
      flags: { chatEnabled: true },
    });
    expect(JSON.stringify(token?.details)).not.toContain("personal");
  });

  test("the expiry is read against the server's own clock", async () => {
    expect((await redeem(envelope(), 3_600_000)).token?.lifetime).toBe(1_800_000);
    expect((await redeem(envelope(), -3_600_000)).token?.lifetime).toBe(1_800_000);
  });

  test.each([0, 30, -5, "soon", null, undefined, 1e308])("refresh_in may be %s", async (refreshIn) => {
    const { token } = await redeem(envelope({ refresh_in: refreshIn }));
    expect(token?.lifetime).toBe(1_800_000);
  });

  test.each([
    ["flags", { chat_enabled: "yes", individual: 7 }],
    ["lists", { organization_list: 5, enterprise_list: [null, "x"] }],
    ["endpoints", { endpoints: [] }],
    ["quotas", { limited_user_quotas: "none", limited_user_reset_date: "never" }],
    ["a notification", { user_notification: { title: 5, url: "javascript:alert(1)" } }],
  ])("%s of another shape cause no failure", async (_, changes) => {
    expect((await redeem(envelope(changes))).token?.accessToken).toBe("tid=1;exp=2:mac");
  });

  test.each([
    ["no token", { token: undefined }],
    ["a token that is a number", { token: 5 }],
    ["a token that cannot stand in a header", { token: "a\nb" }],
    ["no end", { expires_at: undefined }],
    ["an end that is a word", { expires_at: "soon" }],
  ])("%s is malformed", async (_, changes) => {
    expect((await failureOf(redeem(envelope(changes)))).code).toBe("provider.malformed");
  });

  test("details from another version or process are checked", () => {
    const details = { sku: 5, host: "github.com", endpoints: { api: 7 }, flags: { a: true }, unknown: 1 };
    const token = new Token({ accessToken: "x", issuedAt: start, details });
    expect(copilotTokenDetails(token)).toEqual({ host: "github.com", flags: { a: true } });
  });
});
