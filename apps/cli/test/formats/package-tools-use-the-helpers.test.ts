import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createCertificate, hasServices, isInstalled } from "@tokenflow/services";
import { describe, expect, test, vi } from "vitest";
import { installed } from "../support/installed.ts";
import { openSandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

// Each tool starts the helper for each of its requests.
vi.setConfig({ testTimeout: 60_000 });

interface Registry extends AsyncDisposable {
  readonly host: string;
  readonly certificate: string;
}

/** Starts a server with TLS, which these tools want of a registry. */
async function startRegistry(answer: RequestListener): Promise<Registry> {
  const certificate = await createCertificate({ names: ["IP:127.0.0.1"] });
  const server = createServer(certificate, answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate: certificate.cert,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

const basic = (token: string): string => `Basic ${Buffer.from(`oauth2:${token}`).toString("base64")}`;

describe.skipIf(!isInstalled("docker") || !hasServices("openssl"))("docker's command line", () => {
  test("reads from a registry by the helper of its settings, and shows nothing to another", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const seen = new Set<string | undefined>();
    await using registry = await startRegistry(({ headers: { authorization } }, response) => {
      seen.add(authorization);
      const status = authorization === undefined ? 401 : 404;
      response.writeHead(status, { "www-authenticate": 'Basic realm="r"' }).end();
    });
    const run = await installed(sandbox);
    const inspect = () => run("docker", ["manifest", "inspect", "--insecure", `${registry.host}/a:1`]);
    const token = await seedSession(sandbox, server, { declaration: { hosts: ["registry.example.org"] } });
    await sandbox.run(["setup", "docker", "work", "--write", "--yes"]);
    await inspect();
    await writeFile(join(sandbox.home, ".docker/config.json"), '{"credsStore":"tokenflow"}');
    await inspect();
    expect([...seen]).toEqual([undefined]);

    await seedSession(sandbox, server, { declaration: { hosts: [registry.host] }, token });
    await sandbox.run(["setup", "docker", "work", "--write", "--yes"]);
    await inspect();
    expect([...seen]).toEqual([undefined, basic(token)]);
  });
});

describe.skipIf(!hasServices("npm", "bash"))("npm", () => {
  test("asks a registry with the token of its settings", async () => {
    await using sandbox = await openSandbox();
    const document = {
      name: "a",
      "dist-tags": { latest: "1.2.3" },
      versions: { "1.2.3": { version: "1.2.3" } },
    };
    await using server = await startTokenServer((_request, response) => {
      response.setHeader("content-type", "application/json").end(JSON.stringify(document));
    });
    const run = await installed(sandbox);
    const token = await seedSession(sandbox, server);
    const { stdout: lines } = await sandbox.run(["setup", "npm", "work"]);
    const { exit, stdout } = await run("bash", [
      "-euc",
      `${lines}\nnpm view a version --registry ${server.url}\ngrep -c secret-token ~/.npmrc || true`,
    ]);
    expect([exit, stdout]).toEqual([0, "1.2.3\n0\n"]);
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${token}`]);
  });
});

describe.skipIf(!isInstalled("pip"))("pip", () => {
  test("asks an index with the password of its settings, as often as it asks", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer((_request, response) => {
      response
        .setHeader("content-type", "text/html")
        .end('<a href="/a-1.0-py3-none-any.whl">a-1.0-py3-none-any.whl</a>');
    });
    const run = await installed(sandbox);
    const token = await seedSession(sandbox, server);
    const { stdout: lines } = await sandbox.run(["setup", "pip", "work"]);
    // It ends with an error, since that is no wheel, and looks for its own updates, which is another session of pip.
    await run("bash", ["-euc", lines.replace("<package>", "a --no-deps --target x --retries 0")], {
      TMPDIR: sandbox.home,
    });
    expect(server.seen.map(({ path }) => path)).toContain("/a-1.0-py3-none-any.whl");
    // The list and the file; pip keeps the list for a while if the home has room for it.
    expect(server.seen.length).toBeGreaterThan(1);
    expect(new Set(server.seen.map(({ authorization }) => authorization))).toEqual(new Set([basic(token)]));
    const { stdout: left } = await run("grep", ["-rl", token, ".", "--exclude-dir=.config"]);
    expect(left).toBe("");
  });
});

describe.skipIf(!isInstalled("aws"))("aws", () => {
  test("signs with the keys that its credential process prints", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const run = await installed(sandbox);
    const keys = { AccessKeyId: "AKIA0000", SecretAccessKey: "aws-secret-key", SessionToken: "aws-session" };
    await seedSession(sandbox, server, { token: JSON.stringify(keys) });
    const path = join(sandbox.home, "aws");
    const lines = [
      "[default]",
      "credential_process = tokenflow token work --format aws",
      "region = us-east-1",
    ];
    await writeFile(path, lines.join("\n"));
    await run("aws", ["sts", "get-caller-identity", "--endpoint-url", server.url], { AWS_CONFIG_FILE: path });
    expect(server.seen[0]?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIA0000\//);
  });
});

describe.skipIf(!isInstalled("terraform") || !hasServices("openssl"))("terraform", () => {
  test("reads a module's versions by the helper of its settings, and shows nothing to another host", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const seen: (string | undefined)[] = [];
    await using registry = await startRegistry(({ headers: { authorization } }, response) => {
      seen.push(authorization);
      response.setHeader("content-type", "application/json").end('{"modules":[{"versions":[]}]}');
    });
    const run = await installed(sandbox);
    const token = await seedSession(sandbox, server, { declaration: { hosts: ["registry.example.org"] } });
    const { stdout } = await sandbox.run(["setup", "terraform", "work"]);
    const lines = stdout.trimEnd().split("\n");
    expect(await run("sh", ["-euc", lines.slice(0, -1).join("\n")])).toMatchObject({ exit: 0 });
    const init = async (host: string): Promise<void> => {
      // Its services are given, so that the host needs no name that is known here.
      const service = `host "${host}" { services = { "modules.v1" = "https://${registry.host}/" } }`;
      await writeFile(join(sandbox.home, "rc"), `${lines.at(-1)}\n${service}\n`);
      await writeFile(join(sandbox.home, "main.tf"), `module "a" { source = "${host}/x/y/z" }\n`);
      await writeFile(join(sandbox.home, "ca.pem"), registry.certificate);
      await run("terraform", ["init"], {
        SSL_CERT_FILE: join(sandbox.home, "ca.pem"),
        TF_CLI_CONFIG_FILE: join(sandbox.home, "rc"),
        CHECKPOINT_DISABLE: "1",
      });
    };
    await init("registry.example.org");
    expect(seen).toEqual([`Bearer ${token}`]);
    await init("other.example.org");
    expect(seen).toEqual([`Bearer ${token}`, undefined]);
  });
});

/** Older ones know no GOAUTH. */
const hasGo = /go1\.(?:2[4-9]|[3-9]\d)/.test(String(spawnSync("go", ["version"]).stdout));

describe.skipIf(!hasGo || !hasServices("openssl"))("go", () => {
  test("reads a module's versions by the helper of its settings, and shows nothing to another host", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const seen: (string | undefined)[] = [];
    await using registry = await startRegistry(({ url = "", headers: { authorization } }, response) => {
      seen.push(authorization);
      if (authorization === undefined) response.writeHead(401).end();
      else if (url.endsWith("/list")) response.end("v1.2.3\n");
      else response.end(url.endsWith(".info") ? '{"Version":"v1.2.3"}' : "module example.org/a\n");
    });
    const run = await installed(sandbox);
    const token = await seedSession(sandbox, server, { declaration: { hosts: ["go.example.org"] } });
    await writeFile(join(sandbox.home, "ca.pem"), registry.certificate);
    const { stdout: line } = await sandbox.run(["setup", "go", "work"]);
    const list = `${line}\ngo list -m -versions example.org/a`;
    const ask = () =>
      run("sh", ["-euc", list], {
        GOPROXY: `https://${registry.host}`,
        GONOSUMDB: "*",
        GOFLAGS: "-mod=mod",
        SSL_CERT_FILE: join(sandbox.home, "ca.pem"),
      });
    expect((await ask()).exit).not.toBe(0);
    expect(new Set(seen)).toEqual(new Set([undefined]));
    await seedSession(sandbox, server, { declaration: { hosts: [registry.host] }, token });
    expect(await ask()).toEqual({ exit: 0, stderr: "", stdout: "example.org/a v1.2.3\n" });
    expect(seen.at(-1)).toBe(`Bearer ${token}`);
  });
});
