import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { importSession, Token } from "@tokenflow/core";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createFileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

/** Returns our files and Node's modules that the process had loaded when it ended. @param input a file for stdin */
async function loadedBy(
  sandbox: Sandbox,
  args: readonly string[],
  input = "",
): Promise<{ readonly files: readonly string[]; readonly builtins: readonly string[] }> {
  const report = join(sandbox.home, "loaded.json");
  const hook = join(sandbox.home, "report-loaded.cjs");
  await writeFile(
    hook,
    `process.on("exit", () => require("node:fs").writeFileSync(${JSON.stringify(report)}, JSON.stringify({
      files: Object.keys(require.cache), builtins: process.moduleLoadList })));`,
  );
  await rm(report, { force: true });
  const question = join(sandbox.home, "question");
  await writeFile(question, input);
  await using stdin = await open(question);
  const env = { NODE_OPTIONS: `--require ${hook}` };
  const { exit } = await sandbox.start(args, env, undefined, stdin.fd).ended;
  expect(exit).toBe(0);
  const { files, builtins } = JSON.parse(await readFile(report, "utf8")) as {
    readonly files: readonly string[];
    readonly builtins: readonly string[];
  };
  return {
    files: files.filter((file) => file !== hook).map((file) => file.slice(file.lastIndexOf("/") + 1)),
    builtins: builtins
      .filter((name) => name.startsWith("NativeModule "))
      .map((name) => name.slice("NativeModule ".length)),
  };
}

/** Modules of Node that take time to load: `fetch`, sockets, streams, encryption, asynchronous files, workers. */
const COSTLY = new Set([
  "internal/deps/undici/undici",
  "stream",
  "net",
  "perf_hooks",
  "http",
  "https",
  "tls",
  "crypto",
  "internal/crypto/webcrypto",
  "internal/fs/promises",
  "readline",
  "worker_threads",
]);

test("a fresh token and the version load one file", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const formats = ["header", "headers-json", "json", "netrc"].map((format) => [
    "token",
    "copilot",
    "--format",
    format,
  ]);
  for (const args of [["token", "copilot"], ["--version"], ...formats]) {
    const { files, builtins } = await loadedBy(sandbox, args);
    expect.soft(files, args.join(" ")).toEqual(["bin.cjs"]);
    expect
      .soft(
        builtins.filter((name) => COSTLY.has(name)),
        args.join(" "),
      )
      .toEqual([]);
  }
  // The same check for a command that sends a request shows that the check works. It needs no `fetch`.
  const forced = await loadedBy(sandbox, ["token", "copilot", "--force-refresh"]);
  expect(forced.builtins).toContain("http");
  expect(forced.builtins.filter((name) => /undici|http2|^tls$/.test(name))).toEqual([]);
  const size = (await readFile(join(import.meta.dirname, "../../dist/bin.cjs"))).byteLength;
  expect(size).toBeLessThan(51 * 1024);
});

test("every format says the same of a bundled provider on both paths", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const withoutIds = (text: string): string =>
    text.replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, "<id>");
  for (const format of ["header", "headers-json", "json", "netrc", "env", "kubectl"]) {
    const args = ["token", "copilot", "--format", format];
    const fast = await sandbox.run(args);
    const slow = await sandbox.run([...args, "--verbose"]);
    expect.soft(fast.exit, format).toBe(0);
    expect.soft(withoutIds(fast.stdout), format).toBe(withoutIds(slow.stdout));
  }
  const { base_url: url } = JSON.parse(
    (await sandbox.run(["token", "copilot", "--format", "json"])).stdout,
  ) as { readonly base_url: string };
  const { host, protocol } = new URL(url);
  const question = `capability[]=authtype\nprotocol=${protocol.slice(0, -1)}\nhost=${host}\n\n`;
  for (const words of [["copilot", "get"], ["get"]]) {
    const args = ["token", "--format", "git", ...words];
    expect.soft((await loadedBy(sandbox, args, question)).files).toEqual(["bin.cjs"]);
    const fast = await sandbox.run(args, {}, question);
    expect.soft(fast.stdout, words.join(" ")).toContain("credential=");
    expect.soft(fast.stdout).toBe((await sandbox.run([...args, "--verbose"], {}, question)).stdout);
    const elsewhere = question.replace(host, "other.example.org");
    expect.soft((await sandbox.run(args, {}, elsewhere)).stdout, words.join(" ")).toBe("");
  }
});

test("a format and a helper load one file too, and read stdin only if the protocol asks", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server);
  for (const format of ["kubectl", "headers-json", "env"]) {
    const { files, builtins } = await loadedBy(sandbox, ["token", "work", "--format", format]);
    expect.soft(files, format).toEqual(["bin.cjs"]);
    expect
      .soft(
        builtins.filter((name) => COSTLY.has(name)),
        format,
      )
      .toEqual([]);
  }
  // What is there already needs no stream.
  const docker = await loadedBy(sandbox, ["token", "work", "--format", "docker", "get"], server.url);
  expect(docker.files).toEqual(["bin.cjs"]);
  expect(docker.builtins.filter((name) => COSTLY.has(name))).toEqual([]);
});

test("a token that belongs to another address is handed to nobody, on either path", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const elsewhere = { TOKENFLOW_GITHUB_URL: "https://ghe.example.org", TOKENFLOW_GITHUB_API_URL: "" };
  const insecure = { TOKENFLOW_COPILOT_API_URL: "http://gateway.example.org" };
  for (const format of ["header", "headers-json", "json", "netrc"]) {
    for (const env of [elsewhere, insecure]) {
      const args = ["token", "copilot", "--format", format];
      expect.soft(await sandbox.run(args, env), format).toMatchObject({ exit: 2, stdout: "" });
      expect.soft((await sandbox.run([...args, "--verbose"], env)).stdout, format).toBe("");
    }
  }
});

test("a tenant's token is not for the API of github.com", async () => {
  await using sandbox = await openSandbox();
  await importSession({
    provider: createCopilotProvider({ host: "acme.ghe.com" }),
    store: createFileStore({ folder: sandbox.folder }),
    grant: createCopilotGrant("ghu_tenant", { host: "acme.ghe.com" }),
    token: new Token({
      accessToken: "tid=tenant",
      issuedAt: Date.now(),
      expiresAt: Date.now() + 1_800_000,
      details: { host: "acme.ghe.com", endpoints: { api: "https://copilot-api.acme.ghe.com" } },
    }),
  });
  const env = { TOKENFLOW_GITHUB_URL: "", TOKENFLOW_GITHUB_API_URL: "", TOKENFLOW_COPILOT_API_URL: "" };
  const question = (host: string): string => `protocol=https\nhost=${host}\n\n`;
  for (const more of [[], ["--verbose"]]) {
    for (const words of [["get"], ["copilot", "get"]]) {
      const args = ["token", "--format", "git", ...words, ...more];
      expect
        .soft((await sandbox.run(args, env, question("api.githubcopilot.com"))).stdout, args.join(" "))
        .toBe("");
    }
    const args = ["token", "--format", "git", "copilot", "get", ...more];
    expect
      .soft((await sandbox.run(args, env, question("copilot-api.acme.ghe.com"))).stdout)
      .toContain("tid=tenant");
    const netrc = await sandbox.run(["token", "copilot", "--format", "netrc", ...more], env);
    expect.soft(netrc.stdout).toMatch(/^machine copilot-api\.acme\.ghe\.com [^\n]*\n$/);
  }
});

test("a provider that is misconfigured is not in the way of another one", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server);
  const { host } = new URL(server.url);
  const question = `protocol=http\nhost=${host}\n\n`;
  for (const more of [[], ["--verbose"]]) {
    const args = ["token", "--format", "git", "get", ...more];
    const answer = await sandbox.run(args, { HYPER_URL: "http://hyper.example.org" }, question);
    expect
      .soft(answer, args.join(" "))
      .toMatchObject({ exit: 0, stdout: expect.stringContaining("password=") });
  }
});

test("the fast path returns the same session as the command", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const stored = await sandbox.run(["token", "copilot"]);
  expect(await sandbox.run(["token", "copilot", "--verbose"])).toMatchObject({ stdout: stored.stdout });

  const given = await sandbox.run(["token", "copilot"], {
    TOKENFLOW_COPILOT_TOKEN: "tid=given-by-the-environment",
  });
  expect(given).toMatchObject({ exit: 0, stdout: "tid=given-by-the-environment\n" });
  const elsewhere = await sandbox.run(["token", "copilot"], { TOKENFLOW_HOME: join(sandbox.home, "empty") });
  expect(elsewhere).toMatchObject({ exit: 3, stdout: "" });

  const config = join(sandbox.folder, "config.json");
  await writeFile(config, '{ "encryption": "env" }');
  expect(await sandbox.run(["token", "copilot"])).toMatchObject({ exit: 8, stdout: "" });
  await writeFile(config, '{ "store": "redis://127.0.0.1:1" }');
  expect(await sandbox.run(["token", "copilot"])).toMatchObject({ exit: 8, stdout: "" });
  await writeFile(config, "{");
  expect(await sandbox.run(["token", "copilot"])).toMatchObject({ exit: 2, stdout: "" });
  await rm(config);

  const record = await readFile(join(sandbox.folder, "copilot.json"), "utf8");
  await mkdir(sandbox.folder, { recursive: true });
  await writeFile(join(sandbox.folder, "later.json"), record, { mode: 0o600 });
  expect(await sandbox.run(["token", "later"])).toMatchObject({ exit: 2, stdout: "" });
});
