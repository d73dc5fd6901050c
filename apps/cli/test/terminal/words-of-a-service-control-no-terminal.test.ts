import { findControl, HOSTILE_SAMPLES, type HostileService, startHostileService } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

/** Longer than any message with a few words of a service. */
const MAX_LINE = 1_500;

function expectHarmless(output: string, where: string): void {
  expect(findControl(output), `${where}: ${JSON.stringify(output.slice(0, 2_000))}`).toBeUndefined();
  expect(output, where).not.toMatch(/^Signed in\s*$|^to your bank/m);
  for (const line of output.split("\n")) expect(line.length, where).toBeLessThan(MAX_LINE);
}

const loginArgs = (service: HostileService): Readonly<Record<string, readonly string[]>> => ({
  oauth: ["oauth", "--issuer", service.url, "--client-id", "cli"],
  copilot: ["copilot", "--no-browser"],
  hyper: ["hyper"],
});

/** Runs commands and returns everything that they printed, one entry for each. */
async function outputs(
  sandbox: Sandbox,
  env: HostileService["env"],
  commands: readonly (readonly string[])[],
): Promise<readonly (readonly [command: string, output: string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const args of commands) {
    const { stdout, stderr } = await sandbox.run(args, env);
    found.push([args.join(" "), stdout + stderr]);
  }
  return found;
}

const CASES = [
  ...["oauth", "copilot", "hyper"].map((provider) => ["escapes", provider] as const),
  ["invisible", "copilot"],
  ["long", "oauth"],
] as const;

test.each(CASES)("text with %s of %s is shown without effect by every command", async (sample, provider) => {
  await using service = await startHostileService(HOSTILE_SAMPLES[sample] ?? "");
  await using sandbox = await openSandbox();
  const login = loginArgs(service)[provider] ?? [];
  const isCopilot = provider === "copilot" && sample === "escapes";
  const signedIn = await outputs(sandbox, service.env, [
    ["login", ...login, "--verbose"],
    ["status"],
    ["status", "--json"],
    ["doctor"],
    ...(isCopilot ? [["login", ...login, "--json"], ["providers"], ["exec", "--", "true"]] : []),
  ]);
  expect(signedIn[0]?.[1]).toContain("enter   ada");
  expect(signedIn[1]?.[1]).toContain(" ada");
  service.refuses = true;
  const refused = await outputs(sandbox, service.env, [
    ["token", provider, "--force-refresh", "--verbose"],
    ["status"],
    ["logout", provider, "--revoke", "--verbose"],
    ["logout", provider],
  ]);
  for (const [command, output] of [...signedIn, ...refused]) expectHarmless(output, command);
});

test.each(Object.entries(HOSTILE_SAMPLES))(
  "text with %s is shown without effect by the proxies",
  async (_sample, text) => {
    await using service = await startHostileService(text);
    await using sandbox = await openSandbox();
    service.waits = true;
    for (const log of ["pretty", "json"]) {
      const running = sandbox.startProxy(["--port", "0", "--sign-in", "--log", log], service.env);
      const [, url = ""] = await running.seen(/Listening on (\S+)/);
      await running.seen(/and enter {3}ada/);
      const answer = await fetch(`${url}/v1/models`);
      expect(answer.status).toBe(401);
      const body = await answer.text();
      expect(body).toContain("enter ada");
      expectHarmless(body, "401");
      await fetch(`${url}/caf\u00E9/\u009B31m`);
      running.child.kill("SIGTERM");
      const { stdout, stderr } = await running.ended;
      expectHarmless(stdout + stderr, `tokenflow-proxy --log ${log}`);
    }
    service.waits = false;
    await sandbox.run(["login", "copilot", "--no-browser"], service.env);
    const running = sandbox.start(["proxy", "--port", "0", "--verbose"], service.env);
    const [, url = ""] = await running.seen(/Listening on (\S+)/);
    await running.seen(/signed in as ada/);
    const setup = await sandbox.run(["setup", "opencode", "--url", url]);
    expectHarmless(setup.stdout + setup.stderr, "setup");
    service.refuses = true;
    await fetch(`${url}/v1/models`).then((got) => got.text());
    running.child.kill("SIGTERM");
    const { stdout, stderr } = await running.ended;
    expectHarmless(stdout + stderr, "tokenflow proxy");
  },
);

test("text that nobody cleaned is escaped on the terminal, and only our own colors stay", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const account = "w\u001B[31mork\u0007\u202E";
  const shown = await sandbox.run(["token", "copilot", "--account", account]);
  expect(findControl(shown.stdout + shown.stderr)).toBeUndefined();
  expect(shown.stderr).toContain(String.raw`w\u001b[31mork\u0007\u202e`);
  const screen = (await sandbox.startInTerminal(["doctor"], { TERM: "xterm" }).ended).stdout;
  expect(screen).toContain("\u001B[32mok  \u001B[39m");
});

test("a response body is escaped on a terminal, and stays as it is for a program", async () => {
  await using service = await startHostileService("ada\u001B[2J\u009B31m");
  await using sandbox = await openSandbox();
  await sandbox.run(["login", "copilot", "--no-browser"], service.env);
  const body = await sandbox.run(["api", "copilot", "/models"], service.env);
  expect(body.stdout).toContain("\u009B31m");
  const seen = await sandbox.startInTerminal(["api", "copilot", "/models"], service.env).ended;
  expect(findControl(seen.stdout.replaceAll("\r\n", "\n"))).toBeUndefined();
  expect(seen.stdout).toContain(String.raw`\u009b31m`);
});
