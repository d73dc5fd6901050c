import { Client, InsufficientScopeError, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import * as v1 from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { createBrowser } from "@tokenflow/browser";
import { createFetch, createMemoryStore, createTokenManager, type TokenManager } from "@tokenflow/core";
import { authProvider, createMcpProvider, type McpProvider } from "@tokenflow/mcp/client";
import { type McpServer, type OidcServer, startMcpServer, startOidcServer } from "@tokenflow/services";
import { afterEach, beforeEach, expect, test } from "vitest";

let oidc: OidcServer;
let server: McpServer;
const noCode = (): void => expect.unreachable("a code was shown");
const INFO = { name: "test", version: "1" };

beforeEach(async () => {
  oidc = await startOidcServer({ clients: [{ id: "inspector" }], resources: "any" });
  server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await oidc[Symbol.asyncDispose]();
});

const visiting = () =>
  createBrowser({ isLocal: true, show: () => undefined, open: (url) => void oidc.visit(url) });

interface Opened {
  readonly provider: McpProvider;
  readonly manager: TokenManager;
  readonly signIn: () => ReturnType<TokenManager["signIn"]>;
}

function open(store = createMemoryStore()): Opened {
  const provider = createMcpProvider(server.url);
  const manager = createTokenManager({ provider, store });
  const signIn = () => manager.signIn({ browser: visiting(), onUserCode: noCode });
  return { provider, manager, signIn };
}

test("version 2 of the SDK asks for the sign-in when the server does, and keeps the session fresh", async () => {
  const { manager, signIn } = open();
  await using _ = manager;
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    authProvider: authProvider(manager, { signIn }),
  });
  const client = new Client(INFO);
  await client.connect(transport);
  const result = await client.callTool({ name: "echo", arguments: { text: "hello" } });
  expect(result.content).toEqual([{ type: "text", text: "hello" }]);
  const first = (await manager.getToken()).accessToken;
  expect((await manager.getToken({ forceRefresh: true })).accessToken).not.toBe(first);
  await client.callTool({ name: "echo", arguments: { text: "again" } });
  await client.close();
});

test("more scope is asked for once the server wants it", async () => {
  const { manager, provider, signIn } = open();
  await using _ = manager;
  await signIn();
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    authProvider: authProvider(manager, { signIn }),
  });
  const client = new Client(INFO);
  await client.connect(transport);
  const error: unknown = await client.callTool({ name: "admin" }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InsufficientScopeError);
  provider.requireScope((error as InsufficientScopeError).requiredScope);
  await signIn();
  expect((await client.callTool({ name: "admin" })).content).toEqual([{ type: "text", text: "done" }]);
  await client.close();
});

test("version 1 of the SDK gets the token by createFetch", async () => {
  const { manager, signIn } = open();
  await using _ = manager;
  await signIn();
  const transport = new TransportV1(new URL(server.url), { fetch: createFetch(manager) });
  const client = new v1.Client(INFO);
  await client.connect(transport);
  const result = await client.callTool({ name: "echo", arguments: { text: "one" } });
  expect(result["content"]).toEqual([{ type: "text", text: "one" }]);
  await client.close();
});

test("a session that is stored is enough for the next program, and belongs to its issuer", async () => {
  const store = createMemoryStore();
  const first = open(store);
  await first.signIn();
  await first.manager.close();
  const second = open(store);
  const token = await second.manager.getToken({ forceRefresh: true });
  const answer = await createFetch(second.manager)(server.url, {
    method: "POST",
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
  });
  expect(answer.status).toBe(200);
  expect(token.isAlive()).toBe(true);
  await second.manager.signOut({ revoke: true });
  await second.manager.close();
});

test("a code works as well, with the same session", async () => {
  const { manager } = open();
  await using _ = manager;
  await manager.signIn({ prefer: "device", onUserCode: ({ userCode }) => void oidc.approve(userCode) });
  expect((await manager.getToken({ forceRefresh: true })).isAlive()).toBe(true);
});
