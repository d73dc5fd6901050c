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

test("GitHub's own variables are read only if asked for, in GitHub's order, for the host that they belong to", () => {
  const env = { COPILOT_GITHUB_TOKEN: "", GH_TOKEN: "gho_1", GITHUB_TOKEN: "ghs_2" };
  const read = (more: Readonly<Record<string, string>>) =>
    copilotCredentialsFromEnv({ ...env, ...more }, { fromGitHub: true }).grant;
  expect(copilotCredentialsFromEnv(env)).toEqual({});
  expect(read({})).toEqual({ githubToken: "gho_1" });
  expect(read({ COPILOT_GITHUB_TOKEN: "ghu_0" })).toEqual({ githubToken: "ghu_0" });
  expect(read({ GH_TOKEN: "" })).toEqual({ githubToken: "ghs_2" });
  expect(read({ TOKENFLOW_COPILOT_GRANT: "gho_own" })).toEqual({ githubToken: "gho_own" });
  expect(read({ GH_HOST: "octo.ghe.com" })).toEqual({ githubToken: "gho_1", host: "octo.ghe.com" });
  // The server of a job knows its own token, and no token that a person made elsewhere.
  const job = { GITHUB_SERVER_URL: "https://octo.ghe.com" };
  expect(read(job)).toEqual({ githubToken: "gho_1" });
  expect(read({ ...job, GH_TOKEN: "ghs_3" })).toEqual({ githubToken: "ghs_3", host: "octo.ghe.com" });
  expect(read({ ...job, GH_TOKEN: "" })).toEqual({ githubToken: "ghs_2", host: "octo.ghe.com" });
  // GH_TOKEN is no token of an Enterprise Server.
  expect(read({ GH_HOST: "github.example.org" })).toBeUndefined();
  expect(() => read({ GH_TOKEN: "ghp_classic" })).toThrow(
    expect.objectContaining({ code: "provider.misconfigured" }),
  );
});
