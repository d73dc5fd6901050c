import { createServer } from "node:net";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

test("it serves with the session's token until a signal", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const proxy = sandbox.start(["proxy", "--port", "0", "--alias", "mine=gpt-4.1", "--keepalive", "15s"]);
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  await proxy.seen(/^GitHub Copilot: signed in as octocat/m);

  const answer = await fetch(`${url}/v1/models`);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ object: "list" });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const body = JSON.stringify({ model: "mine", messages: [{ role: "user", content: "Who are you?" }] });
  const said = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
  expect(await said.text()).toContain("Who are you?");

  proxy.child.kill("SIGTERM");
  const { exit, stdout, stderr } = await proxy.ended;
  expect([exit, stdout]).toEqual([0, ""]);
  await expectGolden("proxy", `$ tokenflow proxy --port 0\n${stderr}`);
});

test("Ctrl-C is 130, and the named provider comes first", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.signIn(["hyper"]);
  const proxy = sandbox.start(["proxy", "hyper", "--port", "0"]);
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const models = await (await fetch(`${url}/v1/models`)).text();
  expect(models).toContain('"id":"kimi-k2.5"');
  expect(models).toContain('"id":"copilot/gpt-4.1"');
  proxy.child.kill("SIGINT");
  expect((await proxy.ended).exit).toBe(130);
});

test("responses finish after a signal, a second signal ends them, and nothing is printed twice", async () => {
  await using sandbox = await openSandbox({ chunks: 5_000, chunkDelay: 20 });
  await sandbox.signIn();
  const proxy = sandbox.start(["proxy", "--port", "0"]);
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const messages = [{ role: "user", content: "How long?" }];
  const body = JSON.stringify({ model: "gpt-4.1", stream: true, messages });
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
  const reader = answer.body?.getReader();
  await reader?.read();

  proxy.child.kill("SIGINT");
  await proxy.seen(/another signal breaks it off/);
  // Longer than another message would take.
  for (let chunk = 0; chunk < 40; chunk += 1) expect(await reader?.read()).toMatchObject({ done: false });
  proxy.child.kill("SIGINT");

  await expect(
    (async () => {
      while (!(await reader?.read())?.done);
    })(),
  ).rejects.toThrow("terminated");
  const { exit, stderr } = await proxy.ended;
  expect(exit).toBe(130);
  expect(stderr.match(/Finishing what is under way/g)).toHaveLength(1);
});

test("without a session it exits 3, as every other command", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["proxy"])).toEqual({
    exit: 3,
    stdout: "",
    stderr: "tokenflow: not signed in (looked in ~/.config/tokenflow). Run: tokenflow login copilot\n",
  });
});

test("a port in use, and a host beyond loopback without a key, are exit 2 with what to do", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await using taken = await takePort();
  await refused(
    sandbox,
    ["--port", `${taken.port}`],
    `127.0.0.1:${taken.port} is in use. Stop what listens there, or`,
  );
  await refused(
    sandbox,
    ["--host", "0.0.0.0", "--port", "0"],
    "without a key the proxy does not listen on 0.0.0.0",
  );
  await refused(sandbox, ["--port", "70000"], '--port must be a whole number from 0 to 65535, not "70000"');
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);
});

async function refused(sandbox: Sandbox, args: readonly string[], says: string): Promise<void> {
  const { exit, stdout, stderr } = await sandbox.run(["proxy", ...args]);
  expect([exit, stdout]).toEqual([2, ""]);
  expect(stderr.startsWith(`tokenflow: ${says}`), stderr).toBe(true);
  expect(stderr.split("\n")).toHaveLength(2);
}

async function takePort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
