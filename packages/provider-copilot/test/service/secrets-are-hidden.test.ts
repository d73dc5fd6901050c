import { redact } from "@tokenflow/core";
import { copilotSecretPatterns, createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

test("the secrets of GitHub and Copilot are hidden by the patterns that the provider declares", () => {
  const { secretPatterns } = createCopilotProvider();
  expect(secretPatterns).toBe(copilotSecretPatterns);
  const line = "ghu_0123456789abcdef github_pat_0123456789 tid=abc;exp=1:mac ok";
  expect(redact(line, secretPatterns)).toBe("[redacted] [redacted] [redacted] ok");
});

test("a token of Actions is hidden to its last part", () => {
  const line = "ghs_15368_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnaXRodWIifQ.c2lnbmF0dXJl_-x, ok";
  expect(redact(line, copilotSecretPatterns)).toBe("[redacted], ok");
});

test("a GitHub token is not accepted as a Copilot token", () => {
  const provider = createCopilotProvider();
  expect(provider.acceptsToken?.("gho_1")).toContain("TOKENFLOW_COPILOT_GRANT");
  expect(provider.acceptsToken?.("tid=1:mac")).toBeUndefined();
});
