import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "@decimalturn/toml-patch";
import { hasServices } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";
import { seedSession, startTokenServer } from "../support/token-server.ts";

const declaration = {
  hosts: ["git.example.org", "registry.example.org:5000"],
  upstream: "https://api.example.org/v1",
};

test("each program's settings name the provider, its hosts and the format", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server, { declaration });
  const expected: Readonly<Record<string, readonly string[]>> = {
    git: [
      "git config --global credential.https://git.example.org.helper ''",
      "git config --global --add credential.https://registry.example.org:5000.helper '!tokenflow token work --format git'",
    ],
    docker: ['"registry.example.org:5000": "tokenflow"'],
    kubectl: [
      "--exec-command=tokenflow --exec-arg=token --exec-arg=work --exec-arg=--format --exec-arg=kubectl",
    ],
    bazel: ["--format bazel", "common --credential_helper=git.example.org="],
    go: ["go env -w 'GOAUTH=tokenflow token work --format goauth'"],
    terraform: ["--format terraform", 'credentials_helper "tokenflow" {}'],
    curl: ["curl -H @<(tokenflow token work --format header) https://api.example.org/v1"],
    npm: ["npm config set '//git.example.org/:_authToken' '${TOKENFLOW_NPM_TOKEN}'"],
    pip: ['tokenflow token work --format netrc > "$netrc"', "  NETRC=$netrc pip install --index-url "],
  };
  for (const [name, parts] of Object.entries(expected)) {
    const { exit, stdout, stderr } = await sandbox.run(["setup", name]);
    expect.soft(exit, name).toBe(0);
    for (const part of parts) expect.soft(stdout, name).toContain(part);
    expect.soft(stdout + stderr, name).not.toContain(token);
  }
});

test.skipIf(!hasServices("git"))("git runs the helper that its lines name", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server);
  const bin = join(sandbox.home, "bin");
  await mkdir(bin);
  await symlink(resolve(import.meta.dirname, "../../dist/bin.cjs"), join(bin, "tokenflow"));
  await symlink(process.execPath, join(bin, "node"));
  const { stdout: lines } = await sandbox.run(["setup", "git", "work"]);
  const question = `printf 'protocol=http\\nhost=${server.host}\\n\\n' | git credential fill`;
  const { stdout } = await promisify(execFile)("sh", ["-euc", `${lines}\n${question}`], {
    env: { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: sandbox.home, GIT_TERMINAL_PROMPT: "0" },
  });
  expect(stdout).toContain(`password=${token}\n`);
});

test("docker, Codex and Claude Code get their files written, and keep the rest of them", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await seedSession(sandbox, server, { declaration });
  const read = async (path: string): Promise<unknown> => {
    const text = await readFile(join(sandbox.home, path), "utf8");
    return path.endsWith(".toml") ? parse(text) : JSON.parse(text);
  };
  await mkdir(join(sandbox.home, ".docker"));
  await writeFile(join(sandbox.home, ".docker/config.json"), '{ "credHelpers": { "gcr.io": "gcloud" } }');
  for (const args of [
    ["docker"],
    ["codex", "work"],
    ["claude-code", "work"],
    ["claude-code", "work", "--mcp", "https://git.example.org/mcp"],
  ]) {
    const done = await sandbox.run(["setup", ...args, "--write", "--yes"]);
    expect.soft(done, args.join(" ")).toMatchObject({ exit: 0, stdout: "" });
  }
  expect(await read(".docker/config.json")).toEqual({
    credHelpers: {
      "gcr.io": "gcloud",
      "git.example.org": "tokenflow",
      "registry.example.org:5000": "tokenflow",
    },
  });
  expect(await read(".codex/config.toml")).toMatchObject({
    model_provider: "work",
    model_providers: {
      work: {
        base_url: "https://api.example.org/v1",
        wire_api: "responses",
        auth: { command: "tokenflow", args: ["token", "work"], refresh_interval_ms: 300_000 },
      },
    },
  });
  expect(await read(".claude/settings.json")).toMatchObject({
    apiKeyHelper: "tokenflow token work",
    env: { ANTHROPIC_BASE_URL: "https://api.example.org/v1", CLAUDE_CODE_API_KEY_HELPER_TTL_MS: "300000" },
  });
  expect(await read(".claude.json")).toEqual({
    mcpServers: {
      work: {
        type: "http",
        url: "https://git.example.org/mcp",
        headersHelper: "tokenflow token work --format headers-json",
      },
    },
  });
  const written = await sandbox.run(["setup", "git", "--write", "--yes"]);
  expect(written).toMatchObject({ exit: 2, stderr: expect.stringContaining("setup writes no file of git") });
});

test("headersHelper answers only for an MCP server on a host of the provider", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  const token = await seedSession(sandbox, server, { declaration });
  const headers = (url: string): ReturnType<typeof sandbox.run> =>
    sandbox.run(["token", "work", "--format", "headers-json"], { CLAUDE_CODE_MCP_SERVER_URL: url });
  expect((await headers("https://git.example.org/mcp")).stdout).toBe(`{"Authorization":"Bearer ${token}"}\n`);
  for (const url of ["https://evil.example/mcp", "http://git.example.org/mcp", "not an address"])
    expect.soft(await headers(url), url).toMatchObject({ exit: 2, stdout: "" });
});

test("without a known host or API, and for the proxy's clients, setup says what to do", async () => {
  await using sandbox = await openSandbox();
  await using server = await startTokenServer();
  await sandbox.signIn();
  await seedSession(sandbox, server);
  const refused: readonly (readonly [words: string, hint: string])[] = [
    ["git", "several sessions match"],
    ["codex copilot", "Use the proxy: tokenflow proxy, and then: tokenflow setup codex"],
    ["codex work", "tokenflow config set providers.work.upstream https://"],
    ["opencode work", "only through the proxy"],
    ["git work --url http://127.0.0.1:1", "--url is for settings of the proxy"],
    ["claude-code work --mcp https://evil.example/mcp", "tokenflow config set providers.work.hosts"],
    ["aider --mcp https://mcp.example.com/mcp", '--mcp is not known for "aider"'],
    ["git nobody", 'there is no provider "nobody"'],
  ];
  for (const [words, hint] of refused) {
    const { exit, stdout, stderr } = await sandbox.run(["setup", ...words.split(" ")]);
    expect.soft([exit, stdout], words).toEqual([2, ""]);
    expect.soft(stderr, words).toContain(hint);
  }
  expect(
    await sandbox.run([
      "config",
      "set",
      "providers.work.hosts",
      "git.example.org, registry.example.org:5000",
    ]),
  ).toMatchObject({ exit: 0 });
  expect((await sandbox.run(["setup", "docker", "work"])).stdout).toContain(
    '"registry.example.org:5000": "tokenflow"',
  );
});
