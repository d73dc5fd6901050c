import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startMcpServer, startOidcServer } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const URL_ = "https://mcp.example.com/mcp";

test.each([
  [
    "claude-code",
    /^claude mcp add --scope user mcp-example-com -- tokenflow mcp https:\/\/mcp\.example\.com\/mcp\n$/,
  ],
  ["codex", /^codex mcp add mcp-example-com -- tokenflow mcp https:\/\/mcp\.example\.com\/mcp\n$/],
  ["opencode", /"type": "local",\s+"command": \[\s+"tokenflow",\s+"mcp",/],
  ["vscode", /"servers": \{\s+"mcp-example-com": \{\s+"type": "stdio",/],
  ["cursor", /"mcpServers": \{\s+"mcp-example-com": \{\s+"command": "tokenflow",/],
])("%s", async (client, expected) => {
  await using sandbox = await openSandbox();
  const { exit, stdout } = await sandbox.run(["setup", client, "--mcp", URL_]);
  expect(exit).toBe(0);
  expect(stdout).toMatch(expected);
});

test.each([
  [
    "claude-code",
    "claude mcp add --scope user mcp-example-com --env TOKENFLOW_HOME=/srv/sessions -- tokenflow mcp ",
  ],
  ["codex", "codex mcp add mcp-example-com --env TOKENFLOW_HOME=/srv/sessions -- tokenflow mcp "],
  ["opencode", '"environment": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
  ["vscode", '"env": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
  ["cursor", '"env": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
])("%s gives the bridge the folder of sessions that is in use", async (client, expected) => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_HOME: "/srv/sessions" };
  expect((await sandbox.run(["setup", client, "--mcp", URL_], env)).stdout).toContain(expected);
});

const REDIS = "redis://localhost:6379/1";

test.each([
  ["claude-code", `--env TOKENFLOW_STORE=${REDIS} --env 'KEY=\${KEY:-}' -- tokenflow mcp `],
  [
    "codex",
    `[mcp_servers.mcp-example-com]\ncommand = "tokenflow"\nargs = ["mcp","${URL_}"]\nenv_vars = ["KEY"]\nenv = {TOKENFLOW_STORE="${REDIS}"}\n`,
  ],
  ["opencode", `"TOKENFLOW_STORE": "${REDIS}",\n        "KEY": "{env:KEY}"`],
  ["vscode", `"TOKENFLOW_STORE": "${REDIS}",\n        "KEY": "\${env:KEY}"`],
  ["cursor", `"TOKENFLOW_STORE": "${REDIS}",\n        "KEY": "\${env:KEY}"`],
])(
  "%s gives the bridge the store and the key of its sessions, the key by its name",
  async (client, expected) => {
    await using sandbox = await openSandbox();
    const key = randomBytes(32).toString("base64");
    const env = { TOKENFLOW_STORE: REDIS, TOKENFLOW_ENCRYPTION_KEY: key };
    const { stdout, stderr } = await sandbox.run(["setup", client, "--mcp", URL_], env);
    expect(stdout).toContain(expected.replaceAll(/\bKEY\b/g, "TOKENFLOW_ENCRYPTION_KEY"));
    expect(stderr).toContain("must be started with TOKENFLOW_ENCRYPTION_KEY set");
    expect(stdout + stderr).not.toContain(key);
  },
);

test("an address with a password is passed on by its name, and so is the way to a keychain", async () => {
  await using sandbox = await openSandbox();
  const password = "a-password";
  const secret = { TOKENFLOW_STORE: `redis://:${password}@localhost`, TOKENFLOW_PASSPHRASE: password };
  for (const client of ["claude-code", "codex", "opencode", "vscode", "cursor"]) {
    const { stdout, stderr } = await sandbox.run(["setup", client, "--mcp", URL_], secret);
    for (const name of Object.keys(secret)) expect.soft(stdout, client).toContain(name);
    expect.soft(stdout + stderr, client).not.toContain(password);
  }
  const bus = { TOKENFLOW_STORE: "keychain", DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/bus" };
  const { stdout } = await sandbox.run(["setup", "cursor", "--mcp", URL_], bus);
  expect(JSON.parse(stdout).mcpServers["mcp-example-com"].env).toEqual({
    TOKENFLOW_STORE: "keychain",
    DBUS_SESSION_BUS_ADDRESS: "${env:DBUS_SESSION_BUS_ADDRESS}",
  });
});

test("the bridge finds an encrypted session in another folder with what the settings give it, and nothing else", async () => {
  await using oidc = await startOidcServer({ clients: [{ id: "inspector" }], resources: "any" });
  await using server = await startMcpServer({ issuer: oidc.issuer, introspectionClient: "inspector" });
  await using sandbox = await openSandbox();
  const key = randomBytes(32).toString("base64");
  const env = { XDG_CONFIG_HOME: join(sandbox.home, "elsewhere"), TOKENFLOW_ENCRYPTION_KEY: key };
  const login = sandbox.start(["login", `mcp:${server.url}`, "--browser", "--encrypt", "env", "--json"], env);
  const [line] = await login.seen(/\{"type":"browser".*\}\n/);
  await oidc.visit(JSON.parse(line).url);
  expect((await login.ended).exit).toBe(0);

  // The key is not set now, but the settings of the sessions say that it is needed.
  const { XDG_CONFIG_HOME } = env;
  const { stdout } = await sandbox.run(["setup", "cursor", "--mcp", server.url], { XDG_CONFIG_HOME });
  const [{ args, env: given }] = Object.values(JSON.parse(stdout).mcpServers) as [
    { args: string[]; env: Record<string, string> },
  ];
  const values = Object.entries(given).map(([name, value]): [string, string] => [
    name,
    value === `\${env:${name}}` ? key : value,
  ]);
  const bridge = sandbox.start(args, Object.fromEntries(values), undefined, "pipe");
  const initialize = { protocolVersion: "2025-11-25", capabilities: {} };
  bridge.child.stdin?.write(
    `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params: initialize })}\n`,
  );
  const [answer] = await bridge.seen(/\{.*"id":1.*\n/);
  bridge.child.stdin?.end();
  expect(JSON.parse(answer).result.serverInfo.name).toBe("loopback");
  expect((await bridge.ended).exit).toBe(0);
});

test("another client, and an address that gets no token, are refused", async () => {
  await using sandbox = await openSandbox();
  const other = await sandbox.run(["setup", "aider", "--mcp", URL_]);
  expect(other).toMatchObject({ exit: 2 });
  expect(other.stderr).toContain('--mcp is not known for "aider"');
  const plain = await sandbox.run(["setup", "codex", "--mcp", "http://mcp.example.com/mcp"]);
  expect(plain.exit).not.toBe(0);
  expect(plain.stderr).toContain("is not an https URL");
});
