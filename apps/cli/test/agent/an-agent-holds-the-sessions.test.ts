import { readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

function get(socketPath: string, path: string, key?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) };
    request({ socketPath, path, headers }, (response) => {
      let body = "";
      response.on("data", (part: Buffer) => (body += part.toString()));
      response.on("end", () => resolve({ status: response.statusCode, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("tokens come from the agent, to those who can read its key, and from the store without it", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server, { age: 7_200_000 });
  const socket = join(sandbox.home, "private/tokens.sock");
  const agent = sandbox.start(["agent", "--tokens", `unix:${socket}`]);
  await agent.seen(/export TOKENFLOW_AGENT=unix:\S+/);
  expect((await stat(socket)).mode & 0o777).toBe(0o600);
  expect((await stat(`${socket}.key`)).mode & 0o777).toBe(0o600);

  const env = { TOKENFLOW_AGENT: `unix:${socket}` };
  const asked = await sandbox.run(["token", "work", "--verbose"], env);
  expect(asked).toMatchObject({ exit: 0, stdout: `${server.issued.at(-1)}\n` });
  // The agent has refreshed, not the command.
  expect(asked.stderr).not.toContain("token.refreshed");
  expect(server.issued).toHaveLength(2);
  const missing = await sandbox.run(["token", "hyper"], env);
  expect(missing).toMatchObject({ exit: 3, stdout: "" });

  // A forwarded connection carries the socket, and not the key.
  expect(await get(socket, "/token?provider=work")).toMatchObject({ status: 401 });
  expect(await get(socket, "/token?provider=work", "a-guess")).toMatchObject({ status: 401 });
  const key = await readFile(`${socket}.key`, "utf8");
  expect(await get(socket, "/", key)).toMatchObject({ status: 404 });
  expect((await get(socket, "/token?provider=work", key)).body).toContain(server.issued.at(-1));
  await writeFile(`${socket}.key`, "another");
  expect(await sandbox.run(["token", "work", "--account", "default"], env)).toMatchObject({ exit: 0 });

  agent.child.kill("SIGTERM");
  expect((await agent.ended).exit).toBe(0);
  await expect(stat(socket)).rejects.toMatchObject({ code: "ENOENT" });
  expect(await sandbox.run(["token", "work", "--account", "default"], env)).toMatchObject({
    exit: 0,
    stdout: `${server.issued.at(-1)}\n`,
  });
});

test("the socket of the API answers no token", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer((_request, response) => response.end("served"));
  const token = await seedSession(sandbox, server, { declaration: { upstream: server.url } });
  const api = join(sandbox.home, "private/api.sock");
  const agent = sandbox.start(["agent", "--listen", `unix:${api}`]);
  const [, key] = await agent.seen(/export TOKENFLOW_PROXY_KEY=(\S+)/);
  expect(await get(api, "/work/v1/files", key)).toEqual({ status: 200, body: "served" });
  expect(await get(api, "/work/v1/files")).toMatchObject({ status: 401 });
  for (const path of [
    "/token?provider=work",
    "/work/v1/token",
    "/tokens",
    "/api/token",
    "/work/v1/../token",
  ]) {
    const { status, body } = await get(api, path, key);
    expect.soft(status, path).not.toBe(200);
    expect.soft(body, path).not.toContain(token);
  }
  agent.child.kill("SIGTERM");
  await agent.ended;
  for (const args of [
    [],
    ["--listen", "127.0.0.1:1"],
    ["--listen", `unix:${api}`, "--tokens", `unix:${api}`],
  ])
    expect.soft((await sandbox.run(["agent", ...args])).exit, args.join(" ")).toBe(2);
});
