import { type McpServer, type OidcServer, startMcpServer, startOidcServer } from "@tokenflow/services";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let oidc: OidcServer;
let server: McpServer;
let sandbox: Sandbox;
beforeAll(async () => {
  oidc = await startOidcServer({ clients: [{ id: "inspector" }], resources: "any" });
  server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector", streams: true });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await oidc[Symbol.asyncDispose]();
});
beforeEach(async () => void (sandbox = await openSandbox()));
afterEach(() => sandbox[Symbol.asyncDispose]());

test("login by the browser, token, a bridge, and logout", async () => {
  const running = sandbox.start(["login", `mcp:${server.url}`, "--browser", "--json"]);
  const [line] = await running.seen(/\{"type":"browser".*\}\n/);
  await oidc.visit(JSON.parse(line).url);
  expect((await running.ended).exit).toBe(0);

  const { stdout: header } = await sandbox.run(["token", `mcp:${server.url}`, "--header"]);
  expect(header).toMatch(/^Authorization: Bearer \S+\n$/);
  expect((await sandbox.run(["refresh", `mcp:${server.url}`])).exit).toBe(0);

  const bridge = sandbox.start(["mcp", server.url], {}, undefined, "pipe");
  const send = (message: object) =>
    bridge.child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {} } });
  await bridge.seen(/"id":1,.*\n/);
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/call", params: { name: "echo", arguments: { text: "through" } } });
  const [answer] = await bridge.seen(/\{.*"id":2,.*\n/);
  expect(JSON.parse(answer).result.content).toEqual([{ type: "text", text: "through" }]);
  bridge.child.stdin?.end();
  const ended = await bridge.ended;
  expect([ended.exit, ended.stderr]).toEqual([0, ""]);

  expect((await sandbox.run(["logout", `mcp:${server.url}`, "--revoke"])).exit).toBe(0);
  const after = await sandbox.run(["token", `mcp:${server.url}`]);
  expect([after.exit, after.stderr]).toEqual([
    3,
    expect.stringContaining(`Run: tokenflow login mcp:${server.url}\n`),
  ]);
  expect(after.stderr).not.toContain("%2f");
  const status = await sandbox.run(["status", `mcp:${server.url}`]);
  expect(status.stdout + status.stderr).toContain(`tokenflow login mcp:${server.url}`);
});

test("a sign-in names the commands that use it, by the address of the server", async () => {
  const login = sandbox.start(["login", `mcp:${server.url}`, "--device"]);
  const [, code = ""] = await login.seen(/enter {3}(\S+)/);
  await oidc.approve(code);
  expect((await login.ended).stderr).toContain(
    `Next: tokenflow setup <client> --mcp ${server.url} · tokenflow token mcp:${server.url}\n`,
  );
  expect((await sandbox.run(["status"])).stdout).toContain(`\nmcp:${server.url} `);
});

test("a client that is registered once is used by the next sign-in, also after a logout", async () => {
  const login = async (): Promise<string> => {
    const running = sandbox.start(["login", `mcp:${server.url}`, "--browser", "--json"]);
    const [line] = await running.seen(/\{"type":"browser".*\}\n/);
    const { url } = JSON.parse(line);
    await oidc.visit(url);
    expect((await running.ended).exit).toBe(0);
    return new URL(url).searchParams.get("client_id") ?? "";
  };
  const first = await login();
  await sandbox.run(["logout", `mcp:${server.url}`]);
  expect(await login()).toBe(first);
});

test("words that name no server, and options of other servers, are refused in one sentence", async () => {
  for (const args of [
    ["mcp"],
    ["mcp", "nothing here"],
    ["mcp", "http://mcp.example.com"],
    ["token", "mcp:"],
  ]) {
    const { exit, stdout, stderr } = await sandbox.run(args);
    expect([args, exit === 0, stdout, stderr.trim().split("\n").length]).toEqual([args, false, "", 1]);
  }
  const issuer = await sandbox.run(["login", `mcp:${server.url}`, "--issuer", "https://id.test"]);
  expect(issuer.stderr).toContain("--issuer is not an option of MCP servers");
});
