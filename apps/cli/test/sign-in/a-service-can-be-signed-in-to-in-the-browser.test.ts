import { hasServices, type OidcServer, startOidcServer } from "@tokenflow/services";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let server: OidcServer;
let sandbox: Sandbox;

beforeAll(async () => {
  server = await startOidcServer({
    clients: [{ id: "app", redirectUris: ["http://127.0.0.1/callback"] }, { id: "device-only" }],
  });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(async () => void (sandbox = await openSandbox()));
afterEach(() => sandbox[Symbol.asyncDispose]());

const login = (clientId: string, ...flags: readonly string[]): readonly string[] => [
  ...["login", "work", "--issuer", server.issuer, "--client-id", clientId],
  ...["--scope", "openid offline_access", ...flags],
];

test("--browser shows a page instead of a code, and a program is told its address", async () => {
  const running = sandbox.start(login("app", "--browser", "--json"));
  const [line] = await running.seen(/\{"type":"browser".*\}\n/);
  await server.visit(JSON.parse(line).url);
  const { exit, stdout } = await running.ended;
  expect(exit).toBe(0);
  expect(stdout).not.toContain("user_code");
  const { stdout: token } = await sandbox.run(["token", "work"]);
  expect(token.trim()).toMatch(/^\S{20,}$/);
});

test("--device shows a code, and both together are refused", async () => {
  const running = sandbox.start(login("device-only", "--device", "--json"));
  const [, code = ""] = await running.seen(/"user_code":"([^"]+)"/);
  await server.approve(code);
  expect((await running.ended).exit).toBe(0);
  const both = await sandbox.run(login("app", "--browser", "--device"));
  expect(both).toMatchObject({ exit: 2, stderr: "tokenflow: --browser cannot be combined with --device.\n" });
});

test("a service that refuses the device flow is told with the other way", async () => {
  const refused = await sandbox.run(login("unknown", "--device"));
  expect(refused.exit).not.toBe(0);
  expect(refused.stderr).toContain("Or sign in on the service's page: tokenflow login work --browser");
});

test("Ctrl-C ends the wait for the browser, and nothing stays behind", async () => {
  const running = sandbox.start(login("app", "--browser"));
  const [, url = ""] = await running.seen(/Open (http\S+)/);
  const back = new URL(url).searchParams.get("redirect_uri") ?? "";
  expect((await fetch(`${back}?state=wrong`)).status).toBe(404);
  running.child.kill("SIGINT");
  expect((await running.ended).exit).toBe(130);
  await expect(fetch(back)).rejects.toThrow();
});

describe.skipIf(!hasServices("script"))("at a terminal", () => {
  test("an address from another machine's browser is pasted", async () => {
    const running = sandbox.startInTerminal(login("app", "--browser"), { SSH_CONNECTION: "1 2 3 4" });
    const [, url = ""] = await running.seen(/Open (http\S+)/);
    await running.seen(/paste the address where it ends/);
    const back = new URL(url).searchParams.get("redirect_uri") ?? "";
    running.child.stdin?.write(`${back}?code=1&state=wrong\r`);
    await running.seen(/That is not the address of this sign-in/);
    await server.visit(url);
    expect((await running.ended).exit).toBe(0);
  });
});
