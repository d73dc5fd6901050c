import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const KEY = "correct-horse-battery";
let sandbox: Sandbox;
const urls: Record<"open" | "keyed", string> = { open: "", keyed: "" };

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
  for (const [name, env] of [
    ["open", {}],
    ["keyed", { TOKENFLOW_PROXY_KEY: KEY }],
  ] as const) {
    const proxy = sandbox.start(["proxy", "--port", "0"], env);
    [urls[name]] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  }
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test.each(["claude-code", "codex", "opencode", "aider", "openai", "anthropic"])("%s", async (client) => {
  const plain = await sandbox.run(["setup", client, "--url", urls.open]);
  expect(plain.exit).toBe(0);
  const keyed = await sandbox.run(["setup", client, "--url", urls.keyed], { TOKENFLOW_PROXY_KEY: KEY });
  expect(keyed.exit).toBe(0);
  expect(keyed.stdout + keyed.stderr).not.toContain(KEY);
  await expectGolden(
    `setup-${client}`,
    [plain, keyed].map(({ stdout, stderr }) => stderr + stdout).join("\nWith a key:\n"),
  );
});

test("the models are those of the proxy, and an unknown model is refused", async () => {
  const { stdout } = await sandbox.run(["setup", "opencode", "--url", urls.open]);
  const { data } = (await (await fetch(`${urls.open}/v1/models`)).json()) as { data: { id: string }[] };
  const { model, provider } = JSON.parse(stdout) as {
    model: string;
    provider: { tokenflow: { models: object } };
  };
  const ids = data.map(({ id }) => id);
  expect(ids).toContain(model.replace("tokenflow/", ""));
  expect(Object.keys(provider.tokenflow.models)).toEqual(ids.filter((id) => !id.includes("embed")));
  expect(
    (await sandbox.run(["setup", "aider", "--url", urls.open, "--model", "claude-sonnet-4"])).stdout,
  ).toContain("aider --model openai/claude-sonnet-4\n");
  expect(
    await sandbox.run(["setup", "aider", "--url", urls.open, "--model", "claude-sonet-4"]),
  ).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('has no model "claude-sonet-4"; did you mean claude-sonnet-4?'),
  });
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
