import { hasServices } from "@tokenflow/services";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const ESCAPE = "\u001B";
const SHOW_CURSOR = "\u001B[?25h";
/** `ESC [ J` */
const CLEAR_BELOW = new RegExp(`${ESCAPE}\\[J`);
const HIDE_CURSOR = "\u001B[?25l";

const hasTerminal = hasServices("script");

test.skipIf(!hasTerminal)(
  "it counts down, draws only changes, shows other processes' changes, and ends with q",
  async () => {
    await using sandbox = await openSandbox();
    await sandbox.signIn();
    // As wide as the first row, so that the columns stay when that row is removed.
    await sandbox.signIn(["copilot", "--account", "another"]);
    const watching = sandbox.startInTerminal(["status", "--watch"]);
    const [, first = ""] = await watching.seen(/default +octocat +valid +(29:\d\d) +/);
    await watching.seen(new RegExp(`29:(?!${first.slice(3)})\\d\\d`));
    await sandbox.run(["logout", "copilot", "--account", "another"]);
    // The table has one row less.
    await watching.seen(CLEAR_BELOW);
    watching.child.stdin?.write("q");
    const { exit, stdout } = await watching.ended;
    expect(exit).toBe(0);
    expect(stdout.indexOf(HIDE_CURSOR)).toBeGreaterThan(-1);
    expect(stdout.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(stdout.lastIndexOf(HIDE_CURSOR));
    // The head is drawn once, and the rows many times.
    expect(stdout.match(/PROVIDER/g)).toHaveLength(1);
  },
);

test.skipIf(!hasTerminal)("Ctrl-C ends it with 130 and gives the cursor back", async () => {
  await using sandbox = await openSandbox();
  const watching = sandbox.startInTerminal(["status", "--watch"]);
  await watching.seen(/No sessions in ~\/\.config\/tokenflow\./);
  watching.child.stdin?.write("\u0003");
  const { exit, stdout } = await watching.ended;
  expect(exit).toBe(130);
  expect(stdout.trimEnd().endsWith(SHOW_CURSOR)).toBe(true);
});

test("without a terminal it is exit 2, with what to type", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["status", "--watch"])).toEqual({
    exit: 2,
    stdout: "",
    stderr: "tokenflow: --watch needs a terminal. Run: tokenflow status\n",
  });
});
