import { copilotCredentialsFromEnv } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

test("a Copilot token wins over a GitHub token, each in its own variable", () => {
  const env = { TOKENFLOW_COPILOT_TOKEN: "tid=1:mac\n", TOKENFLOW_COPILOT_GRANT: "gho_1" };
  expect(copilotCredentialsFromEnv(env)).toEqual({ staticToken: "tid=1:mac" });
  expect(copilotCredentialsFromEnv({ ...env, TOKENFLOW_COPILOT_TOKEN: "" })).toEqual({
    grant: { githubToken: "gho_1" },
  });
  expect(copilotCredentialsFromEnv({ GITHUB_TOKEN: "gho_1" })).toEqual({});
});

test.each(["gho_1", "ghu_1", "ghp_1", "github_pat_1"])("%s is no Copilot token", (secret) => {
  expect(() => copilotCredentialsFromEnv({ TOKENFLOW_COPILOT_TOKEN: secret })).toThrow(
    expect.objectContaining({
      code: "provider.misconfigured",
      hint: expect.stringContaining("TOKENFLOW_COPILOT_GRANT"),
    }),
  );
});
