import { createTokenManager, type Provider } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createServer, type Sent } from "../../src/mcp/server.ts";

const closes: (() => Promise<void>)[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
});
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closes.splice(0)) await close();
});

interface Served {
  readonly sent: Sent;
  /** The number of requests that the server got. */
  readonly requests: number;
  readonly redemptions: number;
}

/** Sends one request to a server that refuses so many, each after a delay, in milliseconds. */
async function send(options: { lifetime: number; delay: number; refuses: number }): Promise<Served> {
  const { lifetime, delay, refuses } = options;
  let redemptions = 0;
  const provider: Provider = {
    ...createMcpProvider("http://127.0.0.1:9/mcp"),
    redeem: async () => ({ token: { accessToken: `t${(redemptions += 1)}`, tokenType: "bearer", lifetime } }),
    grantReplay: () => "always",
  };
  const manager = createTokenManager({ provider, grant: { secret: "g" } });
  closes.push(() => manager.close());
  let requests = 0;
  const answer = async (): Promise<Response> => {
    requests += 1;
    vi.advanceTimersByTime(delay);
    return new Response(null, { status: requests > refuses ? 200 : 401 });
  };
  const server = createServer({
    provider: createMcpProvider("http://127.0.0.1:9/mcp"),
    manager,
    fetch: answer,
  });
  const sent = await server({ method: "POST", headers: {}, signal: new AbortController().signal });
  return { sent, requests, redemptions };
}

test("a token that may have ended on its way is followed by a new one", async () => {
  const { sent, requests, redemptions } = await send({ lifetime: 2_000, delay: 1_100, refuses: 3 });
  expect(sent.status).toBe("answered");
  expect([requests, redemptions]).toEqual([4, 4]);
});

test("a server that refuses one after the other is not asked forever, and nobody is asked to sign in", async () => {
  const { sent, requests } = await send({ lifetime: 2_000, delay: 1_100, refuses: 9 });
  expect(sent).toMatchObject({
    status: "failed",
    message: expect.stringContaining("refused 4 tokens in a row"),
  });
  expect(requests).toBe(4);
});

test("a fresh token that is refused after another one asks for a sign-in", async () => {
  const { sent, requests } = await send({ lifetime: 3_600_000, delay: 0, refuses: 9 });
  expect(sent).toEqual({ status: "sign_in" });
  expect(requests).toBe(2);
});
