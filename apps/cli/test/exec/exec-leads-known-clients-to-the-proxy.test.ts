import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLIENTS } from "../../src/clients/table.ts";
import { type Ended, openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let programs = "";

/** Prints what it was started with, and the files that its arguments name. */
const PROGRAM = `#!${process.execPath}
const { readFileSync } = require("node:fs");
const args = process.argv.slice(2);
const files = args.filter((arg) => arg.includes("tokenflow-exec-")).map((path) => readFileSync(path, "utf8"));
console.log(JSON.stringify({ args, env: process.env, files }));
`;

/** Clients that exec cannot lead to the proxy: what they read, and what to do instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  crush:
    "Crush reads the address of a provider from its settings alone. It will not use this proxy. Use: tokenflow proxy, then tokenflow setup crush.",
  cline:
    "Cline reads the address of a provider from its settings alone. It will not use this proxy. Use: tokenflow proxy, then tokenflow setup cline.",
  cn: "Continue reads the address of a model from its settings alone. It will not use this proxy. Use: tokenflow proxy, then tokenflow setup continue.",
  zed: "Zed reads the address of a provider from its settings alone. It will not use this proxy. Use: tokenflow proxy, then tokenflow setup zed.",
  gemini: "Gemini CLI speaks an API that the proxy does not serve. It will not use this proxy.",
};

interface Started {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
  programs = join(sandbox.home, "bin");
  await mkdir(programs);
  for (const name of [
    "claude",
    "codex",
    "opencode",
    "pi",
    "qwen",
    "goose",
    "aider",
    ...Object.keys(ELSEWHERE),
  ]) {
    await writeFile(join(programs, name), PROGRAM);
    await chmod(join(programs, name), 0o755);
  }
});
afterAll(() => sandbox[Symbol.asyncDispose]());

async function start(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended & Started> {
  const path = `${programs}:${process.env["PATH"]}`;
  const ended = await sandbox.run(["exec", "copilot", "--", ...words], { PATH: path, ...env });
  return { ...ended, ...(JSON.parse(ended.stdout) as Started) };
}

test("claude gets a model for each family, limits, and no key that it would ask about", async () => {
  const { env, args, stderr } = await start(["claude", "-p", "hi"], {
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "mine",
  });
  expect(stderr).toBe("");
  expect(args).toEqual(["-p", "hi"]);
  expect(env).toMatchObject({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_SONNET_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_FABLE_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "mine",
    CLAUDE_CODE_DISABLE_1M_CONTEXT: "1",
    CLAUDE_CODE_AUTO_COMPACT_WINDOW: expect.stringMatching(/^\d+$/),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  });
  expect(env).not.toHaveProperty("ANTHROPIC_API_KEY");
});

test("other programs get ANTHROPIC_API_KEY, which some know alone", async () => {
  const { stdout } = await sandbox.run(["exec", "copilot", "--", "env"]);
  const [, token = ""] = /^ANTHROPIC_AUTH_TOKEN=(.+)$/m.exec(stdout) ?? [];
  expect(stdout).toContain(`ANTHROPIC_API_KEY=${token}\n`);
});

test("codex gets the proxy as its provider, before the person's own arguments", async () => {
  const { args, env, stderr } = await start(["codex", "exec", "-m", "gpt-4.1", "hi"]);
  expect(stderr).toBe("");
  expect(args.slice(-4)).toEqual(["exec", "-m", "gpt-4.1", "hi"]);
  expect(args).toContain('model_provider="tokenflow"');
  expect(args).toContain('model="gpt-5-codex"');
  expect(args).toContain("model_context_window=272000");
  expect(args).toContain(
    `model_providers.tokenflow={name="TokenFlow",base_url="${env["OPENAI_BASE_URL"]}",wire_api="responses",env_key="OPENAI_API_KEY"}`,
  );
});

test("pi gets an extension with the proxy as its providers, which is removed afterwards", async () => {
  const { args, env, files } = await start(["pi", "-p", "hi"]);
  expect(args).toEqual(["-e", expect.any(String), "--model", "tokenflow/gpt-4.1", "-p", "hi"]);
  expect(files[0]).toContain(JSON.stringify(env["OPENAI_BASE_URL"]));
  expect(files[0]).not.toContain(env["OPENAI_API_KEY"]);
  expect(env["PI_OFFLINE"]).toBe("1");
  await expect(readFile(args[1] ?? "")).rejects.toThrow("ENOENT");
});

test("opencode gets a provider for each API", async () => {
  const { env } = await start(["opencode", "run", "hi"], { OPENCODE_CONFIG_CONTENT: "{}" });
  const { provider, model } = JSON.parse(env["OPENCODE_CONFIG_CONTENT"] ?? "") as {
    readonly model: string;
    readonly provider: Readonly<Record<string, { readonly npm: string; readonly models: object }>>;
  };
  expect(model).toBe("tokenflow/gpt-4.1");
  expect(provider["tokenflow"]?.npm).toBe("@ai-sdk/openai-compatible");
  expect(provider["tokenflow"]?.models).toMatchObject({
    "gpt-4.1": { limit: { context: 128_000, output: 16_384 } },
  });
  expect(provider["tokenflow-responses"]).toMatchObject({
    npm: "@ai-sdk/openai",
    models: { "gpt-5-codex": {} },
  });
});

test("qwen gets no option twice, which it would crash on", async () => {
  const own = ["--model", "claude-sonnet-4.5", "-p", "hi"];
  expect((await start(["qwen", ...own])).args).toEqual(["--auth-type", "openai", ...own]);
  const { args } = await start(["qwen", "-p", "hi"]);
  expect(args).toEqual(["--auth-type", "openai", "--model", "gpt-4.1", "-p", "hi"]);
});

test("goose is led to the proxy in place of the provider of the person's own variables", async () => {
  const { env } = await start(["goose", "session"], { GOOSE_PROVIDER: "anthropic" });
  expect(env).toMatchObject({
    GOOSE_PROVIDER: "openai",
    GOOSE_MODEL: "gpt-4.1",
    OPENAI_HOST: env["ANTHROPIC_BASE_URL"],
  });
});

test("aider gets a model, its own switches and both addresses", async () => {
  const { env, stderr } = await start(["aider"]);
  expect(stderr).toBe("");
  expect(env).toMatchObject({
    AIDER_MODEL: "openai/gpt-4.1",
    AIDER_ANALYTICS: "false",
    AIDER_CHECK_UPDATE: "false",
    AIDER_SHOW_MODEL_WARNINGS: "false",
    OPENAI_API_BASE: `${env["ANTHROPIC_BASE_URL"]}/v1`,
    ANTHROPIC_API_BASE: env["ANTHROPIC_BASE_URL"],
  });
});

test.each(Object.entries(ELSEWHERE))("%s would go elsewhere, and is named", async (name, sentence) => {
  expect((await start([name])).stderr).toBe(`tokenflow: ${sentence}\n`);
});

test("a client in a line for a shell gets no arguments, and is named", async () => {
  expect((await start(["sh", "-c", "codex hi"])).stderr).toMatch(/codex needs arguments of ours/);
});

test("every client that setup knows and that has a program is led to the proxy, or named", () => {
  const { codex, opencode, aider, pi, goose, "claude-code": claude, "qwen-code": qwen, ...others } = CLIENTS;
  expect([codex, opencode, aider, pi, goose, claude, qwen]).not.toContain(undefined);
  const unled = Object.values(others).flatMap(({ programs = [] }) => programs.slice(0, 1));
  expect(unled.toSorted()).toEqual(
    Object.keys(ELSEWHERE)
      .filter((name) => name !== "gemini")
      .toSorted(),
  );
});
