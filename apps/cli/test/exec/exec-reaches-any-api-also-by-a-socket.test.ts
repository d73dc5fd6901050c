import { execFile, spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasServices } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

test("a program gets the address and the key in variables of the person's choice, for any API", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer((request, response) => response.end(`seen ${request.url}`));
  const token = await seedSession(sandbox, server);
  const script = `fetch(process.env.API + "/v1/files", { headers: { authorization: process.env.AUTH } })
    .then(async (answer) => console.log(answer.status, await answer.text(), Object.values(process.env).some((value) => value.includes("secret-token"))))`;
  const { exit, stdout } = await sandbox.run([
    ...[
      "exec",
      "work",
      "--upstream",
      `${server.url}/api`,
      "--env",
      "API={url}/work",
      "--env",
      "AUTH=Bearer {key}",
    ],
    ...["--", process.execPath, "-e", script],
  ]);
  expect(exit).toBe(0);
  expect(stdout).toBe("200 seen /api/files false\n");
  expect(server.seen.at(-1)?.authorization).toBe(`Bearer ${token}`);
});

test.skipIf(!hasServices("curl"))(
  "a socket carries access without a token, and ends with the command",
  async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer((request, response) => response.end(`seen ${request.url}`));
    const token = await seedSession(sandbox, server);
    await mkdir(join(sandbox.home, "private"), { mode: 0o700 });
    const socket = join(sandbox.home, "private/api.sock");
    const curl = `curl -sS --unix-socket "$SOCK" http://localhost/work/v1/files -H "Authorization: Bearer $SOCK_KEY"; curl -s -o /dev/null -w " %{http_code}" --unix-socket "$SOCK" http://localhost/work/v1/files -H "Authorization: Bearer $OPENAI_API_KEY"`;
    const { exit, stdout } = await sandbox.run([
      ...["exec", "work", "--upstream", server.url, "--listen", `unix:${socket}`, "--env", "SOCK={socket}"],
      ...["--env", "SOCK_KEY={socket-key}", "--", "sh", "-c", curl],
    ]);
    // The key of the other address is not the socket's.
    expect([exit, stdout]).toEqual([0, "seen /files 401"]);
    expect(server.seen.at(-1)?.authorization).toBe(`Bearer ${token}`);
    await expect(
      promisify(execFile)("curl", ["--unix-socket", socket, "http://localhost/"]),
    ).rejects.toThrow();
  },
);

test("what cannot be filled in is refused before anything starts", async () => {
  await using sandbox = await openSandbox();
  for (const [args, says] of [
    [["--env", "A={token}"], "{token}, which is no value"],
    [["--env", "A={socket}"], "there is no socket"],
    [["--env", "1A=x"], "must be NAME=text"],
    [["--listen", "127.0.0.1:1"], "--listen takes unix:/path"],
  ] as const) {
    const { exit, stderr } = await sandbox.run(["exec", "copilot", ...args, "--", "true"]);
    expect.soft(exit, says).toBe(2);
    expect.soft(stderr).toContain(says);
  }
});

const SANDBOX = ["bwrap", "--unshare-net", "--dev-bind", "/", "/"] as const;
const [BWRAP, ...BWRAP_ARGS] = SANDBOX;
const canSandbox = hasServices("bwrap", "curl") && spawnSync(BWRAP, [...BWRAP_ARGS, "true"]).status === 0;

test.skipIf(!canSandbox)(
  "a program in a sandbox without a network reaches the API by the socket",
  async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer((request, response) => response.end(`seen ${request.url}`));
    await seedSession(sandbox, server);
    const inside = `curl -sS --max-time 5 ${server.url}/ 2>/dev/null && exit 9; curl -sS --unix-socket "$SOCK" http://localhost/work/v1/files -H "Authorization: Bearer $SOCK_KEY"`;
    const { exit, stdout } = await sandbox.run([
      ...[
        "exec",
        "work",
        "--upstream",
        server.url,
        "--listen",
        `unix:${join(sandbox.home, "private/api.sock")}`,
      ],
      ...["--env", "SOCK={socket}", "--env", "SOCK_KEY={socket-key}", "--", ...SANDBOX, "sh", "-c", inside],
    ]);
    expect([exit, stdout]).toEqual([0, "seen /files"]);
    expect(server.seen.map(({ path }) => path)).not.toContain("/");
  },
);
