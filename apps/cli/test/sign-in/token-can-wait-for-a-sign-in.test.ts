import { hasServices } from "@tokenflow/services";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox } from "../support/sandbox.ts";

test("it prints the token as soon as another terminal has signed in", async () => {
  await using sandbox = await openSandbox();
  const waiting = sandbox.start(["token", "copilot", "--wait", "50s"]);
  await waiting.seen(/^Waiting for a sign-in in another terminal$/m);
  await sandbox.signIn();
  const { exit, stdout, stderr } = await waiting.ended;
  expect([exit, stderr]).toEqual([0, "Waiting for a sign-in in another terminal\n"]);
  expect(stdout).toBe((await sandbox.run(["token"])).stdout);
  expect(sandbox.simulator.counts.exchanges).toBe(1);
});

test("an existing session is used without waiting", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  expect(await sandbox.run(["token", "--wait", "50s"])).toMatchObject({ exit: 0, stderr: "" });
});

test("if nobody signs in, it is exit 4, in words or as JSON", async () => {
  await using sandbox = await openSandbox();
  const people = await sandbox.run(["token", "copilot", "--wait", "300ms"]);
  expect([people.exit, people.stdout]).toEqual([4, ""]);
  await expectGolden("token-wait-timeout", people.stderr);
  const program = await sandbox.run(["token", "--wait", "10ms", "--json"]);
  expect(program.exit).toBe(4);
  expect(JSON.parse(program.stderr.split("\n")[1] ?? "")).toMatchObject({
    error: { code: "session.signed_out", exit: 4 },
  });
});

test("an error that no sign-in fixes is reported immediately", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["token", "nobody", "--wait", "50s"])).toMatchObject({ exit: 2 });
});

test.skipIf(!hasServices("script"))(
  "a terminal shows how long it goes on; Ctrl-C ends it with 130",
  async () => {
    await using sandbox = await openSandbox();
    const waiting = sandbox.startInTerminal(["token", "copilot", "--wait", "5m"]);
    await waiting.seen(/Waiting for a sign-in in another terminal · 5:00 left/);
    await waiting.seen(/· 4:59 left/);
    waiting.child.stdin?.write("\u0003");
    const { exit, stdout } = await waiting.ended;
    expect(exit).toBe(130);
    expect(stdout.endsWith("\r\u001B[2K")).toBe(true);
  },
);
