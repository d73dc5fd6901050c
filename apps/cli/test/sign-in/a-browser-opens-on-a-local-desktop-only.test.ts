import { existsSync } from "node:fs";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { hasServices } from "@tokenflow/services";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const terminal = hasServices("script");
const inContainer = ["/.dockerenv", "/run/.containerenv"].some((path) => existsSync(path));

describe.skipIf(!terminal)("login", () => {
  let sandbox: Sandbox;
  const opened = (): Promise<string> => readFile(join(sandbox.home, "opened"), "utf8").catch(() => "");
  /** Creates a desktop whose opener records its arguments. */
  const desktop = (): Record<string, string> => ({
    PATH: `${sandbox.home}${delimiter}${process.env["PATH"] ?? ""}`,
    DISPLAY: ":0",
  });
  beforeEach(async () => {
    sandbox = await openSandbox();
    const opener = join(sandbox.home, "xdg-open");
    await writeFile(opener, `#!/bin/sh\necho "$*" >> ${sandbox.home}/opened\nexit \${OPENER_EXIT:-0}\n`);
    await chmod(opener, 0o755);
  });
  afterEach(() => sandbox[Symbol.asyncDispose]());

  const login = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
    const running = sandbox.startInTerminal(["login", "copilot", ...args], env);
    const [, userCode = ""] = await running.seen(/enter {3}\S*?([A-Z]{4}-[A-Z]{4})/);
    if (env["OPENER_EXIT"]) await running.seen(/could not be opened/);
    sandbox.simulator.approve(userCode);
    const { exit, stdout } = await running.ended;
    expect(exit).toBe(0);
    return stdout;
  };

  test("none with --no-browser, and none over SSH", async () => {
    await login(["--no-browser"], desktop());
    await login([], { ...desktop(), SSH_CONNECTION: "1 2 3 4" });
    expect(await opened()).toBe("");
  });

  test.skipIf(!inContainer)("none in a container", async () => {
    await login([], desktop());
    expect(await opened()).toBe("");
  });

  test.skipIf(inContainer)("on a desktop it opens the address and reports a failure", async () => {
    await login([], desktop());
    await expect.poll(opened).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\/device\S*\n$/);
    expect(await login([], { ...desktop(), OPENER_EXIT: "4" })).toContain(
      "Could not open the browser (xdg-open exited with code 4). Open the link yourself.",
    );
  });
});
