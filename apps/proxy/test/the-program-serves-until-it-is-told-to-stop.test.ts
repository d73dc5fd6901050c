import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "@tokenflow/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen, until } from "./fixtures/upstream.ts";

const BIN = join(import.meta.dirname, "../dist/bin.js");

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "tokenflow-proxy-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly errors: () => string;
  readonly output: () => string;
  /** The exit code. */
  readonly over: Promise<number | null>;
}

/** The built program, with nothing of this machine's settings. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [BIN, ...args], {
    env: { PATH, HOME: home, TOKENFLOW_HOME: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const over = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    errors: () => errors,
    output: () => output,
    over,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await over;
    },
  };
}

async function addressOf(program: Program): Promise<string> {
  await until(() => program.errors().includes("others "), "the program said what it does");
  return /Listening on (\S+)/.exec(program.errors())?.[1] ?? "";
}

test("it says where it listens and how clients are set up, and drains at SIGTERM", async () => {
  await using simulator = await startSimulator({ chunks: 40, chunkDelay: 20 });
  const env = { ...simulator.env, TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github") };
  await using program = start(["--port", "0"], env);
  const url = await addressOf(program);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({
      model: "gpt-4.1",
      stream: true,
      messages: [{ role: "user", content: "Are you there?" }],
    }),
  });

  program.child.kill("SIGTERM");
  const text = await answer.text();

  expect(answer.status).toBe(200);
  expect(text).toMatch(/data: \[DONE\]\s*$/);
  expect(await program.over).toBe(0);
  expect(program.output()).toBe("");
  expect(program.errors()).toContain(`OPENAI_BASE_URL=${url}/v1`);
  expect(program.errors()).toMatch(/GitHub Copilot: given by the environment/);
  expect(program.errors()).toMatch(/Charm Hyper: not signed in\. Run: tokenflow login hyper/);
  expect(program.errors()).not.toContain("gh");
});

test("a second signal breaks off what is under way", async () => {
  await using simulator = await startSimulator({ chunks: 5000, chunkDelay: 20 });
  const env = { ...simulator.env, TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github") };
  await using program = start(["--port", "0"], env);
  const url = await addressOf(program);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "gpt-4.1", stream: true, messages: [{ role: "user", content: "Hm?" }] }),
  });

  program.child.kill("SIGINT");
  await until(() => program.errors().includes("another signal"), "it began to drain");
  program.child.kill("SIGINT");

  await expect(answer.text()).rejects.toThrow("terminated");
  expect(await program.over).toBe(130);
});

test("with --sign-in it shows code and link, and keeps the session", async () => {
  await using simulator = await startSimulator({ interval: 0.01 });
  await using program = start(["--port", "0", "--sign-in"], simulator.env);
  await until(() => program.errors().includes("and enter"), "the code was shown");

  simulator.approve(/and enter +(\S+)/.exec(program.errors())?.[1] ?? "");

  await until(() => program.errors().includes("Signed in to GitHub Copilot as octocat"), "it signed in");
  const url = await addressOf(program);
  expect((await fetch(`${url}/v1/models`)).status).toBe(200);
  program.child.kill("SIGTERM");
  expect(await program.over).toBe(0);

  await using again = start(["--port", "0", "--sign-in"], simulator.env);
  await addressOf(again);
  expect(again.errors()).toMatch(/GitHub Copilot: signed in as octocat · token until/);
  expect(again.errors()).not.toContain("and enter");
});

test("a sign-in that is denied ends it", async () => {
  await using simulator = await startSimulator({ interval: 0.01 });
  await using program = start(["--port", "0", "--sign-in"], {
    ...simulator.env,
    TOKENFLOW_HOME: join(home, "nobody"),
  });
  await until(() => program.errors().includes("and enter"), "the code was shown");

  simulator.deny(/and enter +(\S+)/.exec(program.errors())?.[1] ?? "");

  expect(await program.over).toBe(5);
  expect(program.errors()).toMatch(/\ntokenflow-proxy: The sign-in was denied/);
});

test("a port in use is one sentence and code 2", async () => {
  const other = createServer();
  const { port, host } = new URL(await listen(other));

  await using program = start(["--port", port]);

  expect(await program.over).toBe(2);
  expect(program.errors()).toBe(
    `tokenflow-proxy: ${host} is in use. Stop what listens there, or choose another port.\n`,
  );
  other.close();
});

test.each([
  [["--prot", "1"], {}, /Unknown option '--prot'\. Run: tokenflow-proxy --help/],
  [["--port", "70000"], {}, /--port is a whole number from 0 to 65535, not "70000"\./],
  [[], { TOKENFLOW_PROXY_PORT: "many" }, /--port is a whole number/],
  [["models"], {}, /Unexpected argument 'models'\./],
  [["--host", "0.0.0.0"], {}, /Without a key the proxy does not listen on 0\.0\.0\.0.*\. Set a key/],
  [[], { TOKENFLOW_COPILOT_API_URL: "http://api.example.org" }, /http:\/\/api\.example\.org.*https/],
  [[], { HYPER_URL: "http://hyper.example.org" }, /http:\/\/hyper\.example\.org.*https/],
  [[], { TOKENFLOW_COPILOT_TOKEN: "ghu_0123456789abcdef" }, /TOKENFLOW_COPILOT_TOKEN holds a GitHub token/],
])("%j with %j is one sentence and code 2", async (args, env, sentence) => {
  await using program = start(args, env);

  expect(await program.over).toBe(2);
  expect(program.errors()).toMatch(sentence);
  expect(program.errors().trim().split("\n")).toHaveLength(1);
  expect(program.errors()).not.toContain("ghu_");
});

test("a session that others can read is one sentence and code 8", async () => {
  const folder = join(home, "open");
  await mkdir(folder, { mode: 0o700 });
  await writeFile(join(folder, "copilot.json"), '{"access_token":"secret"}', { mode: 0o644 });

  await using program = start(["--port", "0"], { TOKENFLOW_HOME: folder });

  expect(await program.over).toBe(8);
  expect(program.errors()).toMatch(/^tokenflow-proxy: .*copilot\.json.*chmod 600 .*\n$/);
});

test("--help is on stdout and names every flag", async () => {
  await using program = start(["--help"]);

  expect(await program.over).toBe(0);
  expect(program.output()).toMatch(
    /--host[^]*--port[^]*--drain[^]*--sign-in[^]*--verbose[^]*TOKENFLOW_PROXY_KEY/,
  );
  expect(program.errors()).toBe("");
});
