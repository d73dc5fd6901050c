import {
  createFetch,
  createMemoryStore,
  createTokenManager,
  type Token,
  type TokenManager,
} from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/provider";
import { requireToken } from "@tokenflow/mcp";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { type McpServer, type OidcServer, startMcpServer, startOidcServer } from "@tokenflow/services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { talkPrevious } from "./support/in-process.ts";

let oidc: OidcServer;
/** The API of the tools. It accepts no token that was issued for it, since it takes itself for another. */
let api: McpServer;
let store: ReturnType<typeof createMemoryStore>;
let manager: TokenManager;
beforeEach(async () => {
  oidc = await startOidcServer({ clients: [{ id: "inspector" }], resources: "any" });
  api = await startMcpServer({
    issuer: oidc.issuer,
    introspectionClient: "inspector",
    audience: "https://other.example/mcp",
  });
  store = createMemoryStore();
  manager = createTokenManager({ provider: createMcpProvider(api.url), store });
  await manager.signIn({ prefer: "device", onUserCode: ({ userCode }) => void oidc.approve(userCode) });
});
afterEach(async () => {
  await manager.close();
  await api[Symbol.asyncDispose]();
  await oidc[Symbol.asyncDispose]();
});

const REQUEST = { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }) };

type Ask = (token: Token) => Promise<Response>;

const byCreateFetch = (): Ask => {
  const send = createFetch(manager);
  return () => send(api.url, REQUEST);
};

const byItself = (): Ask => async (token) => {
  const answer = await fetch(api.url, { ...REQUEST, headers: { authorization: token.authorization } });
  const { status, headers } = answer;
  if (status === 401) manager.reject(token, { status, headers, body: "", token });
  return answer;
};

test.each<[string, () => Ask]>([
  ["createFetch", byCreateFetch],
  ["a fetch of its own, and reports the refusal", byItself],
])(
  "a handler with %s: one sentence after two refusals, no loop, and no session is lost",
  async (_, create) => {
    const ask = create();
    const client = await talkPrevious((server) =>
      server.registerTool(
        "ask",
        {},
        requireToken(server, manager, async (token) => {
          const { ok, status } = await ask(token);
          if (!ok) throw new Error(`The API answered ${status}`);
          return { content: [] };
        }),
      ),
    );
    const before = api.refused();
    const texts = new Set<unknown>();
    for (let call = 0; call < 5; call += 1) {
      const { isError, content } = await client.callTool({ name: "ask" });
      expect(isError).toBe(true);
      texts.add((content as { readonly text: string }[])[0]?.text);
    }
    expect([...texts]).toEqual([
      "The API answered 401",
      expect.stringMatching(
        /^127\.0\.0\.1:\d+ refuses fresh tokens too \(token\.rejected\)\. Check that .*\.$/,
      ),
    ]);
    expect(api.refused() - before).toBe(2);
    expect(api.seen).toEqual([]);

    // The grant was never blamed: after a while the next program on this machine redeems it.
    const clock = { ...systemClock, now: () => Date.now() + 300_000 };
    await using next = createTokenManager({ provider: manager.provider, store, clock });
    expect((await next.getToken({ forceRefresh: true })).isAlive()).toBe(true);
  },
);
