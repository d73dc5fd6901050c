import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, type Server } from "node:net";
import { join } from "node:path";
import { hasServices, startTunnelProxy } from "@tokenflow/services";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const installed = hasServices("openssl");
let sandbox: Sandbox;
let ca = "";
let services: Readonly<Record<string, string>> = {};
let proxyUrl = "";
const tunnels: string[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  if (!installed) return;
  sandbox = await openSandbox();
  const { simulator, home } = sandbox;
  ca = join(home, "ca.pem");
  const key = join(home, "key.pem");
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"],
      ...["-subj", "/CN=corp", "-addext", "subjectAltName=DNS:*.corp.test", "-keyout", key, "-out", ca],
    ],
    { stdio: "ignore" },
  );

  /** Each name is one of the simulated services, over TLS. */
  const targets: Readonly<Record<string, string>> = {
    "github.corp.test": simulator.env["TOKENFLOW_GITHUB_URL"] ?? "",
    "api.corp.test": simulator.env["TOKENFLOW_GITHUB_API_URL"] ?? "",
    "copilot.corp.test": simulator.copilotUrl,
  };
  services = {
    TOKENFLOW_GITHUB_URL: "https://github.corp.test",
    TOKENFLOW_GITHUB_API_URL: "https://api.corp.test",
    TOKENFLOW_COPILOT_API_URL: "https://copilot.corp.test",
  };
  const tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(ca) }, (incoming, outgoing) => {
    const target = targets[(incoming.headers.host ?? "").split(":")[0] ?? ""] ?? "";
    const { method, headers, url = "" } = incoming;
    const passed = request(
      target + url,
      { method, headers: { ...headers, host: new URL(target).host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    incoming.pipe(passed);
  });
  const tlsPort = await listen(tls);
  const proxy = createServer((incoming, outgoing) => {
    tunnels.push(`plain ${incoming.url ?? ""}`);
    outgoing.writeHead(502).end();
  }).on("connect", ({ url = "" }, socket) => {
    tunnels.push(url);
    const there = connect(tlsPort, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      socket.pipe(there).pipe(socket);
    });
    for (const end of [socket, there]) end.on("error", () => [socket, there].forEach((one) => one.destroy()));
  });
  proxyUrl = `http://127.0.0.1:${await listen(proxy)}`;
});
afterAll(async () => {
  if (!installed) return;
  await sandbox[Symbol.asyncDispose]();
  for (const server of servers) server.close();
});

test.skipIf(!installed)(
  "sign-in, redemption, api and a command's own requests, with the organization's certificate",
  async () => {
    const env = { ...services, HTTPS_PROXY: proxyUrl, NODE_EXTRA_CA_CERTS: ca };
    const { exit, stderr } = await sandbox.signIn(["copilot"], undefined, env);
    expect(exit, stderr).toBe(0);
    expect(new Set(tunnels)).toEqual(new Set(["github.corp.test:443", "api.corp.test:443"]));

    tunnels.length = 0;
    expect(await sandbox.run(["api", "copilot", "/models"], env)).toMatchObject({ exit: 0, stderr: "" });
    expect(tunnels).toEqual(["copilot.corp.test:443"]);

    tunnels.length = 0;
    const script =
      'const url = process.env.OPENAI_BASE_URL + "/models"; const headers = { authorization: "Bearer " + process.env.OPENAI_API_KEY }; fetch(url, { headers }).then((answer) => console.log(answer.status));';
    const child = await sandbox.run(["exec", "copilot", "--", process.execPath, "-e", script], {
      ...env,
      HTTP_PROXY: proxyUrl,
      NODE_USE_ENV_PROXY: "1",
    });
    expect(child).toMatchObject({ exit: 0, stdout: "200\n", stderr: "" });
    expect(new Set(tunnels)).toEqual(new Set(["copilot.corp.test:443"]));
  },
);

test.skipIf(!installed)("lower-case variables win, and NO_PROXY connects directly", async () => {
  const env = { ...services, NODE_EXTRA_CA_CERTS: ca, HTTPS_PROXY: "http://127.0.0.1:9" };
  tunnels.length = 0;
  expect(await sandbox.run(["api", "copilot", "/models"], { ...env, https_proxy: proxyUrl })).toMatchObject({
    exit: 0,
  });
  expect(tunnels).toHaveLength(1);
  const straight = await sandbox.run(["api", "copilot", "/models"], {
    ...env,
    https_proxy: proxyUrl,
    NO_PROXY: ".corp.test",
  });
  expect(straight.exit).toBe(7);
  expect(straight.stderr).toMatch(
    /^tokenflow: no answer from copilot\.corp\.test \((?:ENOTFOUND|EAI_AGAIN)\)\. /,
  );
  expect(tunnels).toHaveLength(1);
});

test.skipIf(!installed)("an untrusted certificate is reported with its fix", async () => {
  const env = { ...services, HTTPS_PROXY: proxyUrl };
  const hint =
    "The certificate is not trusted. Set NODE_EXTRA_CA_CERTS to a file with your organization's certificates.";
  for (const args of [
    ["api", "copilot", "/models"],
    ["token", "copilot", "--force-refresh"],
  ]) {
    const { exit, stderr } = await sandbox.run(args, env);
    expect(exit).toBe(7);
    expect(stderr).toContain(hint);
  }
});

test.skipIf(!installed)(
  "loopback needs no proxy, and one that cannot be used is exit 2 and not shown",
  async () => {
    const away = { HTTP_PROXY: "http://127.0.0.1:9", HTTPS_PROXY: "http://127.0.0.1:9" };
    expect((await sandbox.signIn(["hyper"], undefined, away)).exit).toBe(0);
    expect(await sandbox.run(["api", "hyper", "/models"], away)).toMatchObject({ exit: 0, stderr: "" });
    const { exit, stderr } = await sandbox.run(["api", "copilot", "/models"], {
      ...services,
      HTTPS_PROXY: "socks5://user:s3cret@proxy:1080",
    });
    expect([exit, stderr]).toEqual([
      2,
      "tokenflow: HTTPS_PROXY names a socks5 proxy, which is not supported. Set it to an http or https proxy, as http://host:port, with special characters of a password as %40.\n",
    ]);
  },
);

test.skipIf(!installed)("a proxy that refuses leaves no trace in the session", async () => {
  await using refusing = await startTunnelProxy(() => ({ status: 407 }));
  const env = { ...services, NODE_EXTRA_CA_CERTS: ca };
  const record = (): Promise<string> => readFile(join(sandbox.folder, "copilot.json"), "utf8");
  // The failure of an earlier test is repeated until its pause has ended.
  await expect
    .poll(() => sandbox.run(["refresh", "copilot"], { ...env, HTTPS_PROXY: refusing.url }), {
      timeout: 30_000,
    })
    .toMatchObject({
      exit: 7,
      stderr: `tokenflow: the proxy ${refusing.host} wants a user name and a password for api.corp.test (407). Put both into its address, as user:password@host:port.\n`,
    });
  expect(JSON.parse(await record())).not.toHaveProperty("mark");
  const { stdout } = await sandbox.run(["status", "--json"], env);
  expect(stdout).not.toContain("interrupted");
  await expect
    .poll(async () => (await sandbox.run(["refresh", "copilot"], { ...env, HTTPS_PROXY: proxyUrl })).exit)
    .toBe(0);
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
