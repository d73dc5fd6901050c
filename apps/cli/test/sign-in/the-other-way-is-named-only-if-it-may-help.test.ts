import { TokenFlowError } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { expect, test } from "vitest";
import { withOtherWay } from "../../src/sign-in/codes.ts";

const PROVIDER = createMcpProvider("https://mcp.test/mcp");
const NEVER = new AbortController().signal;

test("a server without a device flow may have a page", async () => {
  const refusal = new TokenFlowError("provider.misconfigured", "mcp.test has no device flow", {
    reason: "unsupported_grant_type",
    hint: "Ask.",
  });
  const { hint } = (await withOtherWay(refusal, PROVIDER, NEVER)) as TokenFlowError;
  expect(hint).toBe(`Ask. Or sign in on the service's page: tokenflow login ${PROVIDER.id} --browser`);
});

test("a server without metadata has no page either", async () => {
  const error = new TokenFlowError("provider.misconfigured", "mcp.test publishes no OAuth metadata");
  expect(await withOtherWay(error, PROVIDER, NEVER)).toBe(error);
});
