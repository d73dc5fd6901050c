import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Running, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;
let token = "";

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
  token = (await sandbox.run(["token", "copilot"])).stdout.trim();
});
afterAll(() => sandbox[Symbol.asyncDispose]());

test("the openai package needs no other setting", async () => {
  const script = await scriptWith(
    "openai",
    `const client = new OpenAI();
     const answer = await client.chat.completions.create({ model: "gpt-4.1", messages: [{ role: "user", content: "hello" }] });
     let streamed = "";
     for await (const part of await client.chat.completions.create({ model: "gpt-4.1", stream: true, messages: [{ role: "user", content: "hello" }] }))
       streamed += part.choices[0]?.delta?.content ?? "";
     console.log(JSON.stringify({ whole: answer.choices[0].message.content, streamed }));`,
    "OpenAI",
  );
  const { exit, stdout, stderr } = await sandbox.run(["exec", "copilot", "--", process.execPath, script]);
  expect(stderr).toBe("");
  expect(exit).toBe(0);
  const { whole, streamed } = JSON.parse(stdout) as Record<"whole" | "streamed", string>;
  expect(whole.length).toBeGreaterThan(0);
  expect(streamed).toBe(whole);
});

test("@anthropic-ai/sdk needs no other setting and uses the chosen model", async () => {
  const script = await scriptWith(
    "@anthropic-ai/sdk",
    `const client = new Anthropic();
     const model = process.env.ANTHROPIC_DEFAULT_SONNET_MODEL;
     const ask = { model, max_tokens: 64, messages: [{ role: "user", content: "hello" }] };
     const { content } = await client.messages.create(ask);
     const streamed = await client.messages.stream(ask).finalText();
     console.log(JSON.stringify({ whole: content[0].text, streamed }));`,
    "Anthropic",
  );
  const { exit, stdout, stderr } = await sandbox.run(["exec", "copilot", "--", process.execPath, script]);
  // The SDK itself says which of its two variables counts, and which models will retire.
  expect([exit, stderr.includes("tokenflow")]).toEqual([0, false]);
  const { whole, streamed } = JSON.parse(stdout) as Record<"whole" | "streamed", string>;
  expect(whole.length).toBeGreaterThan(0);
  expect(streamed).toBe(whole);
});

test.skipIf(process.platform !== "linux")(
  "the token is in neither environment nor arguments nor files of the child",
  async () => {
    const running = sandbox.start(["exec", "copilot", "--", "sh", "-c", 'echo "pid $$"; exec sleep 60']);
    const [, pid = ""] = await running.seen(/pid (\d+)/);
    await expect.poll(() => readFile(`/proc/${pid}/comm`, "utf8")).toBe("sleep\n");
    const environment = await readFile(`/proc/${pid}/environ`, "utf8");
    const ours = `/proc/${running.child.pid ?? 0}`;
    const seen = [
      environment,
      await readFile(`/proc/${pid}/cmdline`, "utf8"),
      await readFile(`${ours}/cmdline`, "utf8"),
      await readFile(`${ours}/environ`, "utf8"),
      ...(await filesBelow(sandbox.home, sandbox.folder)),
    ].join("\n");
    expect(environment).toMatch(/OPENAI_BASE_URL=http:\/\/127\.0\.0\.1:\d+\/v1\0/);
    expect(environment).toMatch(/OPENAI_API_KEY=[\w-]{43}\0/);
    expect(seen).not.toContain(token);
    expect(seen).not.toMatch(/gh[a-z]_/);
    process.kill(Number(pid), "SIGTERM");
    expect((await running.ended).exit).toBe(128 + 15);
  },
);

test("the child gets our variables, keeps the person's choices, and loses secrets, which are named", async () => {
  const { exit, stdout, stderr } = await sandbox.run(["exec", "--", "env"], {
    ANTHROPIC_API_KEY: "sk-ant-other",
    CLAUDE_CODE_USE_BEDROCK: "1",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "mine",
    OPENAI_API_KEY: "sk-other",
    TOKENFLOW_PASSPHRASE: "open sesame",
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "intern.test",
    UNTOUCHED: "as it was",
  });
  expect(exit).toBe(0);
  expect(stderr).toBe(
    "tokenflow: removed from the environment of the command: ANTHROPIC_API_KEY, CLAUDE_CODE_USE_BEDROCK, TOKENFLOW_PASSPHRASE.\n",
  );
  const env = Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/s)));
  expect(env).toMatchObject({
    OPENAI_API_BASE: env["OPENAI_BASE_URL"],
    ANTHROPIC_BASE_URL: env["OPENAI_BASE_URL"].replace(/\/v1$/, ""),
    ANTHROPIC_AUTH_TOKEN: env["OPENAI_API_KEY"],
    ANTHROPIC_DEFAULT_SONNET_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "mine",
    UNTOUCHED: "as it was",
  });
  expect(env["OPENAI_API_KEY"]).not.toContain("sk-other");
  expect(stdout).not.toMatch(/sk-ant-other|open sesame/);
});

test("a token of the environment is not passed to the child", async () => {
  const { stdout, stderr } = await sandbox.run(["exec", "hyper", "--", "env"], {
    HYPER_API_KEY: "sk-hyper-simulated",
    TOKENFLOW_OAUTH_ID_EXAMPLE_ORG_TOKEN: "given-elsewhere",
  });
  expect(stderr).toBe(
    "tokenflow: removed from the environment of the command: HYPER_API_KEY, TOKENFLOW_OAUTH_ID_EXAMPLE_ORG_TOKEN.\n",
  );
  expect(stdout).not.toMatch(/sk-hyper-simulated|given-elsewhere/);
});

test("the proxy requires its key and ends with the child", async () => {
  const running = sandbox.start(
    ["exec", "copilot", "--", "sh", "-c", 'echo "at $OPENAI_BASE_URL with $OPENAI_API_KEY"; read line'],
    {},
    undefined,
    "pipe",
  );
  const [, url = "", key = ""] = await running.seen(/at (\S+) with (\S+)/);
  expect((await fetch(`${url}/models`)).status).toBe(401);
  expect((await fetch(`${url}/models`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
  running.child.stdin?.end("\n");
  expect((await running.ended).exit).toBe(0);
  await expect(fetch(`${url}/models`)).rejects.toThrow("fetch failed");
});

test("the exit code is the child's, or a shell's if the child cannot be started", async () => {
  const run = async (...line: readonly string[]): Promise<readonly [number | null, string]> => {
    const { exit, stderr } = await sandbox.run(["exec", "copilot", "--", ...line]);
    return [exit, stderr];
  };
  expect(await run("sh", "-c", "exit 41")).toEqual([41, ""]);
  expect(await run("sh", "-c", "kill -9 $$")).toEqual([137, ""]);
  expect(await run("/dev/null/x")).toEqual([126, "tokenflow: /dev/null/x cannot be run (ENOTDIR).\n"]);
  expect(await run("no-such-command")).toEqual([127, "tokenflow: no-such-command was not found.\n"]);
  expect(await run(sandbox.home)).toEqual([126, `tokenflow: ${sandbox.home} cannot be run (EACCES).\n`]);
});

test("signals go to the child, and its options are not ours", async () => {
  for (const [signal, number] of [
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ] as const) {
    const running = waitingChild(`trap 'echo got; exit ${40 + number}' ${signal.slice(3)}`);
    await running.seen(/ready/);
    running.child.kill(signal);
    expect(await running.ended).toMatchObject({
      exit: 40 + number,
      stdout: "ready --json --verbose -h\ngot\n",
      stderr: "",
    });
  }
});

test("one Ctrl-C at a terminal reaches the child once", async () => {
  // A second one would arrive within milliseconds; the child waits longer than that.
  const script =
    'let count = 0; process.on("SIGINT", () => { count += 1; if (count === 1) setTimeout(() => { console.log("got " + count); process.exit(); }, 300); }); setInterval(() => {}, 1e6); console.log("ready");';
  const running = sandbox.startInTerminal(["exec", "copilot", "--", process.execPath, "-e", script]);
  await running.seen(/ready/);
  running.child.stdin?.write("\u0003");
  const { stdout } = await running.ended;
  expect(stdout).toContain("got 1");
});

test("errors before the command starts have our exit codes", async () => {
  const marker = join(sandbox.home, "started");
  expect(await sandbox.run(["exec", "hyper", "--", "touch", marker])).toMatchObject({
    exit: 3,
    stderr: "tokenflow: not signed in to hyper (looked in ~/.config/tokenflow). Run: tokenflow login hyper\n",
  });
  expect(await sandbox.run(["exec", "copilot"])).toMatchObject({
    exit: 2,
    stderr: "tokenflow: specify a command after --. Run: tokenflow exec copilot -- <command>\n",
  });
  expect(
    await sandbox.run(["exec", "copilot", "--upstream", "https://evil.test", "--", "touch", marker]),
  ).toMatchObject({
    exit: 2,
    stderr:
      "tokenflow: GitHub Copilot has its own API, and its tokens are sent nowhere else. Remove --upstream.\n",
  });
  await expect(readFile(marker)).rejects.toThrow("ENOENT");
});

function waitingChild(trap: string): Running {
  const line = `${trap}; echo "ready $*"; while :; do sleep 0.05; done`;
  return sandbox.start(["exec", "copilot", "--", "sh", "-c", line, "sh", "--json", "--verbose", "-h"]);
}

/** Writes a module next to the packages that it imports. */
async function scriptWith(name: string, source: string, binding: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(name);
  const path = join(sandbox.home, `${name.replaceAll(/\W/g, "-")}.mjs`);
  await writeFile(path, `import ${binding} from ${JSON.stringify(entry)};\n${source}`);
  return path;
}

async function filesBelow(folder: string, except: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile() && !join(entry.parentPath, entry.name).startsWith(`${except}/`))
      .map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
  );
}
