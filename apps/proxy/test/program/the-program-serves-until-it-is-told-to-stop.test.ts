import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator } from "@tokenflow/simulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressOf, type Program, startProgram } from "../fixtures/program.ts";
import { listen, until } from "../fixtures/upstream.ts";

let home = "";
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "tokenflow-proxy-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Program =>
  startProgram(args, { HOME: home, TOKENFLOW_HOME: home, ...env });

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

test("a key of the file makes the requests that its rules allow, and no others", async () => {
  await using simulator = await startSimulator();
  const env = { ...simulator.env, TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github") };
  const config = join(await mkdtemp(join(home, "settings-")), "proxy.json");
  const keys = [{ name: "reader", secret: "a-key-for-reading", allow: ["GET /models"] }];
  await writeFile(config, JSON.stringify({ keys }), { mode: 0o600 });
  await using program = start(["--port", "0", "--config", config], env);
  const url = await addressOf(program);
  const headers = { authorization: "Bearer a-key-for-reading" };
  const statusOf = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetch(`${url}${path}`, { headers, ...init })).status;
  expect(await statusOf("/v1/models")).toBe(200);
  expect(await statusOf("/v1/chat/completions", { method: "POST", body: "{}" })).toBe(403);
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
  program.child.kill("SIGTERM");

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
    `tokenflow-proxy: ${host} is in use. Stop what listens there, or choose another port: tokenflow-proxy --port ${Number(host.split(":")[1]) + 1}\n`,
  );
  other.close();
});

test.each([
  [["--prot", "1"], {}, /[Uu]nknown option "--prot"; did you mean --port\? Run: tokenflow-proxy --help/],
  [["--port", "70000"], {}, /--port must be a whole number from 0 to 65535, not "70000"\./],
  [[], { TOKENFLOW_PROXY_PORT: "many" }, /TOKENFLOW_PROXY_PORT must be a whole number from 0/],
  [["--workers", "0"], {}, /--workers must be auto or a whole number from 1 to 128, not "0"\./],
  [["--keepalive", "soon"], {}, /--keepalive must be a duration such as 90s, 5m or 1h30m, not "soon"\./],
  [["--alias", "gpt-4o"], {}, /Invalid aliases "gpt-4o"\. Write them as name=model/],
  [[], { TOKENFLOW_PROXY_ALIAS: "a=b,a=c" }, /Invalid aliases "a=b,a=c"/],
  [["models"], {}, /too many arguments\. Expected 0 arguments but got 1: models\./],
  [["--key", "abcdefghij"], {}, /--key takes only the word auto[^]*TOKENFLOW_PROXY_KEY/],
  [[], { TOKENFLOW_PROXY_KEY: "short" }, /"TOKENFLOW_PROXY_KEY" has fewer than 8 characters/],
  [["--store", "redis:/pw"], {}, /there is no store "redis…"\. Stores: file, keychain/],
  [["--config", "/nowhere.json"], {}, /The settings in \/nowhere\.json cannot be read \(ENOENT\)/],
  [["--host", "0.0.0.0"], {}, /Without a key the proxy does not listen on 0\.0\.0\.0.*\. Set a key/],
  [[], { TOKENFLOW_COPILOT_API_URL: "http://api.example.org" }, /http:\/\/api\.example\.org.*https/],
  [[], { HYPER_URL: "http://hyper.example.org" }, /http:\/\/hyper\.example\.org.*https/],
  [
    [],
    { TOKENFLOW_COPILOT_TOKEN: "ghu_0123456789abcdef" },
    /TOKENFLOW_COPILOT_TOKEN holds a token that copilot does not accept.*GitHub token/s,
  ],
])("%j with %j is one sentence and code 2", async (args, env, sentence) => {
  await using program = start(args, env);

  expect(await program.over).toBe(2);
  expect(program.errors()).toMatch(sentence);
  expect(program.errors().trim().split("\n")).toHaveLength(1);
  expect(program.errors()).not.toMatch(/ghu_|abcdefghij|:\/pw/);
});

test("a session that others can read is one sentence and code 8", async () => {
  const folder = join(home, "open");
  await mkdir(folder, { mode: 0o700 });
  const file = join(folder, "copilot.json");
  await writeFile(file, '{"access_token":"secret"}');
  // Independent of the umask.
  await chmod(file, 0o644);

  await using program = start(["--port", "0"], { TOKENFLOW_HOME: folder });

  expect(await program.over).toBe(8);
  expect(program.errors()).toMatch(/^tokenflow-proxy: .*copilot\.json.*chmod 600 .*\n$/);
});

test("a key of its own making is shown once, wanted everywhere, and logs are JSON without it", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("github");
  const env = { ...simulator.env, TOKENFLOW_COPILOT_GRANT: grant };
  await using program = start(["--port", "0", "--key", "auto", "--log", "json"], env);
  const url = await addressOf(program);
  await until(() => program.errors().includes("TOKENFLOW_PROXY_KEY="), "the key was shown");
  const [, key = ""] =
    /^The key, shown only now: export TOKENFLOW_PROXY_KEY=(\S{32})$/m.exec(program.errors()) ?? [];
  const headers = { "x-api-key": key };

  for (const path of ["/v1/models", "/metrics", "/api/status", "/api/events"]) {
    expect((await fetch(url + path)).status, path).toBe(401);
  }
  // The link carries the key behind the #, where a browser keeps it to itself.
  expect(program.errors()).toMatch(new RegExp(`^Dashboard: ${url}/#key=${key}$`, "m"));
  const page = await fetch(`${url}/`);
  expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  const status = await (await fetch(`${url}/api/status`, { headers })).json();
  expect(status).toMatchObject({
    requiresKey: true,
    sessions: [{ provider: "copilot" }, { provider: "hyper" }],
  });
  expect((await fetch(`${url}/v1/models?api_key=${key}`, { headers })).status).toBe(200);
  await (await fetch(`${url}/v1/${grant}`, { headers })).text();
  expect(await (await fetch(`${url}/metrics`, { headers })).text()).toContain("tokenflow_requests_total");

  program.child.kill("SIGTERM");
  expect(await program.over).toBe(0);
  const entries = program
    .errors()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line): Record<string, unknown> => JSON.parse(line));
  expect(entries).toContainEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
    method: "GET",
    path: "/v1/models",
    status: 200,
    outcome: "finished",
    duration: expect.any(Number),
    key: "auto",
    msg: "request",
  });
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
  // By itself and in the link, and nowhere else.
  expect(program.errors().split(key)).toHaveLength(3);
  expect(program.errors()).not.toContain(grant);
});

test("--help is on stdout and names every flag", async () => {
  await using program = start(["--help"]);

  expect(await program.over).toBe(0);
  expect(program.output()).toMatch(
    /--host[^]*--port[^]*--drain[^]*--keepalive[^]*--alias[^]*--log[^]*--sign-in[^]*--verbose[^]*TOKENFLOW_PROXY_KEY/,
  );
  expect(program.errors()).toBe("");
});
