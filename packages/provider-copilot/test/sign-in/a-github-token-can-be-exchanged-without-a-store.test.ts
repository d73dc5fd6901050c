import { createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { copilotOptionsFromEnv, createCopilotGrant, exchangeGitHubToken } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const clock = createFakeClock(start);

describe("a GitHub token can be exchanged without a store", () => {
  test("it returns a token on the local clock", async () => {
    const { fetch, requests } = createScriptedFetch(envelope());
    const token = await exchangeGitHubToken("gho_1", { fetch, clock });
    expect(token).toMatchObject({
      accessToken: "tid=1;exp=2:mac",
      tokenType: "Bearer",
      issuedAt: start,
      expiresAt: start + 1_800_000,
      dueAt: start + 1_440_000,
    });
    expect(requests).toHaveLength(1);
    expect(JSON.stringify(token)).not.toContain("tid=1");
  });

  test.each([0, 60, 9_999])("a refresh_in of %i sets no due time", async (refreshIn) => {
    const { fetch } = createScriptedFetch(envelope({ refresh_in: refreshIn }));
    expect((await exchangeGitHubToken("gho_1", { fetch, clock })).dueAt).toBeUndefined();
  });

  test("a token that arrives expired is malformed", async () => {
    const { fetch } = createScriptedFetch(envelope({ expires_at: start / 1000 - 5 }));
    expect((await failureOf(exchangeGitHubToken("gho_1", { fetch, clock }))).code).toBe("provider.malformed");
  });

  test.each(["ghp_classic", "ghs_installation", "", "two words", "line\nbreak"])(
    "%j is no token for it",
    async (text) => {
      const { fetch, requests } = createScriptedFetch();
      const error = await failureOf(exchangeGitHubToken(text, { fetch, clock }));
      expect(error.code).toBe("provider.misconfigured");
      expect(error.message + error.hint).not.toContain("classic\n");
      expect(requests).toHaveLength(0);
    },
  );

  test("a GitHub token becomes a grant", () => {
    expect(createCopilotGrant("gho_1")).toEqual({ githubToken: "gho_1" });
    expect(createCopilotGrant("gho_1", { host: "octo.ghe.com" })).toEqual({
      githubToken: "gho_1",
      host: "octo.ghe.com",
    });
  });

  test("settings are read from variables only on request", () => {
    const env = {
      TOKENFLOW_GITHUB_URL: "http://127.0.0.1:1",
      TOKENFLOW_GITHUB_API_URL: "http://127.0.0.1:2",
      TOKENFLOW_COPILOT_API_URL: "http://127.0.0.1:3",
      TOKENFLOW_COPILOT_CLIENT_ID: "Iv1.x",
      TOKENFLOW_COPILOT_DIRECT: "1",
    };
    expect(copilotOptionsFromEnv(env)).toEqual({
      githubUrl: "http://127.0.0.1:1",
      githubApiUrl: "http://127.0.0.1:2",
      copilotApiUrl: "http://127.0.0.1:3",
      clientId: "Iv1.x",
      direct: true,
    });
    expect(
      Object.values(copilotOptionsFromEnv({ TOKENFLOW_GITHUB_URL: "", TOKENFLOW_COPILOT_DIRECT: "0" })).every(
        (value) => value === undefined,
      ),
    ).toBe(true);
  });
});
