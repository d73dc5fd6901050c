import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "@tokenflow/common";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox();
  await sandbox.signIn();
});

afterAll(() => sandbox[Symbol.asyncDispose]());

const exitOf = async (...args: readonly string[]): Promise<number | null> => (await sandbox.run(args)).exit;

test("0: success", async () => {
  expect(await exitOf("token", "copilot")).toBe(0);
});

test.skipIf(process.platform !== "linux")(
  "1: unexpected, such as an output that cannot be written",
  async () => {
    await using full = await open("/dev/full", "w");
    expect((await sandbox.start(["status"], {}, full.fd).ended).exit).toBe(1);
  },
);

test("2: invalid command line or setting", async () => {
  expect(await exitOf("token", "copilot", "--min-validity", "soon")).toBe(2);
});

test("3: not signed in, or revoked", async () => {
  expect(await exitOf("token", "hyper")).toBe(3);
  await sandbox.signIn(["copilot", "--account", "revoked"], "hubot");
  sandbox.simulator.revokeGrants({ login: "hubot" });
  expect(await exitOf("refresh", "copilot", "--account", "revoked")).toBe(3);
});

test("5: denied or expired", async () => {
  const denied = sandbox.start(["login", "hyper"]);
  const [, code = ""] = await denied.seen(/enter {3}(\S+)/);
  sandbox.simulator.deny(code);
  expect((await denied.ended).exit).toBe(5);
});

test("6: the service refuses", async () => {
  sandbox.simulator.settings.copilotRefusal = "no_copilot_access";
  expect(await exitOf("refresh", "copilot")).toBe(6);
  sandbox.simulator.settings.copilotRefusal = undefined;
});

test("7: the network or the service is unavailable", async () => {
  expect(await exitOf("login", "copilot", "--account", "away", "--host", "127.0.0.1:1")).toBe(7);
});

test("8: the store", async () => {
  expect(await exitOf("status", "--store", "redis://127.0.0.1:1")).toBe(8);
});

test("130: interrupted", async () => {
  const waiting = sandbox.start(["login", "hyper"]);
  await waiting.seen(/enter {3}(\S+)/);
  waiting.child.kill("SIGINT");
  expect((await waiting.ended).exit).toBe(130);
});

test("the README lists each of them", async () => {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(EXIT));
});
