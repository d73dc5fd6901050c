import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const KEY = "correct-horse-battery";
let sandbox: Sandbox;
const urls: Record<"open" | "keyed" | "strict", string> = { open: "", keyed: "", strict: "" };

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
  for (const [name, env] of [
    ["open", {}],
    ["keyed", { TOKENFLOW_PROXY_KEY: KEY }],
    ["strict", { TOKENFLOW_PROXY_DIALECTS: "off" }],
  ] as const) {
    const proxy = sandbox.start(["proxy", "--port", "0"], env);
    [urls[name]] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  }
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test("settings name the variable of the key and never show the key", async () => {
  for (const client of ["claude-code", "codex", "opencode", "pi", "zed"]) {
    const keyed = await sandbox.run(["setup", client, "--url", urls.keyed], { TOKENFLOW_PROXY_KEY: KEY });
    expect([client, keyed.exit]).toEqual([client, 0]);
    expect(keyed.stdout + keyed.stderr).not.toContain(KEY);
    expect(keyed.stdout + keyed.stderr).toContain("TOKENFLOW_PROXY_KEY");
  }
});

test("the models are those of the proxy, and an unknown model is refused", async () => {
  const { stdout } = await sandbox.run(["setup", "opencode", "--url", urls.open]);
  const { data } = (await (await fetch(`${urls.open}/v1/models`)).json()) as { data: { id: string }[] };
  const { provider } = JSON.parse(stdout) as { provider: Record<string, { models: object }> };
  const offered = Object.values(provider).flatMap(({ models }) => Object.keys(models));
  expect(offered.toSorted()).toEqual(
    data
      .map(({ id }) => id)
      .filter((id) => !id.includes("embed"))
      .toSorted(),
  );
  expect(
    (await sandbox.run(["setup", "aider", "--url", urls.open, "--model", "claude-sonnet-4"])).stdout,
  ).toContain("export AIDER_MODEL=openai/claude-sonnet-4\n");
  expect(
    await sandbox.run(["setup", "aider", "--url", urls.open, "--model", "claude-sonet-4"]),
  ).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('has no model "claude-sonet-4"; did you mean claude-sonnet-4?'),
  });
});

test("every model is offered to every client, those first that need no translation", async () => {
  const claude = await sandbox.run(["setup", "claude-code", "--url", urls.open, "--model", "gpt-4.1"]);
  expect(claude.stdout).toContain("export ANTHROPIC_MODEL=gpt-4-1\n");
  const openai = await sandbox.run(["setup", "openai", "--url", urls.open]);
  expect(openai.stdout).toMatch(
    /^# client\.chat\.completions: gpt-4\.1, .*claude-sonnet-4\.5.*, gpt-5-codex$/m,
  );
  expect(openai.stdout).toMatch(
    /^# client\.responses: gpt-4\.1, gpt-5-mini, gpt-5-codex, claude-sonnet-4, claude-sonnet-4\.5$/m,
  );
  const codex = await sandbox.run(["setup", "codex", "--url", urls.open, "--model", "claude-sonnet-4.5"]);
  expect(codex.stdout).toContain('model="claude-sonnet-4.5"');
});

test("if the proxy does not translate, a model that the client cannot use is refused, and not offered", async () => {
  expect(
    await sandbox.run(["setup", "claude-code", "--url", urls.strict, "--model", "gpt-4.1"]),
  ).toMatchObject({
    exit: 2,
    stdout: "",
    stderr:
      "tokenflow: Claude Code speaks Messages, and gpt-4.1 is served only at Chat Completions and Responses. Models: claude-sonnet-4, claude-sonnet-4.5\n",
  });
  expect((await sandbox.run(["setup", "openai", "--url", urls.strict])).stdout).toMatch(
    /^# client\.chat\.completions: (?!.*gpt-5-codex)/m,
  );
});

test("a model may be named as clients write it", async () => {
  const { stdout } = await sandbox.run([
    "setup",
    "claude-code",
    "--url",
    urls.open,
    "--model",
    "claude-sonnet-4-5",
  ]);
  expect(stdout).toContain("export ANTHROPIC_MODEL=claude-sonnet-4-5\n");
});

test("what codex gets is a command, which no table of its file can swallow", async () => {
  const { stdout } = await sandbox.run(["setup", "codex", "--url", urls.open]);
  expect(stdout).toMatch(/^codex -c 'model="gpt-5-codex"' -c model_context_window=272000 /);
});

test("a shell accepts the output and then finds the proxy", async () => {
  const { stdout } = await sandbox.run(["setup", "openai", "--url", urls.keyed], {
    TOKENFLOW_PROXY_KEY: KEY,
  });
  expect(stdout).toContain('export OPENAI_API_KEY="$TOKENFLOW_PROXY_KEY"');
});

test("a missing proxy, another key and an unknown client are reported with what to do", async () => {
  const port = { TOKENFLOW_PROXY_PORT: "9" };
  expect(await sandbox.run(["setup", "codex"], port)).toEqual({
    exit: 7,
    stdout: "",
    stderr: "tokenflow: no proxy responds at http://127.0.0.1:9. Run: tokenflow proxy\n",
  });
  const keyless = await sandbox.run(["setup", "codex", "--url", urls.keyed]);
  expect([keyless.exit, keyless.stdout]).toEqual([2, ""]);
  expect(keyless.stderr).toMatch(
    /^tokenflow: the proxy at \S+ requires its key\. Set TOKENFLOW_PROXY_KEY to that key\.\n$/,
  );
  expect(await sandbox.run(["setup", "codx"], port)).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('unknown client "codx"; did you mean codex?'),
  });
  expect((await sandbox.run(["setup"], port)).exit).toBe(2);
  expect((await sandbox.run(["setup", "codex", "--url", "http://example.test"])).exit).toBe(2);
});

test("nothing is written", async () => {
  const before = await readdir(sandbox.home, { recursive: true });
  await sandbox.run(["setup", "codex", "--url", urls.open]);
  expect(await readdir(sandbox.home, { recursive: true })).toEqual(before);
});
