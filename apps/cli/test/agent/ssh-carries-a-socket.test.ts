import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, hasServices, until } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const SERVER = "/usr/sbin/sshd";
const run = promisify(execFile);

interface SshServer extends AsyncDisposable {
  /** Forwards a socket to one on this machine while a command runs on the other side, and returns its output. */
  forward(remote: string, local: string, command: string): Promise<string>;
}

/** Starts OpenSSH's server on loopback, with keys and settings of its own. */
async function startSsh(folder: string): Promise<SshServer> {
  await mkdir(folder, { mode: 0o700 });
  // Started by root, the server wants this empty folder, which its service otherwise makes.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const port = String(await freePort());
  for (const name of ["host", "user"])
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
  await copyFile(join(folder, "user.pub"), join(folder, "authorized"));
  const settings = {
    Port: port,
    ListenAddress: "127.0.0.1",
    HostKey: join(folder, "host"),
    PidFile: "none",
    AuthorizedKeysFile: join(folder, "authorized"),
    StrictModes: "no",
    UsePAM: "no",
    PasswordAuthentication: "no",
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(join(folder, "settings"), lines.join(""));
  const server = spawn(SERVER, ["-D", "-e", "-f", join(folder, "settings")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  server.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  await until(() => log.includes("Server listening"));
  const options = Object.entries({
    StrictHostKeyChecking: "no",
    UserKnownHostsFile: join(folder, "known"),
    IdentitiesOnly: "yes",
    ExitOnForwardFailure: "yes",
    LogLevel: "ERROR",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return {
    async forward(remote, local, command) {
      const words = ["-F", "/dev/null", "-p", port, "-i", join(folder, "user"), ...options];
      const { stdout } = await run("ssh", [...words, "-R", `${remote}:${local}`, "127.0.0.1", command]);
      return stdout;
    },
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
    },
  };
}

test.skipIf(!hasServices("ssh", "ssh-keygen", "curl") || !existsSync(SERVER))(
  "a forwarded socket carries the API for those who have the key, and no token",
  async () => {
    await using sandbox = await openSandbox();
    await sandbox.signIn();
    const [api, tokens] = [join(sandbox.home, "api/a.sock"), join(sandbox.home, "tokens/t.sock")];
    const agent = sandbox.start(["agent", "--listen", `unix:${api}`, "--tokens", `unix:${tokens}`]);
    const [, key = ""] = await agent.seen(/TOKENFLOW_PROXY_KEY=(\S+)/);
    await using ssh = await startSsh(join(sandbox.home, "ssh"));
    const remote = join(sandbox.home, "remote.sock");
    const ask = (path: string, header = ""): string =>
      `curl -s -w ' %{http_code}' ${header} --unix-socket ${remote} http://localhost${path}`;

    const served = await ssh.forward(remote, api, ask("/v1/models", `-H 'Authorization: Bearer ${key}'`));
    expect(served).toMatch(/"id":"gpt-4\.1".* 200$/s);
    // It ends with the connection, but for the socket's file, which ssh leaves.
    await expect(run("sh", ["-c", ask("/v1/models")])).rejects.toMatchObject({ code: 7 });
    await run("rm", ["-f", remote]);
    expect(await ssh.forward(remote, api, ask("/v1/models"))).toMatch(/ 401$/);
    await run("rm", ["-f", remote]);
    const refused = await ssh.forward(remote, tokens, ask("/copilot"));
    expect(refused).toMatch(/ 401$/);
    expect(refused).not.toContain("tid=");
    agent.child.kill("SIGTERM");
    await agent.ended;
  },
);
