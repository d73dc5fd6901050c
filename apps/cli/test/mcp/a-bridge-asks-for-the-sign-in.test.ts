import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { type McpServer, type OidcServer, startMcpServer, startOidcServer, until } from "@tokenflow/services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Bridge, createBridge } from "../../src/mcp/bridge.ts";
import { untilFound } from "../support/until-found.ts";

let oidc: OidcServer;
let server: McpServer;
const open: (() => Promise<void>)[] = [];
beforeEach(async () => {
  oidc = await startOidcServer({ clients: [{ id: "inspector" }], resources: "any" });
  server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
  await server[Symbol.asyncDispose]();
  await oidc[Symbol.asyncDispose]();
});

interface Client {
  readonly bridge: Bridge;
  readonly messages: () => {
    id?: unknown;
    method?: string;
    params?: { elicitationId?: string };
    result?: never;
    error?: never;
  }[];
  call(method: string, params?: object): Promise<Answer>;
}
interface Answer {
  readonly result?: Record<string, unknown> & { content?: { text: string }[]; tools?: { name: string }[] };
  readonly error?: {
    code: number;
    message: string;
    data?: { elicitations: { url: string; elicitationId: string }[] };
  };
}

function connect(store = createMemoryStore(), env: Record<string, string> = {}): Client {
  const provider = createMcpProvider(server.url);
  const manager = createTokenManager({ provider, store });
  const over = new AbortController();
  const lines: string[] = [];
  const writeLine = (line: string): void => void lines.push(line);
  const bridge = createBridge({ provider, manager, env, writeLine, signal: over.signal, version: "1" });
  open.push(async () => {
    await bridge.end();
    over.abort();
    await manager.close();
  });
  let last = 0;
  return {
    bridge,
    messages: () => lines.map((line) => JSON.parse(line)),
    async call(method, params = {}) {
      last += 1;
      const id = last;
      await bridge.take(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return untilFound(() => lines.map((line) => JSON.parse(line)).find((message) => message.id === id));
    },
  };
}

const HELLO = (capabilities: object): object => ({
  protocolVersion: "2025-11-25",
  capabilities,
  clientInfo: {},
});
const LINKS = { elicitation: { url: {} } };

test("a client starts without a session, gets a link as text, and its tools after the sign-in", async () => {
  const client = connect();
  const hello = await client.call("initialize", HELLO({}));
  expect(hello.result).toMatchObject({ protocolVersion: "2025-11-25", serverInfo: { name: "tokenflow" } });
  expect((await client.call("tools/list")).result?.tools?.map(({ name }) => name)).toEqual([
    "tokenflow_sign_in",
  ]);
  expect((await client.call("resources/list")).result).toEqual({ resources: [] });
  expect((await client.call("prompts/get", { name: "x" })).error?.message).toContain("to sign in to");
  const asked = await client.call("tools/call", { name: "tokenflow_sign_in" });
  expect(asked.result).toMatchObject({ isError: true });
  const [, code = ""] = /enter the code (\S+) to sign in/.exec(asked.result?.content?.[0]?.text ?? "") ?? [];
  const again = await client.call("tools/call", { name: "tokenflow_sign_in" });
  expect(again.result?.content?.[0]?.text).toContain(code);
  await oidc.approve(code);
  await until(() => client.messages().some(({ method }) => method === "notifications/tools/list_changed"));
  expect((await client.call("tools/list")).result?.tools?.map(({ name }) => name)).toContain("echo");
  const echo = await client.call("tools/call", { name: "echo", arguments: { text: "hi" } });
  expect(echo.result?.content?.[0]?.text).toBe("hi");
});

test("a client that calls the tool of the sign-in is told of one only while there is one", async () => {
  const store = createMemoryStore();
  const client = connect(store);
  const ask = async (): Promise<string> => {
    const { result } = await client.call("tools/call", { name: "tokenflow_sign_in" });
    return result?.content?.[0]?.text ?? "";
  };
  // Before the server was reached at all.
  const [, code = ""] = /enter the code (\S+) to sign in/.exec(await ask()) ?? [];
  await oidc.approve(code);
  const manager = createTokenManager({ provider: createMcpProvider(server.url), store });
  await until(async () => (await manager.status()).state === "valid");
  await client.call("initialize", HELLO({}));
  expect(await ask()).toMatch(/^Signed in to /);
  // In another program.
  await manager.signOut();
  await untilFound(async () => /^Open .* to sign in to /.exec(await ask()) ?? undefined);
  await manager.close();
});

test("a client that opens links gets one, and hears when the sign-in is done", async () => {
  const client = connect(createMemoryStore(), { DISPLAY: ":0" });
  await client.call("initialize", HELLO(LINKS));
  const { error } = await client.call("tools/call", { name: "tokenflow_sign_in" });
  expect(error?.code).toBe(-32_042);
  const [link] = error?.data?.elicitations ?? [];
  const { pathname } = new URL(link?.url ?? "");
  if (pathname === "/auth") await oidc.visit(link?.url ?? "");
  else await oidc.approve(new URL(link?.url ?? "").searchParams.get("user_code") ?? "");
  const done = await untilFound(() =>
    client.messages().find(({ method }) => method === "notifications/elicitation/complete"),
  );
  expect(done.params?.elicitationId).toBe(link?.elicitationId);
});

test("in revision 2026-07-28 a call gets an input-required result, and text the second time", async () => {
  const client = connect();
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": LINKS,
  };
  const first = await client.call("tools/call", { name: "echo", arguments: { text: "x" }, _meta });
  expect(first.result).toMatchObject({
    resultType: "input_required",
    inputRequests: { tokenflow_sign_in: { method: "elicitation/create", params: { mode: "url" } } },
  });
  const inputResponses = { tokenflow_sign_in: { action: "accept" } };
  const second = await client.call("tools/call", { name: "echo", _meta, inputResponses });
  expect(second.result).toMatchObject({ isError: true });
  const [, code = ""] = /enter the code (\S+) to sign in/.exec(second.result?.content?.[0]?.text ?? "") ?? [];
  await oidc.approve(code);
  const third = await untilFound(async () => {
    const answer = await client.call("tools/call", {
      name: "echo",
      arguments: { text: "x" },
      _meta,
      inputResponses,
    });
    return answer.result?.["isError"] ? undefined : answer;
  });
  expect(third.result?.content?.[0]?.text).toBe("x");
});

test("one sign-in is enough for every bridge, and what one refreshes the others use", async () => {
  const store = createMemoryStore();
  const clients = Array.from({ length: 3 }, () => connect(store));
  for (const client of clients) await client.call("initialize", HELLO({}));
  const texts = await Promise.all(
    clients.map(async (client) => {
      const { result } = await client.call("tools/call", { name: "tokenflow_sign_in" });
      return result?.content?.[0]?.text ?? "";
    }),
  );
  const [, code = ""] = /enter the code (\S+)/.exec(texts[0] ?? "") ?? [];
  await oidc.approve(code);
  for (const client of clients) {
    await until(() => client.messages().some(({ method }) => method === "notifications/tools/list_changed"));
    expect(
      (await client.call("tools/call", { name: "echo", arguments: { text: "a" } })).error,
    ).toBeUndefined();
  }
});

test("more access is asked for when the server wants it, and the session is not lost meanwhile", async () => {
  const client = connect();
  await client.call("initialize", HELLO({}));
  const code = async (name: string): Promise<string> => {
    const { result } = await client.call("tools/call", { name });
    return /enter the code (\S+)/.exec(result?.content?.[0]?.text ?? "")?.[1] ?? "";
  };
  await oidc.approve(await code("tokenflow_sign_in"));
  await until(() => client.messages().some(({ method }) => method === "notifications/tools/list_changed"));
  const second = await code("admin");
  expect((await client.call("tools/call", { name: "echo" })).error).toBeUndefined();
  await oidc.approve(second);
  await untilFound(async () => {
    const { result } = await client.call("tools/call", { name: "admin" });
    return result?.content?.[0]?.text === "done" ? result : undefined;
  });
});

test("a server that refuses every token says so in one sentence, and no session is lost or asked for in a loop", async () => {
  await server[Symbol.asyncDispose]();
  server = await startMcpServer({
    issuer: oidc.issuer,
    introspectionClient: "inspector",
    audience: "https://other.example/mcp",
  });
  const store = createMemoryStore();
  const client = connect(store);
  await client.call("initialize", HELLO({}));
  const ask = async (): Promise<string> => {
    const { result } = await client.call("tools/call", { name: "tokenflow_sign_in" });
    return result?.content?.[0]?.text ?? "";
  };
  const first = await ask();
  expect(first).toMatch(/^Open /);
  await oidc.approve(/enter the code (\S+)/.exec(first)?.[1] ?? "");
  const manager = createTokenManager({ provider: createMcpProvider(server.url), store });
  // The bridge may have shown its token to the server already, and then knows that it is refused.
  await until(async () => ["valid", "expired"].includes((await manager.status()).state));
  const refusedBefore = server.refused();
  const second = await untilFound(async () => {
    const text = await ask();
    return text.startsWith("127.0.0.1") ? text : undefined;
  });
  expect(second).toMatch(
    /^127\.0\.0\.1:\d+ refused a token that was just issued\. .* are for another address/,
  );
  expect(server.refused() - refusedBefore).toBeLessThan(40);
  // Signed in all the same: the next sign-in replaces it, and nothing removed it.
  expect(["signed_out", "revoked"]).not.toContain((await manager.status()).state);
  await manager.close();
});
