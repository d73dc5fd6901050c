import { TokenFlowError, type TokenManager } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { expect, test } from "vitest";
import { createServer } from "../../src/mcp/server.ts";

const REQUEST = { method: "POST", headers: {}, body: "{}", signal: new AbortController().signal } as const;

/** A server that wants a token, and a session that has none for this reason. */
function serverWithout(reason: string | undefined, hint: string): ReturnType<typeof createServer> {
  const getToken = async (): Promise<never> => {
    throw new TokenFlowError("provider.misconfigured", "mcp.test answered 401", { reason, hint });
  };
  return createServer({
    provider: createMcpProvider("https://mcp.test/mcp"),
    manager: { getToken } as Partial<TokenManager> as TokenManager,
    fetch: async () => new Response("", { status: 401, headers: { "www-authenticate": "Bearer" } }),
  });
}

test("a client that the server no longer knows is a reason to sign in", async () => {
  expect(await serverWithout("invalid_client", "Sign in again.")(REQUEST)).toEqual({ status: "sign_in" });
});

test("any other fault of the settings is told in words that a command line has", async () => {
  expect(await serverWithout("invalid_target", "Check `scope`.")(REQUEST)).toEqual({
    status: "failed",
    message: "mcp.test answered 401. Check --scope.",
  });
});
