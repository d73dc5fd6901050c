import { stripVTControlCharacters } from "node:util";
import { hasServices, startHostileService } from "@tokenflow/services";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox, type Running, type Sandbox } from "../support/sandbox.ts";

const terminal = hasServices("script");
const CLEAR_LINE = "\r\u001B[2K";
/** Two columns in one colour. */
const SQUARES = /\[4[07]m {2}/g;
const COUNTDOWN = /Waiting for you · code valid for \d+:\d\d/;

test.skipIf(!terminal)("a person sees the code, the result and the next commands", async () => {
  await using sandbox = await openSandbox();
  const running = sandbox.startInTerminal(["login", "copilot"]);
  await running.seen(COUNTDOWN);
  await approve(sandbox, running);
  const { exit, stdout } = await running.ended;
  expect(exit).toBe(0);
  await expectGolden("login-terminal", plain(stdout));
});

test.skipIf(!terminal)("the line counts down", async () => {
  await using sandbox = await openSandbox();
  const running = sandbox.startInTerminal(["login", "copilot"]);
  const [first] = await running.seen(COUNTDOWN);
  await running.seen(
    new RegExp(`${first}[^]*${COUNTDOWN.source.replace("\\d+:\\d\\d", `(?!${first.slice(-5)})`)}`),
  );
});

test.skipIf(!terminal)("Ctrl-C ends it immediately with 130, on a clean line", async () => {
  await using sandbox = await openSandbox({ interval: 5 });
  const running = sandbox.startInTerminal(["login", "copilot"]);
  await running.seen(COUNTDOWN);
  const before = performance.now();
  running.child.stdin?.write("\u0003");
  const { exit, stdout } = await running.ended;
  expect(exit).toBe(130);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(stdout.endsWith("\r\u001B[2K"), JSON.stringify(stdout.slice(-40))).toBe(true);
  expect(sandbox.simulator.counts.polls).toBe(0);
});

test.skipIf(!terminal)("an expired code is followed by a new one if the person agrees", async () => {
  await using sandbox = await openSandbox({ deviceCodeLifetime: 1 });
  const running = sandbox.startInTerminal(["login", "copilot"]);
  await running.seen(/The code has expired\. Get a new one\? \[Y\/n\] /);
  sandbox.simulator.settings.deviceCodeLifetime = 899;
  running.child.stdin?.write("\n");
  const [, userCode = ""] = await running.seen(/expired[^]*enter {3}\S*?([A-Z]{4}-[A-Z]{4})/);
  sandbox.simulator.approve(userCode);
  const { exit, stdout } = await running.ended;
  expect(exit).toBe(0);
  expect(stdout).toMatch(/Signed in to GitHub Copilot as .*octocat/);
  expect(sandbox.simulator.counts.deviceCodes).toBe(2);
});

test.skipIf(!terminal)("an expired code is exit 5 if the person declines a new one", async () => {
  await using sandbox = await openSandbox({ deviceCodeLifetime: 1 });
  const running = sandbox.startInTerminal(["login", "copilot"]);
  await running.seen(/Get a new one\? /);
  running.child.stdin?.write("n\n");
  expect((await running.ended).exit).toBe(5);
  expect(sandbox.simulator.counts.deviceCodes).toBe(1);
});

test("without a terminal, an expired code is exit 5", async () => {
  await using sandbox = await openSandbox({ deviceCodeLifetime: 1 });
  const people = await sandbox.run(["login", "copilot"]);
  expect([people.exit, people.stdout]).toEqual([5, ""]);
  expect(people.stderr).toMatch(
    /^tokenflow: nobody approved the sign-in in time\. Start the sign-in again\.$/m,
  );
  const program = await sandbox.run(["login", "copilot", "--json"]);
  expect(program.exit).toBe(5);
  expect(JSON.parse(program.stderr)).toMatchObject({ error: { code: "device.expired", exit: 5 } });
});

test("another terminal's sign-in is adopted and reported", async () => {
  await using sandbox = await openSandbox();
  const here = sandbox.start(["login", "copilot"]);
  await here.seen(/enter {3}(\S+)/);
  expect((await sandbox.signIn(["copilot"], "hubot")).exit).toBe(0);
  const { exit, stdout, stderr } = await here.ended;
  expect([exit, stdout]).toEqual([0, ""]);
  const [, , adopted, who, ...rest] = stderr.split("\n");
  expect(adopted).toBe("Another terminal has signed in meanwhile; its session is used.");
  // The other process may still be reading the login.
  expect(who).toMatch(/^Signed in to GitHub Copilot(?: as hubot)? · stored in /);
  expect(rest).toHaveLength(2);
  expect(sandbox.simulator.counts.exchanges).toBe(1);
});

test.skipIf(!terminal)(
  "a narrow terminal shows as much of the line as fits, and a dumb one shows none",
  async () => {
    await using sandbox = await openSandbox();
    const narrow = sandbox.startInTerminal(["login", "copilot"], {}, 30);
    await narrow.seen(/Waiting for you/);
    narrow.child.stdin?.write("\u0003");
    const lines = (await narrow.ended).stdout.split("\n").flatMap((line) => line.split(CLEAR_LINE));
    const live = lines.find((line) => line.startsWith("Waiting"));
    expect(live).toMatch(/^Waiting for you · code valid (?!for)/);
    const dumb = sandbox.startInTerminal(["login", "copilot"], { TERM: "dumb" });
    await approve(sandbox, dumb);
    expect((await dumb.ended).stdout).not.toMatch(/Waiting|\[2K/);
  },
);

test.skipIf(!terminal)("without UTF-8, only ASCII is shown", async () => {
  await using sandbox = await openSandbox();
  const running = sandbox.startInTerminal(["login", "copilot"], { LC_ALL: "C" });
  await running.seen(/Waiting for you - code valid for/);
  await approve(sandbox, running);
  const { stdout } = await running.ended;
  await expectGolden("login-ascii", plain(stdout));
  // oxlint-disable-next-line no-control-regex
  expect(stdout).toMatch(/^[\x00-\x7F]*$/);
});

test.skipIf(!terminal)(
  "colours: at a terminal, not with NO_COLOR, and without one with FORCE_COLOR",
  async () => {
    await using sandbox = await openSandbox();
    const shown = async (env: Readonly<Record<string, string>>, inTerminal: boolean): Promise<string> => {
      const args = ["login", "copilot"];
      const running = inTerminal ? sandbox.startInTerminal(args, env) : sandbox.start(args, env);
      await approve(sandbox, running);
      const { stdout, stderr } = await running.ended;
      return stdout + stderr;
    };
    const bold = "\u001B[1m";
    expect(await shown({ TERM: "xterm" }, true)).toContain(bold);
    expect(await shown({ TERM: "xterm", NO_COLOR: "1" }, true)).not.toContain(bold);
    expect(await shown({}, false)).not.toContain("\u001B");
    expect(await shown({ FORCE_COLOR: "1" }, false)).toContain(bold);
  },
);

test("--qr shows blocks or colours, or the reason why it cannot", async () => {
  await using sandbox = await openSandbox();
  const show = async (running: Running): Promise<string> => {
    await approve(sandbox, running);
    const { stdout, stderr } = await running.ended;
    return stdout + stderr;
  };
  const blocks = await show(sandbox.start(["login", "hyper", "--qr"]));
  expect(blocks).toMatch(/(?:^[ ▀▄█]{20,}$\n){10,}/m);
  expect(await show(sandbox.start(["login", "hyper", "--qr"], { LC_ALL: "C" }))).toContain(
    "A QR code needs a terminal or a UTF-8 locale.",
  );
  if (!terminal) return;
  const narrow = await show(sandbox.startInTerminal(["login", "hyper", "--qr"], {}, 20));
  expect(narrow).toMatch(/The terminal is too narrow for a QR code, which needs \d+ columns\./);
  const colours = await show(sandbox.startInTerminal(["login", "hyper", "--qr"], { LC_ALL: "C" }, 100));
  const { length } = colours.match(SQUARES) ?? [];
  expect(length).toBeGreaterThanOrEqual(25 * 25);
  expect(Math.sqrt(length) % 1).toBe(0);
  // oxlint-disable-next-line no-control-regex
  expect(colours).toMatch(/^[\x00-\x7F]*$/);
});

test("--qr with an address of 4 kB says that it is too long, and the sign-in goes on", async () => {
  await using sandbox = await openSandbox();
  await using service = await startHostileService(`ADA-${"1".repeat(4_000)}`);
  const args = ["login", "oauth", "--issuer", service.url, "--client-id", "cli", "--qr"];
  const { exit, stderr } = await sandbox.run(args);
  expect(stderr).toContain(`Open ${service.url}/enter and enter   ADA-1`);
  expect(stderr).toContain("The link is too long for a QR code.");
  expect(exit).toBe(0);
});

async function approve(sandbox: Sandbox, running: Running): Promise<void> {
  const [, userCode = ""] = await running.seen(/enter {3}\S*?([A-Z]{4}-[A-Z]{4})/);
  sandbox.simulator.approve(userCode);
}

/** Returns the final text of the screen, without colours. */
function plain(text: string): string {
  return text
    .split("\n")
    .map((line) => stripVTControlCharacters(line.split(CLEAR_LINE).at(-1) ?? ""))
    .join("\n");
}
