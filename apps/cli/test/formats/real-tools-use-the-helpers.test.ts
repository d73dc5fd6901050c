import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createCertificate, hasServices } from "@tokenflow/services";
import { describe, expect, test, vi } from "vitest";
import { installed, type Output, type Tool } from "../support/installed.ts";
import { openSandbox } from "../support/sandbox.ts";
import { type Serve, seedSession, startTokenServer, type TokenServer } from "../support/token-server.ts";

// Each tool starts the helper for each of its requests.
vi.setConfig({ testTimeout: 60_000 });

/** Serves the repositories of a folder by `git http-backend`, to requests with a valid token. */
function gitBackend(root: string): Serve {
  return (request, response) => {
    const url = new URL(request.url ?? "", "http://git");
    const child = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env["PATH"],
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        REMOTE_USER: "ada",
        REQUEST_METHOD: request.method,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    request.pipe(child.stdin);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdout.on("end", () => {
      const answer = Buffer.concat(chunks);
      const end = answer.indexOf("\r\n\r\n");
      for (const line of answer.subarray(0, end).toString().split("\r\n")) {
        const [name = "", value = ""] = line.split(": ");
        if (name === "Status") response.statusCode = Number(value.slice(0, 3));
        else response.setHeader(name, value);
      }
      response.end(answer.subarray(end + 4));
    });
  };
}

describe.skipIf(!hasServices("git"))("git", () => {
  test("clones, pushes, and goes on after the server has ended its token", async () => {
    await using sandbox = await openSandbox();
    const root = join(sandbox.home, "repositories");
    await using server = await startTokenServer(gitBackend(root));
    await using elsewhere = await startTokenServer();
    const run = await installed(sandbox);
    const git = async (...args: readonly string[]): Promise<Output> => run("git", args);
    await mkdir(root);
    await git("init", "-q", "--bare", "-b", "main", join(root, "a.git"));
    await git("-C", join(root, "a.git"), "config", "http.receivepack", "true");
    await git("config", "--global", "credential.helper", "tokenflow");
    const first = await seedSession(sandbox, server);

    expect(await git("clone", "-q", `${server.url}/a.git`, "work")).toMatchObject({ exit: 0 });
    await writeFile(join(sandbox.home, "work/file"), "text");
    await git("-C", "work", "checkout", "-q", "-b", "main");
    await git("-C", "work", "add", "file");
    await git("-C", "work", "commit", "-q", "-m", "first");
    expect(await git("-C", "work", "push", "-q", "origin", "main")).toMatchObject({ exit: 0, stderr: "" });
    expect((await git("-C", join(root, "a.git"), "log", "--format=%s", "main")).stdout).toBe("first\n");
    expect(server.issued).toEqual([first]);

    // The server ends the token early: git reports it, and the next command has a new one.
    server.ended.add(first);
    const refused = await git("-C", "work", "fetch", "-q");
    expect(refused.exit).not.toBe(0);
    expect(refused.stderr).not.toContain(first);
    expect(await git("-C", "work", "fetch", "-q")).toMatchObject({ exit: 0, stderr: "" });
    expect(server.issued).toHaveLength(2);

    // The token has run out: nobody notices.
    await seedSession(sandbox, server, { age: 7_200_000 });
    expect(await git("-C", "work", "fetch", "-q")).toMatchObject({ exit: 0, stderr: "" });

    // Another server is shown nothing, and asks for a password as without the helper.
    const other = await git("clone", "-q", `${elsewhere.url}/a.git`, "other");
    expect(other.exit).not.toBe(0);
    expect(elsewhere.seen.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});

/** Older ones cannot send a token in a header of its own. */
const knowsBearer = /version (?:2\.(?:4[6-9]|[5-9]\d)|[3-9]\.)/.test(
  String(spawnSync("git", ["--version"]).stdout),
);

describe.skipIf(!knowsBearer)("git 2.46 and newer", () => {
  test("sends the token in a header of its own", async () => {
    await using sandbox = await openSandbox();
    const root = join(sandbox.home, "repositories");
    await using server = await startTokenServer(gitBackend(root), 'Bearer realm="files"');
    const run = await installed(sandbox);
    await mkdir(root);
    await run("git", ["init", "-q", "--bare", join(root, "a.git")]);
    await run("git", ["config", "--global", "credential.helper", "tokenflow"]);
    const token = await seedSession(sandbox, server);
    expect(await run("git", ["ls-remote", `${server.url}/a.git`])).toMatchObject({ exit: 0, stderr: "" });
    expect(server.seen.at(-1)?.authorization).toBe(`Bearer ${token}`);
  });
});

interface ApiServer extends AsyncDisposable {
  readonly host: string;
  readonly certificate: string;
  /** The `Authorization` headers of its requests. */
  readonly seen: (string | undefined)[];
}

/** Starts an API server. kubectl shows a token to nobody without TLS. */
async function startApiServer(isValid: TokenServer["isValid"]): Promise<ApiServer> {
  const certificate = await createCertificate({ names: ["IP:127.0.0.1"] });
  const seen: (string | undefined)[] = [];
  const api = createServer(certificate, ({ headers: { authorization } }, response) => {
    seen.push(authorization);
    response.setHeader("content-type", "application/json");
    if (isValid(authorization?.replace("Bearer ", ""))) response.end('{"kind":"NamespaceList","items":[]}');
    else response.writeHead(401).end('{"kind":"Status","status":"Failure","code":401}');
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  return {
    host: `127.0.0.1:${(api.address() as AddressInfo).port}`,
    certificate: Buffer.from(certificate.cert).toString("base64"),
    seen,
    async [Symbol.asyncDispose]() {
      api.closeAllConnections();
      api.close();
      await once(api, "close");
    },
  };
}

describe.skipIf(!hasServices("kubectl", "openssl"))("kubectl", () => {
  test("reads from its cluster with a fresh token, and shows none to another cluster", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    await using api = await startApiServer(server.isValid);
    await using other = await startApiServer(() => true);
    const run = await installed(sandbox);
    const path = join(sandbox.home, "kubeconfig");
    const kubectl = async ({ host, certificate }: ApiServer): Promise<Output> => {
      const exec = {
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "tokenflow",
        args: ["token", "work", "--format", "kubectl"],
        interactiveMode: "Never",
        provideClusterInfo: true,
      };
      const config = {
        apiVersion: "v1",
        kind: "Config",
        "current-context": "a",
        contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
        clusters: [
          { name: "a", cluster: { server: `https://${host}`, "certificate-authority-data": certificate } },
        ],
        users: [{ name: "a", user: { exec } }],
      };
      await writeFile(path, JSON.stringify(config));
      return run("kubectl", ["--kubeconfig", path, "get", "--raw", "/api/v1/namespaces"]);
    };
    const declaration = { hosts: [api.host] };
    const token = await seedSession(sandbox, server, { declaration });
    expect(await kubectl(api)).toEqual({
      exit: 0,
      stdout: '{"kind":"NamespaceList","items":[]}',
      stderr: "",
    });
    expect(new Set(api.seen)).toEqual(new Set([`Bearer ${token}`]));

    // This token has run out.
    await seedSession(sandbox, server, { declaration, age: 7_200_000 });
    expect(await kubectl(api)).toMatchObject({ exit: 0 });
    expect(api.seen.at(-1)).toBe(`Bearer ${server.issued.at(-1)}`);

    // The settings of another cluster name the same command.
    const refused = await kubectl(other);
    expect(refused.exit).not.toBe(0);
    expect(refused.stderr).toContain(`work is not signed in for the cluster ${other.host}`);
    expect(other.seen.filter((authorization) => authorization !== undefined)).toEqual([]);
  });
});

describe.skipIf(!hasServices("curl"))("curl", () => {
  const run = async (
    start: (server: TokenServer, tool: Tool) => Promise<Output>,
  ): Promise<{
    readonly output: Output;
    readonly authorization: string | undefined;
    readonly token: string;
  }> => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer((_request, response) => response.end("welcome"));
    const token = await seedSession(sandbox, server);
    const output = await start(server, await installed(sandbox));
    return { output, authorization: server.seen.at(-1)?.authorization, token };
  };

  test("takes the header from a file, and a password from netrc", async () => {
    const header = await run((server, tool) =>
      tool("bash", ["-c", `curl -sS -H @<(tokenflow token work --format header) ${server.url}/a`]),
    );
    expect(header.output).toEqual({ exit: 0, stdout: "welcome", stderr: "" });
    expect(header.authorization).toBe(`Bearer ${header.token}`);

    const netrc = await run((server, tool) =>
      tool("bash", ["-c", `curl -sS --netrc-file <(tokenflow token work --format netrc) ${server.url}/a`]),
    );
    expect(netrc.output).toEqual({ exit: 0, stdout: "welcome", stderr: "" });
    expect(netrc.authorization).toBe(`Basic ${Buffer.from(`oauth2:${netrc.token}`).toString("base64")}`);
  });
});

describe("docker's protocol", () => {
  test("a helper is asked as its documentation shows", async () => {
    await using sandbox = await openSandbox();
    await using server = await startTokenServer();
    const run = await installed(sandbox);
    const token = await seedSession(sandbox, server, { declaration: { hosts: ["registry.example.org"] } });
    const ask = (input: string, operation: string): Promise<Output> =>
      run("sh", ["-c", `printf '%s\n' "$0" | docker-credential-tokenflow ${operation}`, input]);
    expect(await ask("https://registry.example.org", "get")).toEqual({
      exit: 0,
      stdout: `{"ServerURL":"https://registry.example.org","Username":"oauth2","Secret":"${token}"}\n`,
      stderr: "",
    });
    expect(await ask("https://index.docker.io/v1/", "get")).toEqual({
      exit: 1,
      stdout: "credentials not found in native keychain\n",
      stderr: "",
    });
    const listed = JSON.parse((await ask("", "list")).stdout) as unknown;
    expect(listed).toEqual({ [server.url]: "oauth2", "https://registry.example.org": "oauth2" });
    expect(
      await ask('{"ServerURL":"https://a.example","Username":"<token>","Secret":"x"}', "store"),
    ).toMatchObject({
      exit: 1,
    });
  });
});
