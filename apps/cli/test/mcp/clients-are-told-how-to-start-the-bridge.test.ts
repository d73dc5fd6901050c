import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const URL_ = "https://mcp.example.com/mcp";

test.each([
  ["claude-code", /^claude mcp add mcp-example-com -- tokenflow mcp https:\/\/mcp\.example\.com\/mcp\n$/],
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
  ["claude-code", "claude mcp add mcp-example-com --env TOKENFLOW_HOME=/srv/sessions -- tokenflow mcp "],
  ["codex", "codex mcp add mcp-example-com --env TOKENFLOW_HOME=/srv/sessions -- tokenflow mcp "],
  ["opencode", '"environment": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
  ["vscode", '"env": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
  ["cursor", '"env": {\n        "TOKENFLOW_HOME": "/srv/sessions"'],
])("%s gives the bridge the folder of sessions that is in use", async (client, expected) => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_HOME: "/srv/sessions" };
  expect((await sandbox.run(["setup", client, "--mcp", URL_], env)).stdout).toContain(expected);
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
