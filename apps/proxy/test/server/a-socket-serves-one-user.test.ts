import { execFile, spawn } from "node:child_process";
import { chmod, lstat, mkdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { createProxy } from "@tokenflow/proxy";
import { createFolder, hasServices } from "@tokenflow/services";
import { Agent, request } from "undici";
import { expect, test } from "vitest";
import { startUpstream } from "../fixtures/upstream.ts";

const keys = [{ name: "sandbox", secret: "a-key-of-the-sandbox" }];
const headers = { authorization: "Bearer a-key-of-the-sandbox" };

async function statusOf(path: string, sent: Readonly<Record<string, string>> = headers): Promise<number> {
  await using dispatcher = Object.assign(new Agent({ connect: { socketPath: path } }), {
    async [Symbol.asyncDispose](this: Agent) {
      await this.close();
    },
  });
  const answer = await request("http://localhost/v1/models", { headers: sent, dispatcher });
  await answer.body.dump();
  return answer.statusCode;
}

test("a socket is for this user alone, needs its key, and is gone afterwards", async () => {
  await using folder = await createFolder();
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const path = join(folder.path, "private/proxy.sock");
  const options = { sessions: [upstream], host: `unix:${path}` };
  expect(() => createProxy(options)).toThrow("cannot see who connects");
  const proxy = createProxy({ ...options, keys });
  expect(await proxy.listen()).toEqual({ url: `unix:${path}` });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder.path, "private"))).mode & 0o777).toBe(0o700);
  expect(await statusOf(path)).toBe(200);
  expect(await statusOf(path, {})).toBe(401);
  await using second = createProxy({ ...options, keys });
  await expect(second.listen()).rejects.toThrow("is in use");
  await proxy.close();
  await expect(lstat(path)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a folder that others may enter, and what is no socket, are refused and left alone", async () => {
  await using folder = await createFolder();
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const tryAt = async (path: string): Promise<void> => {
    await using proxy = createProxy({ sessions: [upstream], host: `unix:${path}`, keys });
    await proxy.listen();
  };
  await mkdir(join(folder.path, "open"));
  await chmod(join(folder.path, "open"), 0o755);
  await expect(tryAt(join(folder.path, "open/proxy.sock"))).rejects.toThrow("Others may enter");
  const file = join(folder.path, "notes");
  await writeFile(file, "mine");
  await chmod(folder.path, 0o700);
  await expect(tryAt(file)).rejects.toThrow("is no socket");
  expect((await stat(file)).size).toBe(4);
  await expect(tryAt("relative.sock")).rejects.toThrow("is not an absolute path");
  await expect(tryAt(join(folder.path, "x".repeat(120)))).rejects.toThrow("longer than 103 bytes");
  // A socket that a killed program left behind.
  const left = join(folder.path, "left.sock");
  const script = `require("net").createServer().listen(${JSON.stringify(left)}, () => process.kill(process.pid, "SIGKILL"))`;
  await promisify(execFile)(process.execPath, ["-e", script]).catch(() => undefined);
  expect((await lstat(left)).isSocket()).toBe(true);
  await tryAt(left);
});

test("the program takes the socket of systemd, and none that is for another process", async () => {
  const bin = resolve(import.meta.dirname, "../../dist/bin.js");
  await using folder = await createFolder();
  const env = {
    PATH: process.env["PATH"],
    HOME: folder.path,
    TOKENFLOW_COPILOT_TOKEN: "tid=given",
    TOKENFLOW_PROXY_KEY: keys[0]?.secret,
  };
  const other = await promisify(execFile)(process.execPath, [bin, "--host", "systemd"], {
    env: { ...env, LISTEN_PID: "1", LISTEN_FDS: "1" },
  }).catch((error: unknown) => error);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("needs one socket from systemd") });
  if (!hasServices("systemd-socket-activate")) return;
  const path = join(folder.path, "activated.sock");
  const variables = Object.entries(env).map(([name, value]) => `--setenv=${name}=${value}`);
  const activate = spawn(
    "systemd-socket-activate",
    ["--listen", path, ...variables, process.execPath, bin, "--host", "systemd"],
    {
      stdio: ["ignore", "ignore", "ignore"],
    },
  );
  try {
    await expect
      .poll(
        () =>
          lstat(path).then(
            (file) => file.isSocket(),
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    // The program starts with the first connection, which waits for it.
    expect(await statusOf(path, {})).toBe(401);
  } finally {
    activate.kill("SIGKILL");
  }
});
